// The tape: which value was computed from which, by which rule. It knows no arrays and no shapes; it never computes a derivative (walk.ts does).

/** A value the tape can follow: anything that can be added and carries the node it was recorded at (null when nothing requires its gradient). */
export interface Traced<V> {
  node: Node<V> | null
}

/** How the cotangents of an op's inputs follow from the cotangent of its output. `A` holds the op's attributes (axes, indices, …). */
export interface Rule<V, A = unknown> {
  readonly name: string
  /**
   * The vector–Jacobian products: one cotangent for each input, null where `wanted` is false or the op does not depend on it.
   * `g` is the cotangent of the output `y`. Written with recorded operations, so that it can itself be differentiated.
   */
  vjp(g: V, y: V, inputs: readonly V[], attrs: A, wanted: readonly boolean[]): readonly (V | null)[]
  /** Adds the cotangent of input `index` into `sum` in place; used instead of `vjp` where a sum exists already and the walk is not being recorded. */
  addInto?(sum: V, index: number, g: V, y: V, inputs: readonly V[], attrs: A): void
}

let lastId = 0

/** One recorded op: its rule, inputs, attributes and output. A leaf (a value whose gradient is asked for) has a node without a rule. */
export class Node<V> {
  /** Grows with every node: a node's inputs always have smaller ids. */
  readonly id = ++lastId
  readonly rule: Rule<V> | null
  inputs: readonly V[]
  readonly attrs: unknown
  readonly output: V
  /** True once a walk has passed without `retainGraph`: the node has let go of its inputs. */
  consumed = false
  /** The walk in progress: which one reached this node last, and the cotangent summed so far. */
  reachedBy = 0
  cotangent: V | null = null

  constructor(rule: Rule<V> | null, inputs: readonly V[], attrs: unknown, output: V) {
    this.rule = rule
    this.inputs = inputs
    this.attrs = attrs
    this.output = output
  }
}

/** The id of the newest node: the tape's clock. What changes now has changed after every node up to this one. */
export const now = (): number => lastId

/** Whether operations are being recorded; switched by `withRecording` alone. */
export let recording = true

/** Runs `fn` with recording on or off and restores what was before, also when `fn` throws. */
export function withRecording<T>(on: boolean, fn: () => T): T {
  const before = recording
  recording = on
  try {
    return fn()
  } finally {
    recording = before
  }
}
