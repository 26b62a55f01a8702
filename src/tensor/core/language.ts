// What a tensor answers to JavaScript's own operators and brackets, to JSON and to Node's console:
// text, or an error that names the method. Methods proper stand in ops/.

import { shown, ValueError } from './errors.ts'
import { show } from './shape.ts'
import { Tensor } from './tensor.ts'

/** Brackets are refused for these places: a loop over more has begun with them. */
const PLACES = ['-1', ...Array.from({ length: 32 }, (_, i) => String(i))]

function refuse(who: string, wanted: string, x: unknown, remedy: string): never {
  throw new ValueError(
    `${who}: expected ${wanted}, got a Tensor${x instanceof Tensor ? ` ${show(x.shape)}` : ''}: ` +
      `${remedy}`,
  )
}

function toPrimitive(this: Tensor, hint: string): string {
  if (hint === 'string') return this.toString()
  return refuse(
    'operator',
    'numbers',
    this,
    'use methods (a.add(b), a.gt(b)), item() for its one number, String(t) for text',
  )
}

/**
 * JSON has no form for a tensor yet: a ValueError instead of nothing. Test runners that print
 * values ask without a key: they get the text.
 */
function toJSON(this: Tensor, key?: string): string {
  if (key === undefined) return this.toString()
  const what = `a Tensor ${show(this.shape)}${key === '' ? '' : ` as ${shown(key)}`}`
  throw new ValueError(
    `JSON.stringify: expected plain data, got ${what}: write its toArray(), or its shape and ` +
      'toTypedArray()',
  )
}

function inspect(this: Tensor): string {
  return this.toString()
}

/** Stands on globalThis where the `expect` of Vitest or Jest was loaded. */
const EXPECT = Symbol.for('$$jest-matchers-object')

function iterate(this: Tensor): never {
  return refuse(
    'for … of',
    'something to iterate over',
    this,
    'use select(0, i) or chunk() for its rows, toArray() for numbers',
  )
}

/**
 * Loops, spreads and `Array.from` are refused by an iterator that throws. `toEqual` of Vitest and
 * Jest would run it, even for a tensor and itself: there a tensor has none, and the language
 * refuses in its own words.
 */
function iterator(this: Tensor): typeof iterate | undefined {
  return this === Tensor.prototype || EXPECT in globalThis ? undefined : iterate
}

/** Puts the answers on the prototype, where nothing that lists a tensor's fields meets them. */
export function defineOperators(): void {
  const { prototype } = Tensor
  Object.defineProperties(prototype, {
    [Symbol.toPrimitive]: { value: toPrimitive, configurable: true },
    [Symbol.for('nodejs.util.inspect.custom')]: { value: inspect, configurable: true },
    [Symbol.iterator]: { get: iterator, configurable: true },
    toJSON: { value: toJSON, configurable: true },
  })
  for (const i of PLACES)
    refuseProperty(
      i,
      `[${i}]`,
      'an array',
      `use select(0, ${i}), or toArray()[${i}] for numbers`,
      'elements are not written one by one: use where() for a new tensor, or assign_()',
    )
  const remedy = 'read a copy with toTypedArray() or item(), change numbers with assign_()'
  for (const name of ['data', 'ptr'])
    refuseProperty(name, name, 'the input of a forward', remedy, remedy)
}

/** Refuses to read and to write a property that arrays or the inputs of a forward have. */
function refuseProperty(
  name: string,
  who: string,
  wanted: string,
  onRead: string,
  onWrite: string,
): void {
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    get(this: unknown) {
      // Whoever looks through the prototype itself is not refused.
      return this === Tensor.prototype ? undefined : refuse(who, wanted, this, onRead)
    },
    set(this: unknown) {
      refuse(`${who} =`, wanted, this, onWrite)
    },
  })
}
