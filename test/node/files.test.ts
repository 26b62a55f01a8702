// What the file system does wrong: every failure is an error, leaves the checkpoints before it as
// they were, and no file half written; what dead processes left is removed.

import fs, {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tensor } from 'tapegrad'
import { CheckpointError, latestCheckpoint, saveCheckpoint } from 'tapegrad/node'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Call, fail, type Mocked, putBack, replace } from './failing.ts'

const home = mkdtempSync(join(tmpdir(), 'tapegrad-files-'))
afterAll(() => rmSync(home, { recursive: true }))
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(home, 'f'))
})
afterEach(putBack)

const state = { x: tensor(Array.from({ length: 100 }, (_, i) => i)) }
const name = (step: number): string => `step-${String(step).padStart(16, '0')}.safetensors`

/** The files of the folder with their contents. */
const contents = (): [string, string][] =>
  readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'latin1')])

function expectFailure(message: RegExp): void {
  saveCheckpoint(folder, 1, state)
  saveCheckpoint(folder, 2, { x: 2 })
  const before = contents()
  let thrown: unknown
  try {
    saveCheckpoint(folder, 2, state, { keep: 1 })
  } catch (error) {
    thrown = error
  }
  putBack()
  expect(thrown).toBeInstanceOf(CheckpointError)
  expect((thrown as Error).message).toMatch(message)
  expect((thrown as Error).cause).toHaveProperty('code')
  expect(contents()).toEqual(before)
  expect(latestCheckpoint(folder)).toMatchObject({ step: 2, state: { x: 2 }, refused: [] })
}

/** Fails from the third temporary file on. */
function onThird(name: Exclude<Mocked, 'openSync'>, failing: (real: Call) => Call): void {
  let opened = 0
  replace(
    'openSync',
    (real) =>
      ((path: string, ...rest: never[]) => {
        if (path.includes('.tmp-')) opened++
        return real(path as never, ...rest)
      }) as Call,
  )
  replace(name, (real) => {
    const wrong = failing(real)
    return ((...given: never[]) => {
      return opened === 3 ? wrong(...given) : real(...given)
    }) as Call
  })
}

describe('a save that fails', () => {
  it('on a disk that is full half-way', () => {
    let written = 0
    onThird(
      'writeSync',
      (real) =>
        ((file: never, bytes: Uint8Array, at = 0) => {
          if (written > 300) fail('ENOSPC')
          const part = bytes.subarray(at, at + 100)
          written += part.length
          return real(file, part as never)
        }) as Call,
    )
    expectFailure(/^saveCheckpoint: expected to write \S+, got ENOSPC: it fails: the checkpoints/)
    expect(written).toBeGreaterThan(300)
  })

  it.each(['writeSync', 'fsyncSync', 'renameSync'] as const)('in %s', (call) => {
    onThird(call, () => () => fail('EIO'))
    expectFailure(/got EIO: it fails: the checkpoints before it are as they were: make room/)
  })

  it('in opening the file', () => {
    let opened = 0
    replace(
      'openSync',
      (real) =>
        ((path: string, ...rest: never[]) =>
          path.includes('.tmp-') && ++opened > 2
            ? fail('EDQUOT')
            : real(path as never, ...rest)) as Call,
    )
    expectFailure(/got EDQUOT/)
  })

  it('in closing the file, where some file systems tell what went wrong', () => {
    onThird(
      'closeSync',
      (real) =>
        ((file: never) => {
          real(file)
          fail('ENOSPC')
        }) as Call,
    )
    expectFailure(/got ENOSPC/)
  })

  it('where a folder has the name of the checkpoint', () => {
    saveCheckpoint(folder, 1, state)
    mkdirSync(join(folder, name(2)))
    const save = (): unknown => saveCheckpoint(folder, 2, state)
    expect(save).toThrow(CheckpointError)
    expect(save).toThrow(/got (EISDIR|ENOTEMPTY|EPERM)/)
    expect(readdirSync(folder).sort()).toEqual([name(1), name(2)])
    expect(latestCheckpoint(folder)?.step).toBe(1)
  })

  it('where the path leads through a file', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => saveCheckpoint(join(folder, 'file', 'x'), 1, state)).toThrow(/got ENOTDIR/)
  })

  it('to write the entry of the folder says that the file is written', () => {
    saveCheckpoint(folder, 1, state)
    onThird(
      'fsyncSync',
      (real) =>
        ((file: number) =>
          fs.fstatSync(file).isDirectory() ? fail('EIO') : real(file as never)) as Call,
    )
    saveCheckpoint(folder, 2, state)
    saveCheckpoint(folder, 3, state)
    expect(() => saveCheckpoint(folder, 4, state)).toThrow(
      /^saveCheckpoint: expected the disk to take the entry of \S+4\.safetensors, got EIO: it fails/,
    )
    expect(latestCheckpoint(folder)?.step).toBe(4)
  })

  it('to remove older ones says that the new one is saved', () => {
    saveCheckpoint(folder, 1, state)
    replace('rmSync', () => () => fail('EBUSY'))
    expect(() => saveCheckpoint(folder, 2, state, { keep: 1 })).toThrow(
      /^saveCheckpoint: expected to remove older .* got EBUSY: it fails: \S+2\.safetensors itself is/,
    )
    expect(latestCheckpoint(folder)?.step).toBe(2)
  })
})

