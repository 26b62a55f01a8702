// The rows of bundlers whose result is one script, run by Node. What they print while they bundle
// counts: a warning is a surprise.

import { program, type Row, type Site } from './place.ts'

/** Bundles, quietly, and runs out.js. */
async function bundle(
  site: Site,
  out: string,
  command: string,
  ...args: string[]
): Promise<string> {
  site.write({ 'main.js': program.js })
  const said = await site.run(command, ...args)
  if (/warn|\(!\)|unresolved|error/i.test(said))
    throw new Error(`expected ${command} to say nothing of warnings, got ${said}`)
  return site.run('node', out)
}

const esbuild = (name: string, out: string, ...options: string[]): Row => ({
  place: 'esbuild',
  way: name,
  tools: ['esbuild'],
  run: (site) =>
    bundle(
      site,
      out,
      'esbuild',
      'main.js',
      '--bundle',
      `--outfile=${out}`,
      '--log-level=info',
      ...options,
    ),
})

const rollup = (format: string, out: string): Row => ({
  place: 'Rollup',
  way: format,
  tools: ['rollup', '@rollup/plugin-node-resolve'],
  run: (site) =>
    bundle(
      site,
      out,
      'rollup',
      'main.js',
      '-p',
      'node-resolve',
      '-f',
      format,
      '-o',
      out,
      '--inlineDynamicImports',
    ),
})

export const rows: Row[] = [
  esbuild('esm', 'out.mjs', '--format=esm'),
  esbuild('cjs', 'out.cjs', '--format=cjs', '--platform=node'),
  esbuild('iife', 'out.js', '--format=iife'),
  esbuild('es2020', 'out.cjs', '--target=es2020'),
  rollup('es', 'out.mjs'),
  rollup('cjs', 'out.cjs'),
  rollup('iife', 'out.js'),
  {
    place: 'webpack',
    way: 'production without its hint of size',
    tools: ['webpack@5', 'webpack-cli'],
    // It finds any script of more than 244 KiB too large for a page; this one has 279, 83 of them
    // gzipped.
    run: (site) =>
      bundle(
        site,
        'dist/main.js',
        'webpack',
        'build',
        '--mode',
        'production',
        '--no-performance',
        '--entry',
        './main.js',
      ),
  },
  {
    place: 'webpack',
    way: 'development, for Node',
    tools: ['webpack@5', 'webpack-cli'],
    run: (site) =>
      bundle(
        site,
        'dist/main.js',
        'webpack',
        'build',
        '--mode',
        'development',
        '--target',
        'node',
        '--entry',
        './main.js',
      ),
  },
]
