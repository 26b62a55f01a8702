// Bundles what package.json exports into a folder (dist/), the types beside it. What the entry points share goes into chunks: there is one Tensor.
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'

const outdir = process.argv[2] ?? 'dist'
const common = { outdir, bundle: true, format: 'esm', target: 'es2022', metafile: true }

// Layers and optimisers are entry points as well, which package.json does not export: each room then has a chunk to itself, left out where nothing uses it.
const library = await build({
  ...common,
  entryPoints: {
    index: 'src/index.ts',
    layers: 'src/layers/index.ts',
    optim: 'src/optim/index.ts',
    'testing/index': 'src/testing/index.ts',
    'testing/child': 'src/testing/command/child.ts',
  },
  chunkNames: 'shared-[hash]',
  splitting: true,
  packages: 'external',
})

// A package that is missing is reported with the file that wants it, before anything of ours runs: this file's name says what to do.
const peer = join(outdir, 'testing/npm-install-fast-check.js')
await writeFile(peer, `export { default } from 'fast-check'\n`)
for (const file of Object.keys(library.metafile.outputs)) {
  const path = relative(dirname(file), peer).replaceAll('\\', '/')
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll('from "fast-check"', `from "${path.startsWith('.') ? path : `./${path}`}"`))
}

// The command carries the packages that only it needs; they are CommonJS and ask for Node's own by require().
const command = await build({
  ...common,
  entryPoints: { 'testing/command': 'src/testing/command/command.ts' },
  platform: 'node',
  banner: { js: `#!/usr/bin/env node\nimport { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)` },
})
await chmod(join(outdir, 'testing/command.js'), 0o755)

const written = [library, command]
  .flatMap(({ metafile }) => Object.keys(metafile.outputs))
  .concat(peer)
  .map((file) => relative(outdir, file))
for (const file of await readdir(outdir, { recursive: true })) if (file.endsWith('.js') && !written.includes(file)) await rm(join(outdir, file))