describe('the order of what is done', () => {
  function calls(): string[] {
    const seen: string[] = []
    const kinds = new Map<number, string>()
    replace(
      'openSync',
      (real) =>
        ((path: string, ...rest: never[]) => {
          const file = real(path as never, ...rest) as number
          kinds.set(file, path === folder ? 'folder' : path.includes('.tmp-') ? 'file' : 'other')
          return file
        }) as Call,
    )
    for (const call of ['writeSync', 'fsyncSync', 'closeSync', 'renameSync', 'rmSync'] as const)
      replace(
        call,
        (real) =>
          ((...given: never[]) => {
            const on = typeof given[0] === 'number' ? kinds.get(given[0]) : ''
            seen.push(`${call} ${on}`.trim())
            return real(...given)
          }) as Call,
      )
    return seen
  }

  it('is: write, fsync, rename, fsync of the folder, and only then removals', () => {
    saveCheckpoint(folder, 1, state)
    const seen = calls()
    saveCheckpoint(folder, 2, state, { keep: 1 })
    expect(seen.filter((call) => !call.startsWith('closeSync'))).toEqual([
      'writeSync file',
      'fsyncSync file',
      'renameSync',
      'fsyncSync folder',
      'rmSync',
    ])
  })

  it('begins, for new folders, with an fsync of those above', () => {
    const synced: string[] = []
    const paths = new Map<number, string>()
    replace(
      'openSync',
      (real) =>
        ((path: string, ...rest: never[]) => {
          const file = real(path as never, ...rest) as number
          paths.set(file, path)
          return file
        }) as Call,
    )
    replace(
      'fsyncSync',
      (real) =>
        ((file: number) => {
          synced.push(paths.get(file) as string)
          return real(file as never)
        }) as Call,
    )
    const inner = join(folder, 'a', 'b')
    saveCheckpoint(inner, 1, state)
    expect(synced.filter((path) => !path.includes('.tmp-'))).toEqual([
      folder,
      join(folder, 'a'),
      inner,
    ])
  })

  it('goes on where a call writes or reads only a part', () => {
    replace(
      'writeSync',
      (real) =>
        ((file: never, bytes: Uint8Array, at = 0) =>
          real(file, bytes.subarray(at, at + 7) as never)) as Call,
    )
    replace(
      'readSync',
      (real) =>
        ((...[file, bytes, at, length, from]: never[]) =>
          real(file, bytes, at, Math.min(length, 5) as never, from)) as Call,
    )
    saveCheckpoint(folder, 1, state)
    expect(latestCheckpoint(folder)).toMatchObject({ step: 1, refused: [] })
  })
})

it('a place in which the system has no folders is an error', () => {
  // Linux has such a one; elsewhere it is a path of folders like any other.
  const path = '/proc/tapegrad/run'
  if (fs.existsSync('/proc/self'))
    expect(() => saveCheckpoint(path, 1, state)).toThrow(/saveCheckpoint: .*ENOENT/s)
})
