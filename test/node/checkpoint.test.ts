// Checkpoints: which a folder keeps, which is taken, and that damage of any kind is seen.

import { createHash } from 'node:crypto'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ones, type Tensor, tensor } from 'tapegrad'
import { readSafetensors } from 'tapegrad/files'
import { bestCheckpoint, CheckpointError, latestCheckpoint, saveCheckpoint } from 'tapegrad/node'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { builtIn, plugIn, unplug } from '../../src/kernels/blas/product.ts'

const home = mkdtempSync(join(tmpdir(), 'tapegrad-checkpoint-'))
afterAll(() => rmSync(home, { recursive: true }))
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(home, 'f'))
})

const file = (step: number, best = false): string =>
  `step-${String(step).padStart(16, '0')}${best ? '-best' : ''}.safetensors`
const steps = (): string[] => readdirSync(folder).sort()
const save = (step: number, options = {}): string => saveCheckpoint(folder, step, { step }, options)

describe('a folder', () => {
  it('is made, and keeps the last three', () => {
    folder = join(folder, 'a', 'b')
    for (const step of [1, 2, 3, 4]) expect(save(step)).toBe(join(folder, file(step)))
    expect(steps()).toEqual([file(2), file(3), file(4)])
  })

  it('keeps the last k and the best one, until there is a better one', () => {
    for (const step of [1, 2, 3, 4, 5]) save(step, { keep: 2, best: step === 2 })
    expect(steps()).toEqual([file(2, true), file(4), file(5)])
    expect(bestCheckpoint(folder)).toMatchObject({ step: 2, state: { step: 2 } })
    expect(latestCheckpoint(folder)?.step).toBe(5)
    save(6, { keep: 1, best: true })
    expect(steps()).toEqual([file(6, true)])
  })

  it('keeps a best one within the last k once', () => {
    for (const step of [1, 2, 3]) save(step, { keep: 2, best: true })
    expect(steps()).toEqual([file(2, true), file(3, true)])
    expect(bestCheckpoint(folder)?.step).toBe(3)
  })

  it('has one file a step, best or not as it was said last', () => {
    for (const best of [false, true, false, true]) {
      saveCheckpoint(folder, 7, { best }, { best })
      expect(steps()).toEqual([file(7, best)])
      expect(latestCheckpoint(folder)?.state).toEqual({ best })
      expect(bestCheckpoint(folder)).toEqual(best ? expect.objectContaining({ step: 7 }) : null)
    }
  })

  it('keeps checkpoints of later steps: going back removes nothing that is ahead', () => {
    for (const step of [10, 20, 30]) save(step)
    for (const step of [1, 2, 11]) save(step, { keep: 1 })
    expect(steps()).toEqual([file(11), file(20), file(30)])
  })

  it('keeps what is not its own', () => {
    writeFileSync(join(folder, 'notes.txt'), '')
    mkdirSync(join(folder, file(1)))
    for (const step of [2, 3]) save(step, { keep: 1 })
    expect(steps()).toEqual(['notes.txt', file(1), file(3)])
  })

  it('sorts by number', () => {
    for (const step of [9, 10, 2 ** 53 - 1]) save(step)
    expect(latestCheckpoint(folder)?.step).toBe(2 ** 53 - 1)
  })

  it('without checkpoints, or not there, has no latest', () => {
    expect(latestCheckpoint(folder)).toBeNull()
    expect(bestCheckpoint(join(folder, 'nowhere'))).toBeNull()
    save(1)
    expect(bestCheckpoint(folder)).toBeNull()
  })

  it('that is a file is an error', () => {
    const path = save(1)
    expect(() => latestCheckpoint(path)).toThrow(/^latestCheckpoint: expected to read .*ENOTDIR/)
    expect(() => saveCheckpoint(path, 1, {})).toThrow(CheckpointError)
  })
})

