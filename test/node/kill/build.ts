// Bundles a script of this folder for a Node without tools, so that a child starts within a tenth
// of a second.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Writes the script's bundle into a folder; returns the file's path. */
export async function bundled(script: 'train' | 'save', folder: string): Promise<string> {
  await build({
    entryPoints: [fileURLToPath(new URL(`${script}.ts`, import.meta.url))],
    outfile: join(folder, `${script}.mjs`),
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['koffi', '@viz-js/viz'],
    logLevel: 'warning',
  })
  return join(folder, `${script}.mjs`)
}
