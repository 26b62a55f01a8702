// The core of the suite in headless Chromium, on a plain page and on a cross-origin isolated one
// with two threads, and the built package on pages of its own.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import base from '../../vitest.config.ts'
import { executablePath } from './chromium.ts'

if (!existsSync(executablePath))
  throw new Error(
    `expected Chromium at ${executablePath}, got no file: install it, or name another one in ` +
      'CHROMIUM',
  )

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Files that need Node: its libraries, its worker_threads, the size of its process, 4 GiB of
 * addresses, a package made to be missing, or ONNX Runtime without a server of its files.
 */
const nodeOnly = [
  'test/files/{inflate,crc32}.test.ts',
  'test/files/onnx/*.test.ts',
  'test/kernels/{blas,threads}/*.test.ts',
  'test/kernels/assembly/{matmul.endOfMemory,maths}.test.ts',
  'test/kernels/{engine,engine.wide,memory/heap}.test.ts',
  'test/layers/module/{tree,contents}.test.ts',
  'test/tensor/{evacuation,memory,realms}.test.ts',
  'test/tensor/{core/{otherCopy,lifetime.pass},engine/queue,ops/{opsDocument,streams.workers}}.test.ts',
  'test/tensor/inspect/{anomaly,format}.test.ts',
  'test/tensor/inspect/tape/{dot,svg}.test.ts',
]

const page = (
  name: string,
  exclude: string[],
  headers: Record<string, string> = {},
): TestProjectInlineConfiguration => ({
  resolve: base.resolve,
  root,
  server: { headers },
  // Found at the start, so that no page is reloaded for it in the middle of a test.
  optimizeDeps: { include: ['fast-check'] },
  test: {
    name,
    include: ['test/{autograd,files,kernels,layers,optim,refusals/messages,tensor}/**/*.test.ts'],
    exclude: [...nodeOnly, ...exclude],
    setupFiles: [`test/browser/${name}.ts`],
    testTimeout: 120_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath, args: ['--no-sandbox'] } }),
      instances: [{ browser: 'chromium' }],
    },
  },
})

export default defineConfig({
  root,
  test: {
    projects: [
      // Here are no threads.
      page('plain', ['test/layers/recurrent/family.composed.test.ts']),
      // Tests of single kernels put their operands where threads have their scratch, and cut them.
      page('isolated', ['test/kernels/**', 'test/tensor/programs/program.test.ts'], {
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      }),
      {
        root,
        test: {
          name: 'pages',
          include: ['test/browser/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