it('a file is safetensors that others read: tensors by their paths', () => {
  const path = saveCheckpoint(folder, 1, { model: { 'lstm.w': tensor([1, 2]) }, h: [tensor(3)] })
  const { tensors, metadata } = readSafetensors(readFileSync(path))
  expect(Object.keys(tensors).sort()).toEqual(['h.0', 'model.lstm.w'])
  expect(Object.keys(metadata)).toEqual(['checkpoint', 'sha256', 'values'])
})

describe('damage', () => {
  /** What is taken when these bytes lie in place of checkpoint 2. */
  function taken(bytes: Uint8Array): unknown {
    writeFileSync(join(folder, file(2)), bytes)
    const latest = latestCheckpoint(folder)
    return [latest?.step, latest?.refused.map(({ path }) => path)]
  }
  const passedOver = (): unknown => [1, [join(folder, file(2))]]

  function whole(): Uint8Array {
    save(1)
    const state = { x: tensor([1, 2]), text: 'ab' }
    return readFileSync(saveCheckpoint(folder, 2, state))
  }

  it('of any single bit is refused, and the checkpoint before is taken', () => {
    const bytes = whole()
    expect(taken(bytes)).toEqual([2, []])
    const missed: string[] = []
    for (let at = 0; at < bytes.length; at++)
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Uint8Array.from(bytes)
        damaged[at] ^= 1 << bit
        if (JSON.stringify(taken(damaged)) !== JSON.stringify(passedOver()))
          missed.push(`byte ${at}, bit ${bit}`)
      }
    expect(missed).toEqual([])
    expect(taken(bytes)).toEqual([2, []])
  })

  it('by any truncation, by more bytes and by other contents is refused', () => {
    const bytes = whole()
    for (let length = 0; length < bytes.length; length++)
      expect(taken(bytes.subarray(0, length)), `${length}`).toEqual(passedOver())
    for (const more of [1, 8, 4096])
      expect(taken(Buffer.concat([bytes, Buffer.alloc(more)]))).toEqual(passedOver())
    expect(taken(Buffer.alloc(bytes.length))).toEqual(passedOver())
  })

  it('far behind in a large file is refused; its digits are the SHA-256 of all else', () => {
    const path = saveCheckpoint(folder, 2, { x: ones([50_000]) })
    save(1)
    const bytes = readFileSync(path)
    const [, digits] = /"sha256":"([0-9a-f]{64})"/.exec(bytes.toString('latin1')) ?? []
    const blank = bytes.toString('latin1').replace(digits as string, '0'.repeat(64))
    expect(createHash('sha256').update(blank, 'latin1').digest('hex')).toBe(digits)
    bytes[bytes.length - 1] ^= 1
    expect(taken(bytes)).toEqual(passedOver())
  })

  it('is told with its reasons, the newest first', () => {
    for (const step of [1, 2, 3]) save(step)
    copyFileSync(join(folder, file(1)), join(folder, file(4)))
    mkdirSync(join(folder, file(5)))
    writeFileSync(join(folder, file(3)), 'abc')
    const bytes = readFileSync(join(folder, file(2)))
    bytes[bytes.length - 1] ^= 1
    writeFileSync(join(folder, file(2)), bytes)
    const latest = latestCheckpoint(folder)
    expect(latest?.step).toBe(1)
    expect(latest?.refused).toEqual([
      { path: join(folder, file(5)), reason: expect.stringMatching(/^EISDIR/) },
      { path: join(folder, file(4)), reason: 'it is the checkpoint of step 1' },
      { path: join(folder, file(3)), reason: 'it does not begin as a checkpoint does' },
      { path: join(folder, file(2)), reason: 'its checksum is not that of its contents' },
    ])
  })

  it('of all is an error, not a new beginning', () => {
    for (const step of [1, 2]) writeFileSync(save(step), 'abc')
    let thrown: unknown
    try {
      latestCheckpoint(folder)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(CheckpointError)
    const { message, refused } = thrown as CheckpointError
    expect(refused.map(({ path }) => path)).toEqual([2, 1].map((step) => join(folder, file(step))))
    expect(message).toBe(
      `latestCheckpoint: expected a whole checkpoint in ${folder}, got none: put one back, or ` +
        'move these away to begin anew:' +
        [2, 1].map((step) => `\n  ${join(folder, file(step))}: ${refused[0]?.reason}`).join(''),
    )
  })
})

