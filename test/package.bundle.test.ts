// What bundlers make of the built package: what a program does not use is left out, and what it
// does use still works.

import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import * as vite from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installed } from './support/installed.ts'

const folder = installed('tapegrad-', ['fast-check', 'pure-rand'])
const main = join(folder, 'main.js')

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Each makes one text out of main.js and what it imports. */
const bundlers: Record<string, () => Promise<string>> = {
  async esbuild() {
    const options = {
      bundle: true,
      format: 'esm',
      target: 'es2022',
      write: false,
      logLevel: 'error',
    } as const
    const { outputFiles } = await esbuild.build({
      ...options,
      entryPoints: [main],
      absWorkingDir: folder,
    })
    return outputFiles[0].text
  },
  async 'Vite (Rollup)'() {
    const lib = { entry: main, formats: ['es' as const] }
    const outputs = await vite.build({
      root: folder,
      configFile: false,
      logLevel: 'error',
      build: { target: 'es2022', write: false, minify: false, lib },
    })
    const chunks = [outputs].flat().flatMap((result) => ('output' in result ? result.output : []))
    return chunks.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')).join('\n')
  },
}

/**
 * What stands only in the code of these parts: names of properties and words of messages, which no
 * bundler changes.
 */
const parts = {
  layers: ['weight_ih', 'namedParameters', 'dropout', 'mseLoss', 'stateSize'],
  optimisers: ['weightDecay', 'maxNorm', 'clipGradNorm'],
  'pictures of the tape': ['digraph', '@viz-js/viz', 'fold: '],
}

describe.each(Object.entries(bundlers))('%s', (_, bundle) => {
  const bundled = async (program: string): Promise<string> => {
    writeFileSync(main, program)
    return bundle()
  }

  let all = ''
  beforeAll(async () => {
    all = await bundled(`export * from 'tapegrad'`)
  })

  test('everything has all parts', () => {
    for (const signs of Object.values(parts)) for (const sign of signs) expect(all).toContain(sign)
  })

  test('tensor alone leaves out layers, optimisers and pictures, but no method', async () => {
    const program = `import { tensor } from 'tapegrad'
const x = tensor([[1, 2], [3, 4]], { requiresGrad: true })
x.matmul(x).softmax(1).slice(0, 0, 1).sum().add(x.tanh().sum()).backward()
console.log(JSON.stringify([...x.grad.toTypedArray()].map((g) => g.toFixed(3))))
`
    const text = await bundled(program)
    for (const [part, signs] of Object.entries(parts))
      for (const sign of signs) expect(text.includes(sign), `${part}: ${sign}`).toBe(false)
    // Two fifths of everything are the kernels, which come as one piece.
    expect(text.length).toBeLessThan(0.75 * all.length)
    const output = join(folder, 'bundled.mjs')
    writeFileSync(output, text)
    // The derivative of tanh: a row of softmax sums to 1 whatever x is.
    expect(JSON.parse(execFileSync('node', [output], { encoding: 'utf8' }))).toEqual(
      [1, 2, 3, 4].map((x) => (1 - Math.tanh(x) ** 2).toFixed(3)),
    )
  })

  test('a layer brings its own kind and no optimiser', async () => {
    const text = await bundled(`import { Linear } from 'tapegrad'\nconsole.log(new Linear(2, 3))`)
    expect(text).toContain('namedParameters')
    for (const sign of ['weight_ih', 'digraph', ...parts.optimisers])
      expect(text.includes(sign), sign).toBe(false)
  })

  test('nothing is left of an import that is not used', async () => {
    expect(
      (
        await bundled(
          `import { tensor } from 'tapegrad'\nimport { checkGradients } from 'tapegrad/testing'\n`,
        )
      ).trim().length,
    ).toBe(0)
  })
})
