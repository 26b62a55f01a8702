// readTorch against files made to harm: whatever they are, a TorchFileError or a result that is no
// larger than the file allows.
import fc from 'fast-check'
import { Tensor } from 'tapegrad'
import { expect, it, test } from 'vitest'
import { readTorch, TorchFileError } from '../../../src/files/index.ts'
import { runs } from '../../properties/runs.ts'
import { refusal } from '../../support/refusal.ts'
import { archiveOf, type Code, pickleOf, push, type View } from './archive.ts'
import { described, fileOf, recorded } from './recorded.ts'

const floats = (...numbers: number[]) => new Uint8Array(Float32Array.from(numbers).buffer)
const withPickle = (pickle: readonly number[], data = floats(1, 2, 3, 4)) =>
  archiveOf({ 'data.pkl': pickle, 'data/0': data })
const read = (...code: Code[]) => readTorch<unknown>(withPickle(pickleOf(...code)))
const says = (...code: Code[]) => refusal(TorchFileError, () => read(...code))
const repeated = (code: Code, times: number): Code => Array<Code>(times).fill(code)

it('reads what the tests assemble, with 64-bit fields and without', () => {
  const view: View = { offset: 1, shape: [3], strides: [1], count: 4 }
  const pickle = pickleOf(push.tensor(view))
  for (const far of [false, true]) {
    const file = archiveOf({ 'data.pkl': pickle, 'data/0': floats(1, 2, 3, 4) }, { far })
    expect(readTorch<Tensor>(file).toArray()).toEqual([2, 3, 4])
  }
})

test.each<[string, Partial<View>, string]>([
  ['beyond the end', { offset: 2 }, 'within the 4 numbers'],
  ['strides beyond the end', { strides: [2] }, 'within the 4 numbers'],
  ['a negative offset', { offset: -1 }, 'storage, offset, sizes and strides'],
  ['a negative stride', { strides: [-1] }, 'whole numbers'],
  ['a negative size', { shape: [-3] }, 'whole numbers'],
  ['sizes beyond 2⁵³', { shape: [2n ** 62n] }, 'whole numbers'],
  [
    'an infinite product',
    { shape: Array(64).fill(2n ** 52n), strides: Array(64).fill(0) },
    'got (',
  ],
  ['too many axes', { shape: Array(65).fill(1), strides: Array(65).fill(0) }, 'got ('],
  ['a stride of 0', { shape: [1e9], strides: [0] }, 'no more numbers than its storage has'],
  ['other numbers of strides', { strides: [] }, 'sizes and strides'],
  ['another count', { count: 3 }, 'expected 3 numbers of 4 bytes in data/0, got 16 bytes'],
  ['another type', { type: 'DoubleStorage' }, 'expected 4 numbers of 8 bytes'],
  ['a storage that is not there', { key: '../0' }, 'expected an entry data/../0'],
  ['a storage of no kind', { type: 'Size' }, 'expected a storage, got torch.Size'],
])('refuses a view with %s', (_, view, message) => {
  expect(says(push.tensor({ shape: [3], strides: [1], count: 4, ...view }))).toContain(message)
})

it('takes views without numbers, wherever they are', () => {
  const empty = { offset: 0, shape: [2n ** 52n, 0, 2n ** 52n], strides: [2, 1, 1], count: 4 }
  expect((read(push.tensor(empty)) as Tensor).shape).toEqual([2 ** 52, 0, 2 ** 52])
})

it('takes axes of size 1 with any stride', () => {
  const view = { offset: 1, shape: [2, 1, 2], strides: [1, 2n ** 53n - 1n, 0], count: 4 }
  expect((read(push.tensor(view)) as Tensor).toArray()).toEqual([[[2, 2]], [[3, 3]]])
})

it('refuses views that are together much larger than the file', () => {
  const data = new Uint8Array(4 * 10_000)
  const view: Code = push.tensor({ shape: [10_000], strides: [1], count: 10_000 })
  const file = (times: number) => withPickle(pickleOf('](', repeated(view, times), 'e'), data)
  expect(readTorch<Tensor[]>(file(12))).toHaveLength(12)
  expect(refusal(TorchFileError, () => readTorch(file(40)))).toContain('at most 16 times the size')
})

