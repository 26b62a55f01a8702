// The mirror's layers: each a composition of its ops, with the parameters under the names that
// tapegrad gives them. Those that recur are recurrent.ts.

import { affine } from './joins.ts'
import { created, Mirror, write } from './tensor.ts'

/** A layer's parameters are its own fields. */
export class Layer {
  parameters(): Mirror[] {
    return Object.values(this).filter((field) => field instanceof Mirror)
  }
  stateDict(): Record<string, Mirror> {
    const tensors = Object.entries(this).filter(([, field]) => field instanceof Mirror)
    return Object.fromEntries(
      tensors.map(([name, t]: [string, Mirror]) => [name, t.detach().clone()]),
    )
  }
  loadStateDict(state: Record<string, Mirror>): void {
    const values = Object.entries(state).map(([name, t]) => [name, t.numbers] as const)
    for (const [name, numbers] of values)
      write((this as unknown as Record<string, Mirror>)[name] as Mirror, numbers)
  }
}

export const parameter = (...shape: number[]): Mirror =>
  created(new Array(shape.reduce((a, b) => a * b, 1)).fill(0), shape, true)

export const zeros = (...shape: number[]): Mirror =>
  created(new Array(shape.reduce((a, b) => a * b, 1)).fill(0), shape)

export class Linear extends Layer {
  weight: Mirror
  bias: Mirror
  constructor(D: number, K: number) {
    super()
    this.weight = parameter(K, D)
    this.bias = parameter(K)
  }
  forward(x: Mirror): Mirror {
    return affine(x, this.weight, this.bias)
  }
}

export class Embedding extends Layer {
  weight: Mirror
  constructor(V: number, D: number) {
    super()
    this.weight = parameter(V, D)
  }
  forward(index: Mirror): Mirror {
    return this.weight.indexSelect(0, index)
  }
}