describe('kernels', () => {
  const warning = (): string | null | undefined => latestCheckpoint(folder)?.warning

  it('that are the same are not mentioned', () => {
    save(1)
    expect(warning()).toBeNull()
  })

  it('of a library are told by name, then and now', () => {
    save(1)
    const rounding = { name: 'OpenBLAS', version: '0.3.21', coreType: 'Zen', threads: 1 }
    plugIn(builtIn, rounding)
    try {
      expect(warning()).toBe(
        'computed by built-in kernels until then, by OpenBLAS 0.3.21 for Zen now: the last digits ' +
          'may differ from those of a training that never stopped',
      )
      save(1)
      expect(warning()).toBeNull()
      plugIn(builtIn, { ...rounding, threads: 4 })
      expect(warning()).toMatch(/by OpenBLAS 0.3.21 for Zen on 4 threads now: the last/)
    } finally {
      unplug()
    }
    expect(warning()).toMatch(/^computed by OpenBLAS 0.3.21 for Zen until then, by built-in ker/)
  })

  it.each([
    [
      'wideVectors',
      /built-in kernels with wide vectors until then, by built-in kernels now: these/,
    ],
    ['fused', /built-in kernels without fused products until then.* the last digits may differ/],
  ])('compiled otherwise are told: %s', (name, message) => {
    const path = save(1)
    // The same checkpoint, of another process: its checksum is computed here anew.
    const text = readFileSync(path, 'latin1')
    const [from, to] = name === 'fused' ? ['true', 'null'] : ['false', 'true ']
    const changed = text
      .replace(`\\"${name}\\":${from}`, `\\"${name}\\":${to}`)
      .replace(/"sha256":"[0-9a-f]{64}"/, `"sha256":"${'0'.repeat(64)}"`)
    const digits = createHash('sha256').update(changed, 'latin1').digest('hex')
    writeFileSync(path, changed.replace('0'.repeat(64), digits), 'latin1')
    expect(warning()).toMatch(message)
  })
})

it('tensors are read anew each time', () => {
  saveCheckpoint(folder, 1, { x: tensor([1]) })
  const [a, b] = [1, 2].map(() => latestCheckpoint<{ x: Tensor }>(folder)?.state.x)
  a?.assign_(tensor([2]))
  expect(b?.toArray()).toEqual([1])
})

it.each<[given: unknown[], message: RegExp]>([
  [[''], /^saveCheckpoint: expected the path of a folder, got ""/],
  [[7], /expected the path of a folder, got 7/],
  [['x', -1], /expected step to be a whole number from 0 on, got -1/],
  [['x', undefined], /expected step to be a whole number/],
  [['x', 1.5], /got 1.5/],
  [['x', 2 ** 53], /got 9007199254740992/],
  [['x', 1, {}, { keep: 0 }], /expected keep to be a whole number from 1 on, got 0/],
  [['x', 1, {}, { best: 0.5 }], /expected best to be true or false, got 0.5/],
  [['x', 1, {}, { last: 3 }], /unknown option 'last': expected keep, best/],
])('%j is refused', (given, message) => {
  expect(() => (saveCheckpoint as (...given: unknown[]) => void)(...given)).toThrow(message)
})

it('a folder to read is a path', () => {
  for (const read of [latestCheckpoint, bestCheckpoint])
    expect(() => read(null as unknown as string)).toThrow(/expected the path of a folder, got null/)
})
