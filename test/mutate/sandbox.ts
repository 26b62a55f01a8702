// A copy of the repository in which bugs are planted one at a time, and the process that runs its
// tests. The repository itself is never touched.

import { type ChildProcess, execFile, fork } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Bug, Planting } from './mutants.ts'
import type { Answer, Question } from './suite.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** A bug that keeps the tests busy for so long is in an endless loop. */
const PATIENCE = 300_000

export interface Planted {
  planting: Planting
  bug: Bug
  /** Those that are asked for it, in this order. */
  tests: readonly string[]
  /** Whether the registry's tests of the bug's op are asked before them. */
  asksRegistry: boolean
}

export class Sandbox {
  readonly #seed: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'tapegrad-mutate-'))
  readonly #copy = join(this.#folder, 'copy')
  readonly #build = join(this.#folder, 'kernels')
  #suite: ChildProcess | null = null
  /** The file in which the last bug stood. */
  #changed: string[] = []

  constructor(seed: string) {
    this.#seed = seed
    const skipped = ['node_modules', '.git', 'dist']
    cpSync(root, this.#copy, {
      recursive: true,
      filter: (path) => !skipped.includes(basename(path)),
    })
    mkdirSync(join(this.#build, 'src'), { recursive: true })
    cpSync(join(root, 'src/kernels'), join(this.#build, 'src/kernels'), { recursive: true })
    // Compiled with less optimisation: faster, and a bug is a bug.
    const build = join(this.#build, 'src/kernels/assembly/build.mjs')
    writeFileSync(build, readFileSync(build, 'utf8').replace('-O3', '-O1'))
    for (const place of [this.#copy, this.#build])
      symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
  }

  /** How often the bug's text stands in its file. */
  occurrences({ file }: Planting, { find }: Bug): number {
    return readFileSync(join(this.#copy, file), 'utf8').split(find).length - 1
  }

  /** Throws unless these tests pass while no bug is planted. */
  async expectHealthy(tests: readonly string[]): Promise<void> {
    for (const test of tests) {
      const { failed } = await this.#ask({ changed: [], tests: [test] })
      if (failed !== null)
        throw new Error(
          `mutate: expected the tests to pass before any bug is planted, got ${failed}`,
        )
    }
  }

  /**
   * Plants the bug, asks the tests for it and removes it. Returns the first test that failed, or
   * null.
   */
  async plant(planted: Planted): Promise<string | null> {
    const { planting, bug } = planted
    const compiled = planting.file.startsWith('src/kernels/assembly/')
    const file = join(this.#copy, compiled ? 'src/kernels/wasm.generated.ts' : planting.file)
    const healthy = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      compiled ? await this.#compiled(planted) : healthy.replace(bug.find, () => bug.replace),
    )
    try {
      return await this.#look(planted, [...this.#changed, file])
    } finally {
      writeFileSync(file, healthy)
      this.#changed = [file]
    }
  }

  close(): void {
    this.#stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #look(
    { bug: { op }, tests, asksRegistry }: Planted,
    changed: readonly string[],
  ): Promise<string | null> {
    const own: Question = { changed, tests: ['test/tensor/ops/registry.test.ts'], named: `^${op} ` }
    const questions: Question[] = [
      ...(op === undefined || !asksRegistry ? [] : [own]),
      ...tests.map((test) => ({ changed, tests: [test] })),
    ]
    for (const question of questions) {
      const { failed } = await this.#ask(question)
      if (failed !== null) return failed
    }
    return null
  }

  /** The kernels with this bug, as the module that embeds them. */
  async #compiled({ planting, bug }: Planted): Promise<string> {
    const file = join(this.#build, planting.file)
    const healthy = readFileSync(file, 'utf8')
    const generated = join(this.#build, 'src/kernels/wasm.generated.ts')
    writeFileSync(
      file,
      healthy.replace(bug.find, () => bug.replace),
    )
    rmSync(generated, { force: true })
    try {
      await promisify(execFile)(process.execPath, ['src/kernels/assembly/build.mjs'], {
        cwd: this.#build,
      })
      return readFileSync(generated, 'utf8')
    } finally {
      writeFileSync(file, healthy)
    }
  }

  async #ask(question: Question): Promise<Answer> {
    this.#suite ??= await this.#start()
    const suite = this.#suite
    const answer = new Promise<Answer>((resolve) => {
      const done = (failed: string | null): void => {
        this.#stop()
        resolve({ failed, count: 0 })
      }
      const timer = setTimeout(() => done(`no end within ${PATIENCE / 1000} s`), PATIENCE)
      const ended = (): void => {
        clearTimeout(timer)
        done('the test process died')
      }
      suite.once('exit', ended)
      suite.once('message', (message) => {
        clearTimeout(timer)
        suite.off('exit', ended)
        resolve(message as Answer)
      })
    })
    suite.send(question)
    return answer
  }

  #start(): Promise<ChildProcess> {
    const suite = fork('test/mutate/suite.ts', [this.#seed], {
      cwd: this.#copy,
      execArgv: ['--import', 'tsx'],
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    return new Promise((resolve, reject) => {
      suite.once('message', () => {
        suite.removeAllListeners('exit')
        resolve(suite)
      })
      suite.once('exit', (code) =>
        reject(new Error(`mutate: expected a test process, got exit code ${code}`)),
      )
    })
  }

  /** Ends the test process and those it has started, also where one of them never returns. */
  #stop(): void {
    const pid = this.#suite?.pid
    this.#suite?.removeAllListeners()
    this.#suite = null
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}
