// The tape: its nodes record which value was computed from which, by which rule. It knows no arrays
// and no shapes; backward.ts computes the derivatives.

/** A value that the tape can follow; its node is null where no gradient is required. */
export interface Traced<V> {
  node: Node<V> | null
}

/** One use of a value by an op: the cotangent of the op's output, and the op's attributes. */
export interface Use<V, A> {
  readonly g: V
  readonly attrs: A
}

/** One recorded call of an op. */
export interface Call<V, A> {
  readonly inputs: readonly V[]
  /** The output. */
  readonly y: V
  readonly attrs: A
}

/** A recorded call, and the cotangents that the backward pass needs of it. */
export interface VjpCall<V, A> extends Call<V, A> {
  /** Whether the cotangent of each input is needed. */
  readonly needsGrad: readonly boolean[]
  /** Whether a caller or a hook sees the cotangent of `v` in this pass. */
  readonly isObserved: (v: V) => boolean
}

/**
 * The derivative of an op: the cotangents of its inputs, from the cotangent of its output. `A` are
 * the op's attributes (axes, indices, …).
 */
export interface Rule<V, A = unknown> {
  /** The op's name in messages. */
  readonly name: string
  /** @internal Whether a caller gave the name, so that it does not tell which op this is. */
  readonly isNamedByCaller?: boolean
  /**
   * The vector–Jacobian products: from `g`, the cotangent of the output, one cotangent for each
   * input. It is null for an input that needs none, or on which the op does not depend. The vjp is
   * written with recorded operations, so that it can itself be differentiated. A backward pass that
   * starts inside it ends at the op's inputs. Absent where there is `recompute`.
   */
  vjp?(g: V, call: VjpCall<V, A>): readonly (V | null)[]
  /**
   * @internal
   * Adds the cotangent of input `index` into `sum` in place; used instead of `vjp` where a sum
   * exists already and the pass is not recorded.
   */
  addInto?(sum: V, index: number, g: V, call: Call<V, A>): void
  /**
   * For ops with one input: sums the cotangents that several such ops give to their shared input,
   * by one recorded op. Used instead of `vjp` where the pass is recorded. Rules with the same
   * function are summed together.
   */
  together?(uses: readonly Use<V, A>[], input: V): V
  /** The attributes as short text, for pictures of the graph: `[axis 1]`, `[:, 5:10]`. */
  describe?(attrs: A, inputs: readonly V[]): string
  /** Runs the op again on other inputs, so that a recorded op can be examined by itself. */
  replay?(inputs: readonly V[], attrs: A): V
  /**
   * @internal
   * Used instead of `vjp`. Records the ops behind the output again, under their former ids
   * (`rewound`). Then calls `resume` with the nodes made (`noting`), and with each node that has
   * these attributes, paired with the value that now replaces its output. The pass goes on through
   * the nodes made, as if they had always been there.
   */
  recompute?(
    attrs: A,
    resume: (recorded: Nodes, again: readonly (readonly [Node<V>, V])[]) => void,
  ): void
}

/**
 * A function that gets a node's cotangent before the pass uses it. A value that it returns replaces
 * the cotangent.
 */
export type Hook<V> = (g: V) => V | undefined

/** Nodes of values of any type. */
export type Nodes = ReadonlySet<unknown>

let lastId = 0
/** The nodes made since the innermost `noting` began; null outside. */
let noted: Set<unknown> | null = null

/** The inputs of a consumed node. */
export const RELEASED: readonly never[] = []

/**
 * One recorded op: its rule, inputs, attributes and output. A leaf, a value that requires a
 * gradient and is no op's result, has a node without a rule.
 */
export class Node<V> {
  /** Grows with every node: a node's inputs always have smaller ids. */
  readonly id = ++lastId
  readonly rule: Rule<V> | null
  inputs: readonly V[]
  readonly attrs: unknown
  readonly output: V
  hooks: Set<Hook<V>> | null = null
  /** The last pass that reached this node, and the cotangent that it has summed so far. */
  reachedBy = 0
  cotangent: V | null = null

  constructor(rule: Rule<V> | null, inputs: readonly V[], attrs: unknown, output: V) {
    this.rule = rule
    this.inputs = inputs
    this.attrs = attrs
    this.output = output
    if (noted !== null) noted.add(this)
  }

  /** True once a pass without `retainGraph` has gone through: the node has released its inputs. */
  get consumed(): boolean {
    return this.inputs === RELEASED
  }
}

/**
 * The id of the newest node: the tape's clock. A change made now is later than every node so far.
 */
export const now = (): number => lastId

/**
 * Runs `fn` with the clock set back to `to`. Ops that `fn` records again get their former ids, and
 * so their former places in the order of every pass.
 */
export function rewound<T>(to: number, fn: () => T): T {
  const before = lastId
  lastId = to
  try {
    return fn()
  } finally {
    lastId = Math.max(before, lastId)
  }
}

/** Runs `fn`. Returns its result, and the nodes that it made. */
export function noting<T>(fn: () => T): [result: T, made: Nodes] {
  const outer = noted
  const made = new Set<unknown>()
  noted = made
  try {
    return [fn(), made]
  } finally {
    noted = outer
    if (outer !== null) for (const node of made) outer.add(node)
  }
}

/** Whether operations are being recorded; switched by `withRecording` alone. */
export let recording = true

/** Runs `fn` with recording on or off. Restores the former state, also when `fn` throws. */
export function withRecording<T>(on: boolean, fn: () => T): T {
  const before = recording
  recording = on
  try {
    return fn()
  } finally {
    recording = before
  }
}
