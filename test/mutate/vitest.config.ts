// The suite as planted bugs meet it: every file in a process of its own, so that no file sees what
// a bug left behind in another. It is not `npm test`.
import { defineConfig } from 'vitest/config'
import { shared } from '../../vitest.config.ts'

export default defineConfig({
  ...shared,
  test: { ...shared.test, include: ['test/**/*.test.ts'], exclude: ['test/browser/**'] },
})
