// Kills a training at random moments and goes on with it, until it ends: its last numbers must be
// those of one that was never stopped.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundled } from './build.ts'

/** What a child printed, and whether it was killed. */
interface End {
  printed: string
  killed: boolean
}

function run(
  script: string,
  folder: string,
  steps: number,
  killAfter: number | null,
): Promise<End> {
  const child = spawn(process.execPath, [script, folder, String(steps)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  let complaint = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  child.stderr.on('data', (chunk) => {
    complaint += chunk
  })
  const timer = killAfter === null ? null : setTimeout(() => child.kill('SIGKILL'), killAfter)
  return new Promise((resolve, reject) =>
    child.on('close', (code, signal) => {
      if (timer !== null) clearTimeout(timer)
      if (signal === 'SIGKILL') resolve({ printed, killed: true })
      else if (code === 0) resolve({ printed, killed: false })
      else reject(new Error(complaint))
    }),
  )
}

/** A stream of numbers from 0 to 1 (mulberry32), which is not the package's. */
function drawing(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Survival {
  /** How often a training was killed. */
  kills: number
  /** How many trainings ended. */
  ends: number
  /** The temporary files that a kill left, seen before the next start. */
  temporaries: number
  /** The hash of the training that was never stopped. */
  expected: string
  /** The hashes of the others that are not the expected one. */
  wrong: string[]
}

/** Trains for some steps, killed so often, as often as that takes. */
export async function survival(
  steps: number,
  kills: number,
  seed: number,
  say: (killed: number) => void = () => {},
): Promise<Survival> {
  const home = mkdtempSync(join(tmpdir(), 'tapegrad-kill-'))
  try {
    const script = await bundled('train', home)
    const began = Date.now()
    const { printed: expected } = await run(script, join(home, 'whole'), steps, null)
    const whole = Date.now() - began
    const draw = drawing(seed)
    const folder = join(home, 'killed')
    const result: Survival = { kills: 0, ends: 0, temporaries: 0, expected, wrong: [] }
    while (result.kills < kills || result.ends === 0) {
      mkdirSync(folder, { recursive: true })
      const killAfter = result.kills < kills ? draw() * whole : null
      const { printed, killed } = await run(script, folder, steps, killAfter)
      if (killed) {
        result.kills++
        say(result.kills)
        result.temporaries += readdirSync(folder).filter((name) => name.includes('.tmp-')).length
        continue
      }
      result.ends++
      if (printed !== expected) result.wrong.push(printed)
      rmSync(folder, { recursive: true })
    }
    return result
  } finally {
    rmSync(home, { recursive: true })
  }
}
