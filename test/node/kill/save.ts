// Saves checkpoints in a process of its own: node save.mjs folder first last [dies]. Before its
// call `dies` of the file system, or half-way through it if that writes, the process is killed.

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { full } from 'tapegrad'
import { saveCheckpoint } from 'tapegrad/node'

const [folder, first, last, dies] = process.argv.slice(2) as [string, string, string, string?]
if (dies !== undefined) {
  let calls = 0
  const names = ['openSync', 'writeSync', 'fsyncSync', 'closeSync', 'renameSync', 'rmSync'] as const
  for (const name of names) {
    const real = fs[name] as (...given: unknown[]) => unknown
    const dying = (...given: unknown[]): unknown => {
      if (calls++ === Number(dies)) {
        if (name === 'writeSync') real(given[0], (given[1] as Uint8Array).subarray(0, 200))
        process.kill(process.pid, 'SIGKILL')
      }
      return real(...given)
    }
    Object.assign(fs, { [name]: dying })
  }
  syncBuiltinESMExports()
}
try {
  for (let step = Number(first); step <= Number(last); step++) {
    // Every number is the step: a mixture of two files would show.
    const state = { step, numbers: full([20_000], step) }
    saveCheckpoint(folder, step, state, { keep: 2, best: step % 2 === 1 })
  }
} catch (error) {
  process.stdout.write(`${(error as Error).name}: ${(error as Error).message}`)
  process.exitCode = 1
}
