// Random choices from a seed, and what a random program may choose from: the tensors that are
// there. It knows no statement.

import type { Kind, Statement, Text, Variable } from './program.ts'

/**
 * Choices that follow from a seed alone (Steele, Lea & Flood 2014, "Fast splittable pseudorandom
 * number generators").
 */
export class Draw {
  #state: number
  constructor(seed: number) {
    this.#state = seed | 0
  }
  /** 0 … n − 1. */
  int(n: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let z = this.#state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return ((z ^ (z >>> 16)) >>> 0) % n
  }
  chance(percent: number): boolean {
    return this.int(100) < percent
  }
  of<T>(all: readonly T[]): T {
    return all[this.int(all.length)] as T
  }
  /** One of these, each as likely as its weight says. */
  weighted<T>(all: readonly (readonly [weight: number, value: T])[]): T {
    let at = this.int(all.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, value] of all) {
      at -= weight
      if (at < 0) return value
    }
    throw new RangeError('expected weights above 0')
  }
  /** A number whose multiples do not meet: a multiple of 1/16, never 0. */
  number(): number {
    const n = this.int(40) - 20
    return (n < 0 ? n : n + 1) / 16
  }
  numbers(shape: readonly number[]): string {
    if (shape.length === 0) return String(this.number())
    return `[${Array.from({ length: shape[0] as number }, () => this.numbers(shape.slice(1))).join(', ')}]`
  }
}

/** A tensor that a statement may use: a variable, or a layer's field. */
export interface Operand {
  readonly text: Text
  readonly shape: readonly number[]
  /** Whether it requires a gradient, as far as can be told beforehand. */
  readonly grad: boolean
  readonly leaf: boolean
  /** What it is another name of. */
  readonly origin?: Operand | undefined
}

export const variable = (kind: Kind, letter: string, shape: readonly number[] = []): Variable => ({
  kind,
  letter,
  shape,
})

/** The shape of every tensor when there is one to be made up. */
export const SHAPES = [
  [],
  [2],
  [3],
  [2, 2],
  [2, 2],
  [2, 3],
  [3, 2],
  [3, 4],
  [3, 4],
  [2, 3, 2],
  [2, 3, 2],
  [1, 2, 2],
] as const

/** Statements being written: those so far, and the tensors there are. */
export class Block {
  readonly draw: Draw
  readonly statements: Statement[] = []
  readonly tensors: Operand[]
  /** Inside of how many functions. */
  readonly depth: number
  /** Whether a walk may run it once more, when there may be hooks that there were not. */
  readonly again: boolean
  /** What begins the names of its tensors. */
  readonly letter: string

  constructor(draw: Draw, tensors: readonly Operand[] = [], depth = 0, again = false) {
    this.draw = draw
    this.tensors = [...tensors]
    this.depth = depth
    this.again = again
    this.letter = depth === 0 ? 'v' : 'a'
  }

  /** A tensor, the newest most likely; now and then any. */
  any(fits: (x: Operand) => boolean = () => true): Operand | null {
    const fitting = this.tensors.filter(fits)
    if (fitting.length === 0) return null
    if (this.draw.chance(25)) return this.draw.of(fitting)
    return fitting[
      fitting.length - 1 - Math.min(this.draw.int(fitting.length), this.draw.int(fitting.length))
    ] as Operand
  }
  like(x: Operand, fits: (x: Operand) => boolean = () => true): Operand | null {
    return this.any((y) => String(y.shape) === String(x.shape) && fits(y))
  }

  do(...text: Text): void {
    this.statements.push({ pattern: [], text })
  }
  /** `const name = text`. */
  name(kind: Kind, letter: string, ...text: Text): Variable {
    const made = variable(kind, letter)
    this.statements.push({ pattern: [made], text })
    return made
  }
  /** A tensor by `const name = text`. */
  tensor(shape: readonly number[], grad: boolean, leaf: boolean, ...text: Text): Operand {
    const made = variable('tensor', this.letter, shape)
    this.statements.push({ pattern: [made], text })
    return this.know(made, grad, leaf)
  }
  /** A tensor that a pattern defines. */
  know(made: Variable, grad: boolean, leaf = false, origin?: Operand): Operand {
    const operand = { text: [made], shape: made.shape, grad, leaf, origin }
    this.tensors.push(operand)
    return operand
  }
  /** A tensor with numbers of its own. */
  fresh(shape: readonly number[], grad: boolean): Operand {
    return this.tensor(
      shape,
      grad,
      true,
      `tensor(${this.draw.numbers(shape)}, ` +
        `${grad ? "{ dtype: 'float64', requiresGrad: true }" : 'float64'})`,
    )
  }
}
