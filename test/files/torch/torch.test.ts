// readTorch against files that torch.save wrote (files.json), and what it says of others.
import { Linear, LSTM, ones, Sequential, Tensor, ValueError, zeros } from 'tapegrad'
import { expect, it, test } from 'vitest'
import { readTorch, TorchFileError } from '../../../src/files/index.ts'
import { refusal, untyped } from '../../support/refusal.ts'
import { described, fileOf, recorded } from './recorded.ts'

test.each(recorded.files.map((file) => [file.name, file] as const))('%s', (_, file) => {
  expect(described(readTorch(file.bytes))).toEqual(file.expected)
})

test.each(recorded.refused.map((file) => [file.name, file] as const))('%s: refused', (_, file) => {
  const message = refusal(TorchFileError, () => readTorch(file.bytes))
  expect(message).toMatch(/^readTorch: (\S+: )?expected .*, got .*: .*$/)
  expect(message).toContain(file.says)
})

it('reads bytes that lie anywhere in a larger buffer', () => {
  for (const name of ['numbers', 'views']) {
    const bytes = fileOf(name)
    const expected = described(readTorch(bytes))
    for (const shift of [1, 2, 4, 8]) {
      const larger = new Uint8Array(bytes.length + 20)
      larger.set(bytes, shift)
      const inside = larger.subarray(shift, shift + bytes.length)
      expect(described(readTorch(inside))).toEqual(expected)
      // Node alone has Buffers.
      if (typeof Buffer !== 'undefined')
        expect(described(readTorch(Buffer.from(inside.buffer, shift, bytes.length)))).toEqual(
          expected,
        )
    }
  }
})

it('leaves the bytes as they were, and nothing shares them', () => {
  const bytes = fileOf('views')
  const before = Uint8Array.from(bytes)
  const { transposed, turned } = readTorch(bytes)
  const numbers = turned.toArray()
  transposed.assign_(zeros(transposed.shape))
  bytes.fill(0)
  expect(turned.toArray()).toEqual(numbers)
  bytes.set(before)
  expect(readTorch(bytes).turned.toArray()).toEqual(numbers)
})

it('gives state dicts that a module loads', () => {
  const model = new Sequential(new LSTM(2, 2) as never, new Linear(2, 3))
  const state = readTorch(fileOf('a state dict, protocol 2'))
  model.loadStateDict(state)
  for (const [name, t] of Object.entries(model.stateDict()))
    expect(t.toArray(), name).toEqual(state[name].toArray())
})

it('gives plain objects, in which __proto__ is a name like others', () => {
  const read = readTorch<Record<string, unknown>>(fileOf('a checkpoint, protocol 4'))
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
  expect(Object.hasOwn(read, '__proto__')).toBe(true)
  expect(read.polluted).toBeUndefined()
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  expect(read.constructor).toBe(1)
})

it('gives what is shared in the file once, and views as tensors of their own', () => {
  const read = readTorch<{ first: Tensor; second: Tensor; list: Tensor[]; view: Tensor }>(
    fileOf('shared tensors'),
  )
  expect(read.second).toBe(read.first)
  expect(read.list[0]).toBe(read.first)
  read.first.assign_(zeros([2]))
  expect(read.view.toArray()).toEqual([2])
})

it('gives tensors without gradients, also of parameters', () => {
  const { p } = readTorch(fileOf('a parameter'))
  expect(p).toBeInstanceOf(Tensor)
  expect(p.requiresGrad).toBe(false)
})

it('refuses what is no file of PyTorch', () => {
  const says = (bytes: unknown) => refusal(TorchFileError, () => readTorch(bytes as Uint8Array))
  expect(says(new Uint8Array(0))).toContain('expected a zip archive')
  expect(says(new Uint8Array(100))).toContain('got 100 bytes')
  expect(says(fileOf('views').subarray(0, 500))).toContain('got one that is cut off')
  expect(says(new ArrayBuffer(8))).toContain('got 8 bytes')
  for (const wrong of [null, undefined, 'lstm.pt', [1], ones([3])])
    expect(refusal(ValueError, () => readTorch(untyped(wrong)))).toMatch(
      /^readTorch: expected the bytes of a file, a Uint8Array or an ArrayBuffer, got /,
    )
})
