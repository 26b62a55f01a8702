// Bundles what package.json exports into dist/, the types beside it. What the entry points share goes into one chunk: there is one Tensor.
import { build } from 'esbuild'

await build({
  entryPoints: { index: 'src/index.ts', 'testing/index': 'src/testing/index.ts' },
  outdir: 'dist',
  chunkNames: 'shared-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  packages: 'external',
})