it('shares lists that are named many times, and refuses those that contain themselves', () => {
  // Each list holds the one before twice: 2¹⁰⁰ in all.
  const doubling = Array.from(
    { length: 100 },
    (_, i): Code => ['](', ['h', i], ['h', i], 'e', 'q', i + 1],
  )
  const value = read('(]', 'q', 0, doubling, 't') as unknown[]
  const last = value[100] as unknown[]
  expect(last[0]).toBe(value[99])
  expect(last[1]).toBe(value[99])
  expect(says(']', 'q', 0, ['h', 0], 'a')).toContain('contains itself')
  expect(says('}', 'q', 0, push.text('a'), ['h', 0], 's')).toContain('a: expected values nested')
})

test.each<[string, Code[], string]>([
  ['deep lists', [repeated(']', 1000), repeated('a', 999)], 'nested at most 200 deep'],
  ['deep tuples', [')', repeated('\x85', 1000)], 'nested at most 200 deep'],
  ['many marks', [repeated('(', 1000)], 'nested at most 200 deep'],
  ['an empty stack', ['a'], 'expected a value in the pickle'],
  ['no mark', ['t'], 'expected a mark'],
  ['a list that is none', ['NNa'], 'expected a list'],
  ['a dict that is none', ['NNNs'], 'expected a dict'],
  ['half a pair', ['}', '(', 'N', 'u'], 'expected a dict and its items'],
  ['an unset place', ['h', 9], 'expected value 9'],
  ['several values', ['NN'], 'expected one value'],
  ['an open mark', ['(N'], 'expected one value'],
  ['protocol 1', ['\x80', 1], 'protocol 2 to 5, got 1'],
  ['protocol 6', ['\x80', 6], 'protocol 2 to 5, got 6'],
  ['os.system', ['cos\nsystem\n', push.tuple(push.text('id')), 'R'], 'got os.system'],
  ['eval', ['c__builtin__\neval\n', push.tuple(push.text('1')), 'R'], 'got __builtin__.eval'],
  ['an object', ['ccollections\nOrderedDict\n)', 0x81], 'instruction 0x81'],
  ['a call of a value', ['N)R'], 'expected a name and its arguments'],
  ['attributes of a list', [']}b'], 'expected an OrderedDict'],
  ['a name alone', ['ctorch\nSize\n'], 'got a name'],
  ['a storage called', ['ctorch\nFloatStorage\n)R'], 'expected a tensor, got torch.FloatStorage'],
  ['a parameter of nothing', ['ctorch._utils\n_rebuild_parameter\n)R'], 'expected a tensor'],
  ['a size of nothing', ['ctorch\nSize\n)R'], 'expected a size'],
  ['a filled OrderedDict', ['ccollections\nOrderedDict\n', ']\x85', 'R'], 'empty OrderedDict'],
  ['another reference', [push.text('0'), 'Q'], 'expected a reference to a storage'],
  ['text that is no UTF-8', ['X', [2, 0, 0, 0], 0xc3, 0x28], 'expected text in UTF-8'],
  ['text beyond the end', ['X', [255, 255, 255, 255], 'a'], 'more bytes of the pickle'],
  ['a line without end', ['ctorch'], 'the end of a line'],
])('refuses %s', (_, code, message) => {
  expect(says(...code)).toContain(message)
})

it('refuses pickles that never end', () => {
  const file = withPickle(new Array(4_000_100).fill(0x4e))
  expect(refusal(TorchFileError, () => readTorch(file))).toContain('at most 4000000')
})

it('refuses entries over each other, and numbers in another order of bytes', () => {
  const big = archiveOf({ 'data.pkl': pickleOf('N'), byteorder: [98, 105, 103] })
  expect(refusal(TorchFileError, () => readTorch(big))).toContain('got "big"')
  const names = Array.from({ length: 50 }, (_, i) => [`data/${i}`, new Uint8Array(200)])
  const file = archiveOf({ 'data.pkl': pickleOf('N'), ...Object.fromEntries(names) })
  const view = new DataView(file.buffer)
  for (let at = 0; at < file.length - 46; at++)
    if (view.getUint32(at, true) === 0x02014b50) {
      view.setUint32(at + 20, 5000, true)
      view.setUint32(at + 24, 5000, true)
    }
  expect(refusal(TorchFileError, () => readTorch(file))).toContain('overlapping')
})

