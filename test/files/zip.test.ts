// Archives of our own, read again; those of NumPy and PyTorch are in npz.test.ts and torch/.

import { expect, it } from 'vitest'
import { Archive } from '../../src/files/archive.ts'
import { zip } from '../../src/files/zip.ts'

it('what is written is read', () => {
  const archive = new Archive(zip('zip', new Map([['a', Uint8Array.of(1)]])), (expected, got) => {
    throw new Error(`expected ${expected}, got ${got}`)
  })
  expect([...archive.entries.values()].map((entry) => [entry.name, archive.read(entry)])).toEqual([
    ['a', Uint8Array.of(1)],
  ])
})
