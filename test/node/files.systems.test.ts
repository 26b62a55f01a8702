// Windows, which opens no folders; and files that cannot be read, which may be whole.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { latestCheckpoint, saveCheckpoint } from 'tapegrad/node'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Call, fail, putBack, replace } from './failing.ts'

const home = mkdtempSync(join(tmpdir(), 'tapegrad-systems-'))
afterAll(() => rmSync(home, { recursive: true }))
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(home, 'f'))
})
const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor
afterEach(() => {
  putBack()
  Object.defineProperty(process, 'platform', platform)
})

const state = { x: 1 }
const name = (step: number): string => `step-${String(step).padStart(16, '0')}.safetensors`

describe('Windows, which opens no folders', () => {
  const refuseFolders = (code: string): void =>
    replace(
      'openSync',
      (real) =>
        ((path: string, ...rest: never[]) =>
          path === folder ? fail(code) : real(path as never, ...rest)) as Call,
    )

  it.each([
    ['win32', 'EPERM', true],
    ['win32', 'EISDIR', true],
    ['win32', 'EMFILE', false],
    ['linux', 'EPERM', false],
    ['linux', 'EISDIR', false],
  ])('%s, %s: saved is %s', (system, code, saved) => {
    Object.defineProperty(process, 'platform', { ...platform, value: system })
    refuseFolders(code)
    const save = (): unknown => saveCheckpoint(folder, 1, state)
    if (saved) expect(save()).toBe(join(folder, name(1)))
    else expect(save).toThrow(new RegExp(`got ${code}`))
  })
})

describe('a file that cannot be read', () => {
  it.each(['EIO', 'ENOENT'])('with %s is damaged', (code) => {
    for (const step of [1, 2]) saveCheckpoint(folder, step, state)
    replace(
      'openSync',
      (real) =>
        ((path: string, ...rest: never[]) =>
          path.endsWith(name(2)) ? fail(code) : real(path as never, ...rest)) as Call,
    )
    expect(latestCheckpoint(folder)).toMatchObject({
      step: 1,
      refused: [{ path: join(folder, name(2)), reason: `${code}: it fails` }],
    })
  })

  it.each(['EACCES', 'EMFILE'])('with %s may be whole: no other is taken', (code) => {
    for (const step of [1, 2]) saveCheckpoint(folder, step, state)
    replace(
      'openSync',
      (real) =>
        ((path: string, ...rest: never[]) =>
          path.endsWith(name(2)) ? fail(code) : real(path as never, ...rest)) as Call,
    )
    expect(() => latestCheckpoint(folder)).toThrow(
      new RegExp(`^latestCheckpoint: expected to read \\S+, got ${code}.*: it may be whole`),
    )
  })
})
