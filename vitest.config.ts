import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    alias: {
      'tapegrad/testing': fileURLToPath(new URL('src/testing/index.ts', import.meta.url)),
      tapegrad: fileURLToPath(new URL('src/index.ts', import.meta.url)),
    },
  },
  test: { include: ['test/**/*.test.ts'], testTimeout: 120_000 },
})
