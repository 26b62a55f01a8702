// Values that are no tensors, put on the tape: rings of numbers with + and ·, and a Space of the
// fewest words.

import { expect } from 'vitest'
import {
  Node,
  type Rule,
  recording,
  type Space,
  type Traced,
  walk,
} from '../../src/autograd/index.ts'

/** A value of any kind on the tape. */
export class Value<T> implements Traced<Value<T>> {
  node: Node<Value<T>> | null = null
  readonly of: T
  constructor(of: T) {
    this.of = of
  }
}

/** A Space in the fewest words: values that are added with `plus`, never changed in place. */
export const spaceOf = <T>(plus: (a: Value<T>, b: Value<T>) => Value<T>): Space<Value<T>> => ({
  add: plus,
  addInto: () => expect.fail('nothing here is exclusive'),
  exclusive: () => false,
  hold: (v) => v,
  release: () => {},
  enter: () => {},
  leave: () => {},
  consume: () => {},
  alreadyWalked: (node) => new Error(`${node.rule?.name} was walked`),
})

export const found = <V>(cotangents: V): V => cotangents

export const leaf = <T>(of: T): Value<T> => {
  const value = new Value(of)
  value.node = new Node<Value<T>>(null, [], undefined, value)
  return value
}

export const record = <T>(rule: Rule<Value<T>>, inputs: Value<T>[], of: T): Value<T> => {
  const out = new Value(of)
  if (recording && inputs.some((input) => input.node !== null))
    out.node = new Node(rule, inputs, undefined, out)
  return out
}

/** Rings of numbers with + and ·, each with recorded derivatives. */
export function ring<T>(add: (a: T, b: T) => T, mul: (a: T, b: T) => T) {
  const addRule: Rule<Value<T>> = { name: 'add', vjp: (g) => [g, g] }
  const mulRule: Rule<Value<T>> = {
    name: 'mul',
    vjp: (g, { inputs: [a, b], needsGrad }) => [
      needsGrad[0] ? times(g, b as Value<T>) : null,
      needsGrad[1] ? times(g, a as Value<T>) : null,
    ],
  }
  const plus = (a: Value<T>, b: Value<T>): Value<T> => record(addRule, [a, b], add(a.of, b.of))
  const times = (a: Value<T>, b: Value<T>): Value<T> => record(mulRule, [a, b], mul(a.of, b.of))
  const space = spaceOf(plus)
  const derive = (
    y: Value<T>,
    one: T,
    targets: Value<T>[],
    {
      createGraph = false,
      retainGraph = createGraph,
    }: { createGraph?: boolean; retainGraph?: boolean } = {},
  ): (Value<T> | undefined)[] => {
    const cotangents = walk(
      space,
      [y],
      [new Value(one)],
      targets,
      { createGraph, retainGraph },
      found,
    )
    return targets.map((target) => cotangents.get(target.node as Node<Value<T>>))
  }
  return { plus, times, space, derive }
}
