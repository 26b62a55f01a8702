// Builds the package, a runner that imports it, and the package as one minified file, for the
// bench.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, transformWithEsbuild } from 'vite'
import type { Row } from './measure.ts'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** The built package, as a URL to import. */
export const built = pathToFileURL(join(root, 'dist/index.js')).href

/** Builds dist/. */
export function buildPackage(): void {
  execFileSync('npm', ['run', 'build'], { cwd: root, stdio: ['ignore', 2, 2] })
}

/**
 * Bundles runner.ts into the folder, around an import of dist/, for a Node without tools; returns
 * the file's path.
 */
export async function buildRunner(folder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      target: 'node20',
      ssr: join(root, 'bench/runner.ts'),
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: {
        external: ['tapegrad'],
        output: { paths: { tapegrad: built }, entryFileNames: 'runner.mjs' },
      },
    },
  })
  return join(folder, 'runner.mjs')
}

/**
 * Bytes of everything a page would load: an entry point bundled and minified, raw and gzipped.
 * Without tensors and layers, of an entry point that adds to a page which has them.
 */
export async function packageSize(
  entry = 'src/index.ts',
  withPackage = true,
): Promise<{ minified: number; gzipped: number }> {
  const inPackage = /\/(tensor|layers)\/(index|internal)\.ts$/
  const outputs = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      target: 'es2022',
      write: false,
      minify: 'esbuild',
      lib: { entry: join(root, entry), formats: ['es'] },
      rollupOptions: {
        external: [/^node:/, 'koffi', '@viz-js/viz', ...(withPackage ? [] : [inPackage])],
      },
    },
  })
  const chunks = [outputs].flat().flatMap((result) => ('output' in result ? result.output : []))
  // Vite keeps a library's whitespace and the comments of classes; here they do not count.
  const minified = { minify: true, target: 'es2022', legalComments: 'none' } as const
  const files = await Promise.all(
    chunks.map(async (chunk) =>
      Buffer.from(
        chunk.type === 'chunk'
          ? (await transformWithEsbuild(chunk.code, chunk.fileName, minified)).code
          : chunk.source,
      ),
    ),
  )
  return {
    minified: files.reduce((sum, file) => sum + file.length, 0),
    gzipped: files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0),
  }
}

export async function sizeRows(): Promise<Row[]> {
  const { minified, gzipped } = await packageSize()
  return [
    { what: 'package, minified', value: minified / 1000, unit: 'kB' },
    { what: 'package, minified and gzipped', value: gzipped / 1000, unit: 'kB' },
  ]
}
