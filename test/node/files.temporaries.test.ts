// Temporary files: those of dead processes are removed, those of living ones stay.

import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { saveCheckpoint } from 'tapegrad/node'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const home = mkdtempSync(join(tmpdir(), 'tapegrad-temporaries-'))
afterAll(() => rmSync(home, { recursive: true }))
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(home, 'f'))
})
afterEach(() => vi.restoreAllMocks())

describe('temporary files', () => {
  const machine = encodeURIComponent(hostname())
  const temporary = (pid: number, host = machine): string => {
    const file = `step-0000000000000001.safetensors.tmp-${pid}-0123456789ab-${host}`
    writeFileSync(join(folder, file), 'half')
    return file
  }
  const left = (): string[] => {
    saveCheckpoint(folder, 2, {})
    return readdirSync(folder).filter((file) => file.includes('.tmp-'))
  }
  // Above the largest number that Linux gives a process.
  const DEAD = 2 ** 22 + 1

  it('of dead processes are removed', () => {
    temporary(DEAD)
    temporary(DEAD + 1)
    expect(left()).toEqual([])
  })

  it('of living processes, and of other machines, stay', () => {
    const kept = [temporary(process.ppid), temporary(process.pid), temporary(DEAD, 'elsewhere')]
    expect(left().sort()).toEqual(kept.sort())
  })

  it('of a living process of another user stay', () => {
    const kept = temporary(DEAD)
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('it lives'), { code: 'EPERM' })
    })
    expect(left()).toEqual([kept])
  })

  it('older than this process are of an earlier one with its number', () => {
    const began = Date.now() / 1000 - process.uptime()
    utimesSync(join(folder, temporary(process.pid)), began - 60, began - 60)
    expect(left()).toEqual([])
  })
})
