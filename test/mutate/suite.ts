// A long-lived vitest in a process of its own: asked by messages, it runs test files of the working
// directory and answers with the first test that fails.

import { createVitest, type TestModule } from 'vitest/node'

/** Which tests to run, after which files have changed. */
export interface Question {
  changed: readonly string[]
  /** Test files, or folders of them, from the root. */
  tests: readonly string[]
  /** Only tests whose full name matches. */
  named?: string | undefined
}

/** The first test that failed, null when all passed; and how many there were. */
export interface Answer {
  failed: string | null
  count: number
}

const seed = process.argv[2] as string
const vitest = await createVitest('test', {
  root: process.cwd(),
  config: 'test/mutate/vitest.config.ts',
  watch: false,
  bail: 1,
  reporters: [{}],
  maxWorkers: 1,
  fileParallelism: false,
  typecheck: { enabled: false },
  setupFiles: ['test/mutate/seed.ts'],
  env: { MUTATE_SEED: seed },
})
await vitest.standalone()

const failureIn = (file: TestModule): string | null => {
  if (file.state() !== 'failed') return null
  for (const test of file.children.allTests('failed'))
    return `${file.relativeModuleId} › ${test.fullName}`
  return `${file.relativeModuleId} does not load`
}

async function answer({ changed, tests, named }: Question): Promise<Answer> {
  for (const path of changed) vitest.invalidateFile(path)
  if (named === undefined) vitest.resetGlobalTestNamePattern()
  else vitest.setGlobalTestNamePattern(new RegExp(named))
  const specifications = await vitest.globTestSpecifications([...tests])
  if (specifications.length === 0) return { failed: `no tests in ${tests.join(', ')}`, count: 0 }
  const asked = new Set(specifications.map(({ moduleId }) => moduleId))
  const { testModules: known, unhandledErrors } = await vitest.runTestSpecifications(specifications)
  // What earlier runs left is among them.
  const testModules = known.filter(({ moduleId }) => asked.has(moduleId))
  const failed = testModules.map(failureIn).find((failure) => failure !== null)
  const crashed =
    unhandledErrors.length > 0
      ? `an error outside the tests: ${(unhandledErrors[0] as Error).message}`
      : null
  const count = testModules.reduce(
    (sum, file) =>
      sum +
      [...file.children.allTests()].filter((test) => test.result().state !== 'skipped').length,
    0,
  )
  return { failed: failed ?? crashed, count }
}

process.on('message', async (question: Question) => process.send?.(await answer(question)))
process.send?.('ready')
