// Draws a DOT text with Graphviz, compiled to WebAssembly in the optional package @viz-js/viz. The
// package is loaded at the first drawing.

import { importOptional } from '../../../kernels/optional.ts'
import { LibraryError } from '../../core/errors.ts'

/** Throws a LibraryError where @viz-js/viz is not installed. */
export async function svgOf(dot: string): Promise<string> {
  const { instance } = await importViz()
  return (await instance()).renderString(dot, { format: 'svg' })
}

async function importViz(): Promise<typeof import('@viz-js/viz')> {
  try {
    return (await importOptional('@viz-js/viz')) as typeof import('@viz-js/viz')
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0]
    throw new LibraryError(
      'tape: expected @viz-js/viz, which draws the SVG, got none: npm install @viz-js/viz ' +
        `(${reason})`,
      { cause: error },
    )
  }
}