it('reads an archive behind which a comment looks like its end', () => {
  const file = archiveOf({ 'data.pkl': pickleOf('N') })
  const comment = [...'PK\x05\x06'].map((c) => c.charCodeAt(0)).concat(Array(30).fill(0))
  const longer = Uint8Array.from([...file, ...comment])
  longer[file.length - 2] = comment.length
  expect(readTorch<unknown>(longer)).toBe(null)
})

it('refuses numbers that were changed, by their checksum', () => {
  const file = Uint8Array.from(fileOf('a tensor alone'))
  const [at] = [...file.keys()].filter((i) => file[i] === 0xb8 && file[i + 1] === 0x40)
  file[at] ^= 1
  expect(refusal(TorchFileError, () => readTorch(file))).toContain('checksum')
})

/** How many numbers there are in all tensors of a value. */
function sizeIn(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== 'object' || value === null || seen.has(value)) return 0
  seen.add(value)
  if (value instanceof Tensor) return value.size
  return Object.values(value).reduce((sum: number, part) => sum + sizeIn(part, seen), 0)
}

function expectHarmless(file: Uint8Array): void {
  try {
    expect(sizeIn(readTorch<unknown>(file))).toBeLessThanOrEqual(16 * file.length)
  } catch (error) {
    if (!(error instanceof TorchFileError)) throw error
  }
}

/** Changes of a few bytes, where `at` is a fraction of the file. */
const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    remove: fc.constantFrom(0, 1, 1, 1, 2, 8),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 4 }).map((bytes) => [...bytes]),
      fc.constantFrom(...'(){}]NqhRtusaeQ.b\x85\x86\x87\x88\x94\x93').map((c) => [c.charCodeAt(0)]),
      fc.constantFrom([255, 255, 255, 255], [0, 0, 0, 0], [255, 255, 255, 127]),
    ),
  }),
  { minLength: 1, maxLength: 4 },
)
function edited(
  bytes: Uint8Array,
  changes: typeof edits extends fc.Arbitrary<infer E> ? E : never,
) {
  const out = [...bytes]
  for (const { at, remove, insert } of changes)
    out.splice(Math.floor(at * out.length), remove, ...insert)
  return Uint8Array.from(out)
}

/** The pickle and the storages of a recorded file, to be put together again without checksums. */
function entriesOf(file: Uint8Array): Record<string, Uint8Array> {
  const view = new DataView(file.buffer)
  const entries: Record<string, Uint8Array> = {}
  for (let at = 0; at < file.length - 46; at++) {
    if (view.getUint32(at, true) !== 0x02014b50) continue
    const name = new TextDecoder().decode(
      file.subarray(at + 46, at + 46 + view.getUint16(at + 28, true)),
    )
    const header = view.getUint32(at + 42, true)
    const from = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true)
    const data = file.subarray(from, from + view.getUint32(at + 24, true))
    if (/data/.test(name)) entries[name.slice(name.indexOf('/') + 1)] = data
  }
  return entries
}

const anyFile = fc.constantFrom(...recorded.files)

test('files put together again are read as before', () => {
  for (const { bytes, expected } of recorded.files)
    expect(described(readTorch(archiveOf(entriesOf(bytes))))).toEqual(expected)
})

test('pickles with bytes changed are refused, or read', () =>
  fc.assert(
    fc.property(anyFile, edits, ({ bytes }, changes) => {
      const { 'data.pkl': pickle, ...others } = entriesOf(bytes)
      expectHarmless(archiveOf({ 'data.pkl': edited(pickle, changes), ...others }))
    }),
    runs(3000),
  ))

test('archives with bytes changed are refused, or read', () =>
  fc.assert(
    fc.property(anyFile, edits, fc.boolean(), ({ bytes }, changes, far) => {
      expectHarmless(edited(archiveOf(entriesOf(bytes), { far }), changes))
      expectHarmless(edited(bytes, changes))
    }),
    runs(2000),
  ))
