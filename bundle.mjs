// Bundles what package.json exports into a folder (dist/), the types beside it: as ES modules, and
// those once more as CommonJS for tools that know nothing else. What the entry points share goes
// into chunks: there is one Tensor.
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { build, transform } from 'esbuild'

const outdir = process.argv[2] ?? 'dist'
const common = { outdir, bundle: true, format: 'esm', target: 'es2022', metafile: true }

// Layers and optimisers are entry points as well, which package.json does not export: each room
// then has a chunk to itself, left out where nothing uses it.
const library = await build({
  ...common,
  entryPoints: {
    index: 'src/index.ts',
    layers: 'src/layers/index.ts',
    optim: 'src/optim/index.ts',
    'derive/index': 'src/derive/index.ts',
    'distributed/index': 'src/distributed/index.ts',
    'files/index': 'src/files/index.ts',
    'node/index': 'src/node/index.ts',
    'testing/index': 'src/testing/index.ts',
    'testing/child': 'src/testing/command/child.ts',
  },
  chunkNames: 'shared-[hash]',
  splitting: true,
  packages: 'external',
})

// A package that is missing is reported with the file that wants it, before anything of ours runs:
// this file's name says what to do.
const peer = join(outdir, 'testing/npm-install-fast-check.js')
await writeFile(peer, `export { default } from 'fast-check'\n`)
// Engines read ASCII alone in half the time. What else is left stands in comments.
const escaped = (code) =>
  code.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
for (const file of Object.keys(library.metafile.outputs)) {
  const path = relative(dirname(file), peer).replaceAll('\\', '/')
  const code = escaped(await readFile(file, 'utf8'))
  await writeFile(
    file,
    code.replaceAll('from "fast-check"', `from "${path.startsWith('.') ? path : `./${path}`}"`),
  )
}

const beside = (filter, path) => ({
  name: 'library',
  setup: ({ onResolve }) => onResolve({ filter }, () => ({ path, external: true })),
})
const workerd = await build({
  ...common,
  entryPoints: ['src/workerd.ts'],
  external: ['*.wasm'],
  plugins: [beside(/^\.\/index\.ts$/, './index.js')],
})

// The command carries the packages that only it needs; they are CommonJS and ask for Node's own by
// require().
const command = await build({
  ...common,
  entryPoints: { 'testing/command': 'src/testing/command/command.ts' },
  platform: 'node',
  banner: {
    js:
      `#!/usr/bin/env node\nimport { createRequire } from 'node:module'\nconst require = ` +
      'createRequire(import.meta.url)',
  },
})
await chmod(join(outdir, 'testing/command.js'), 0o755)

const [modules, ...others] = [library, workerd, command].map(({ metafile }) =>
  Object.keys(metafile.outputs).map((file) => relative(outdir, file)),
)
modules.push(relative(outdir, peer))

// The kernels as files of their own, for those who compile them themselves.
const embedded = await readFile('src/kernels/wasm.generated.ts', 'utf8')
for (const [name, constant] of Object.entries({ kernels: 'kernels', products: 'fusedProducts' })) {
  const [, hex] = new RegExp(`const ${constant} = \\{ hex: '([^']+)'`).exec(embedded)
  await writeFile(join(outdir, `${name}.wasm`), Buffer.from(hex, 'hex'))
}

// File by file, so that the entry points share what they share as ES modules. Bundlers, and every
// Node that can require() those, are sent to them by package.json.
const commonjs = join(outdir, 'commonjs')
await rm(commonjs, { recursive: true, force: true })
for (const file of modules.filter((file) => file !== 'testing/child.js')) {
  const { code } = await transform(await readFile(join(outdir, file), 'utf8'), {
    format: 'cjs',
    platform: 'node',
    target: 'es2022',
    supported: { 'dynamic-import': false },
    sourcefile: file,
  })
  await mkdir(dirname(join(commonjs, file)), { recursive: true })
  await writeFile(join(commonjs, file), code)
}
await writeFile(join(commonjs, 'package.json'), '{ "type": "commonjs" }\n')

const all = await readdir(outdir, { recursive: true })
for (const file of all.filter((file) => !file.startsWith('commonjs'))) {
  if (file.endsWith('.js') && ![modules, ...others].flat().includes(file))
    await rm(join(outdir, file))
  if (file.endsWith('.d.ts')) await cp(join(outdir, file), join(commonjs, file))
}
