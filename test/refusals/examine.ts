// Calls every entry with wrong values in the place of each argument in turn, and tells what came of
// it; callers have no types here.
import * as library from 'tapegrad'
import { CheckError } from 'tapegrad/testing'
import { expect } from 'vitest'

type Call = (...args: unknown[]) => unknown
/** What is called, and a fresh list of good arguments for it. */
export type Entry = readonly [call: Call, args: () => unknown[]]

/** The library as a caller in plain JavaScript sees it. */
export const untyped = library as unknown as Record<string, Call>
export const make =
  (name: string): Call =>
  (...args) =>
    Reflect.construct(untyped[name], args)

const {
  AnomalyError,
  DTypeError,
  IndexError,
  LibraryError,
  MemoryError,
  ones,
  ShapeError,
  TapeError,
  ThreadError,
  ValueError,
  zeros,
} = library
const classes = [
  AnomalyError,
  DTypeError,
  IndexError,
  LibraryError,
  MemoryError,
  ShapeError,
  TapeError,
  ThreadError,
  ValueError,
  CheckError,
]

/** A tensor of another copy of the package: the same fields, another class. */
const foreign = { ...ones([2, 3]) }

const wrong: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  text: 'two',
  NaN: Number.NaN,
  fraction: 1.5,
  negative: -1,
  number: 3,
  true: true,
  array: [1, 2],
  texts: ['a'],
  ragged: [[1, 2], [3]],
  empty: [],
  object: { a: 1 },
  bare: Object.create(null),
  function: () => 1,
  async: async () => 1,
  symbol: Symbol('s'),
  bigint: 5n,
  promise: Promise.resolve(1),
  map: new Map(),
  date: new Date(0),
  typed: new Float32Array([1, 2]),
  tensor: ones([2, 3]),
  int32: zeros([2], { dtype: 'int32' }),
  foreign,
}

/**
 * Per argument: which values are accepted, and every message, with the first value that gives it.
 * Fails for an error that is not the library's, or says nothing of who.
 */
export async function examine([call, args]: Entry): Promise<string> {
  await call(...args())
  const lines: string[] = []
  for (let k = 0; k < args().length; k++) {
    const accepted: string[] = []
    const messages = new Map<string, string>()
    for (const [name, value] of Object.entries(wrong)) {
      try {
        await settled(call(...args().with(k, value)))
        accepted.push(name)
      } catch (error) {
        const { name: kind, message } = error as Error
        expect(
          classes.some((one) => error instanceof one),
          `argument ${k}, ${name}: ${kind}: ${message}`,
        ).toBe(true)
        expect(message, `argument ${k}, ${name}`).toMatch(/^[^:]+: ./)
        const said = `${kind}: ${message.split('\n').slice(0, 2).join(' ')}`
        const pattern = said
          .replace(/\(.* → .*?\): /, '')
          .replace(/(, got| \(seed| index ).*/, '$1')
        if (!messages.has(pattern))
          messages.set(pattern, `${name}: ${said.replace(/ \(seed.*|\{ seed: .*/, '')}`)
      }
    }
    lines.push(
      `${k} accepts ${accepted.join(', ') || 'nothing of this'}`,
      ...[...messages.values()].map((text) => `  ${text}`),
    )
  }
  return `\n${lines.join('\n')}\n`
}

const settled = (result: unknown): unknown => (result instanceof Promise ? result : undefined)
