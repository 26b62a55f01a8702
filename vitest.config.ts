import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    alias: {
      'tapegrad/derive': fileURLToPath(new URL('src/derive/index.ts', import.meta.url)),
      'tapegrad/distributed': fileURLToPath(new URL('src/distributed/index.ts', import.meta.url)),
      'tapegrad/testing': fileURLToPath(new URL('src/testing/index.ts', import.meta.url)),
      'tapegrad/node': fileURLToPath(new URL('src/node/index.ts', import.meta.url)),
      'tapegrad/files': fileURLToPath(new URL('src/files/index.ts', import.meta.url)),
      tapegrad: fileURLToPath(new URL('src/index.ts', import.meta.url)),
    },
  },
  // What needs a browser is run by `npm run test:browser`.
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**'],
    setupFiles: process.env.WIDE_VECTORS === '1' ? ['test/kernels/wideVectors.ts'] : [],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'] },
    // Vitest leaves one core free, which is half of two.
    maxWorkers: '100%',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
