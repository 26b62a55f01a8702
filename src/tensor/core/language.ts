// JavaScript's own operators and brackets, JSON and Node's console on tensors: each gives text or
// plain data, or an error that names the method to use. The methods themselves are in ops/.

import { noteRead } from '../define/record.ts'
import { type TensorJSON, toPlain } from '../inspect/json.ts'
import { ValueError } from './errors.ts'
import { show } from './shape.ts'
import { requireTensor, Tensor } from './tensor.ts'

/** The indices that brackets refuse; a loop over more indices begins with these. */
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
 * What JSON.stringify writes. Test runners print a value by a call without a key: they get the
 * text.
 */
function toJSON(this: Tensor, key?: string): TensorJSON | string {
  if (key === undefined) return this.toString()
  requireTensor('JSON.stringify', this)
  noteRead('JSON.stringify', this)
  return toPlain(this.elements(), this.shape, this.dtype)
}

function inspect(this: Tensor): string {
  return this.toString()
}

/** A symbol that `expect` of Vitest or Jest sets on globalThis. */
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
 * Loops, spreads and `Array.from` get an iterator that throws. `toEqual` of Vitest and Jest would
 * run it, even to compare a tensor with itself: with them a tensor has no iterator, and JavaScript
 * throws its own error.
 */
function iterator(this: Tensor): typeof iterate | undefined {
  return this === Tensor.prototype || EXPECT in globalThis ? undefined : iterate
}

/** Defines these properties on the prototype: a list of a tensor's own fields has none of them. */
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

/** Makes a property of arrays, or of a forward's inputs, throw when it is read or written. */
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
      // Reading the property of the prototype itself is allowed.
      return this === Tensor.prototype ? undefined : refuse(who, wanted, this, onRead)
    },
    set(this: unknown) {
      refuse(`${who} =`, wanted, this, onWrite)
    },
  })
}
