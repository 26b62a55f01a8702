// How `npm test` runs the suite: which files share a process, and which have one of their own.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url))
/** Without projects every file has a process of its own. */
export const shared = {
  resolve: {
    alias: {
      'tapegrad/derive': source('derive/index.ts'),
      'tapegrad/distributed': source('distributed/index.ts'),
      'tapegrad/testing': source('testing/index.ts'),
      'tapegrad/node': source('node/index.ts'),
      'tapegrad/files': source('files/index.ts'),
      tapegrad: source('index.ts'),
    },
  },
  test: {
    setupFiles: process.env.WIDE_VECTORS === '1' ? ['test/kernels/wideVectors.ts'] : [],
    // Vitest leaves one core free, which is half of two.
    maxWorkers: '100%',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
}

// What needs a browser is run by `npm run test:browser`.
const tests = readdirSync(fileURLToPath(new URL('test', import.meta.url)), {
  recursive: true,
  encoding: 'utf8',
})
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.test.ts') && !path.startsWith('browser/'))

/**
 * Rooms whose files take a process over from one another: they load the package once, and run on
 * code that is compiled. What they leave behind is checked by test/support/unchanged.ts.
 */
const rooms = [
  ...['autograd', 'derive', 'documents', 'files', 'layers', 'museum', 'optim', 'properties'],
  ...['refusals', 'testing'],
  'tensor/(core|define|inspect|ops|programs|sequence|transforms)',
]
/** Files there that change the kernels or the memory, or look at what is left of it. */
const exceptions = [
  'layers/recurrent/family.composed',
  'properties/layers.threads',
  'refusals/gradient',
  'tensor/core/(forward|lifetime|otherCopy)',
  'tensor/inspect/(anomaly|named|tape/svg)',
  'tensor/ops/streams.workers',
  'tensor/programs/program',
  'tensor/transforms/(checkpoint.memory|fuse|pass)',
  'testing/(grade/)?(command|teach)',
]
const startsWith = (parts: readonly string[]): RegExp => new RegExp(`^(${parts.join('|')})\\b`)
const isTogether = (path: string): boolean =>
  startsWith(rooms).test(path) && !startsWith(exceptions).test(path)
const files = (paths: readonly string[]): string[] => paths.map((path) => `test/${path}`)

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: files(tests.filter(isTogether)),
          isolate: false,
          setupFiles: ['test/support/unchanged.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: files(tests.filter((path) => !isTogether(path))),
          typecheck: { enabled: true, include: ['test/**/*.test-d.ts'] },
        },
      },
    ],
  },
})
