// The rows of runtimes without a page: Node by import and by require, Bun, Deno, and workerd, which
// compiles nothing at run time.

import { program, type Row, type Site } from './place.ts'

const imports = async (site: Site, ...command: string[]): Promise<string> => {
  site.write({ 'main.mjs': program.js })
  return site.run(command[0], ...command.slice(1), 'main.mjs')
}
const requires = async (site: Site, ...command: string[]): Promise<string> => {
  site.write({ 'main.cjs': program.cjs })
  return site.run(command[0], ...command.slice(1), 'main.cjs')
}

/**
 * What both give must be one class, or tensors of one half of a program would be strangers in the
 * other.
 */
const both = `
const required = require('tapegrad')
import('tapegrad').then((imported) => console.log(imported.Tensor === required.Tensor ? 'one Tensor' : 'two Tensors'))
`
async function bothAgree(site: Site, ...command: string[]): Promise<string> {
  site.write({ 'both.cjs': both })
  const printed = await site.run(command[0], ...command.slice(1), 'both.cjs')
  if (printed.trim() !== 'one Tensor') throw new Error(`expected one Tensor, got ${printed}`)
  return requires(site, ...command)
}

const node = ['node@20', 'node@22', 'node@24', 'node@26'].flatMap((tool): Row[] => [
  { place: 'Node', way: 'import', tools: [tool], run: (site) => imports(site, 'node') },
  { place: 'Node', way: 'require', tools: [tool], run: (site) => bothAgree(site, 'node') },
])

const workerd = `
import { Miniflare } from 'miniflare'

const miniflare = new Miniflare({
  rootPath: 'out',
  modules: true,
  modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }, { type: 'ESModule', include: ['**/*.js'] }],
  scriptPath: 'worker.js',
  compatibilityDate: '2026-01-01',
})
try {
  console.log(await (await miniflare.dispatchFetch('http://localhost/')).text())
} finally {
  await miniflare.dispose()
}
`

export const rows: Row[] = [
  ...node,
  { place: 'Bun', way: 'import', tools: ['bun'], run: (site) => imports(site, 'bun') },
  { place: 'Bun', way: 'require', tools: ['bun'], run: (site) => bothAgree(site, 'bun') },
  {
    place: 'Deno',
    way: 'import',
    tools: ['deno'],
    run: (site) => imports(site, 'deno', 'run', '-A', '--node-modules-dir=manual'),
  },
  {
    place: 'Deno',
    way: 'require',
    tools: ['deno'],
    run: (site) => bothAgree(site, 'deno', 'run', '-A', '--node-modules-dir=manual'),
  },
  {
    place: 'workerd',
    way: 'Miniflare, bundled by esbuild',
    tools: ['miniflare', 'esbuild'],
    async run(site) {
      const answer = `const lines = []\nconst console = { log: (line) => lines.push(line) }\n`
      site.write({
        'worker.js':
          `${program.js.replace(/(?<=^import .*\n)/m, answer)}\nexport default { fetch: () => ` +
          `new Response(lines.join('\\n')) }\n`,
        'run.mjs': workerd,
      })
      const options = [
        '--bundle',
        '--format=esm',
        '--conditions=workerd,worker,browser',
        '--loader:.wasm=copy',
        '--outdir=out',
        '--log-level=warning',
      ]
      return (
        (await site.run('esbuild', 'worker.js', ...options)) + (await site.run('node', 'run.mjs'))
      )
    },
  },
]
