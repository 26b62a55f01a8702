// The tape: which value was computed from which, by which rule. It knows no arrays and no shapes;
// it never computes a derivative (walk.ts does).

/**
 * A value the tape can follow: anything that can be added and carries the node it was recorded at
 * (null when nothing requires its gradient).
 */
export interface Traced<V> {
  node: Node<V> | null
}

/**
 * One of several uses of a value: the cotangent of what was computed there, and the op's
 * attributes.
 */
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
  /**
   * Whether the cotangent of some value on the tape is seen in this pass: by a caller or a hook.
   */
  readonly isObserved: (v: V) => boolean
}

/**
 * How the cotangents of an op's inputs follow from the cotangent of its output. `A` holds the op's
 * attributes (axes, indices, …).
 */
export interface Rule<V, A = unknown> {
  /** What messages call the op. */
  readonly name: string
  /**
   * The vector–Jacobian products: one cotangent for each input from `g`, that of the output; null
   * for an input that needs none, or on which the op does not depend. Written with recorded
   * operations, so that it can itself be differentiated. A backward pass that is started inside
   * stops at the op's inputs. Absent where `recompute` stands in its place.
   */
  vjp?(g: V, call: VjpCall<V, A>): readonly (V | null)[]
  /**
   * Adds the cotangent of input `index` into `sum` in place; used instead of `vjp` where a sum
   * exists already and the pass is not being recorded.
   */
  addInto?(sum: V, index: number, g: V, call: Call<V, A>): void
  /**
   * Of an op with one input: the sum of the cotangents that several such ops give to the input they
   * share, as one recorded op; used instead of `vjp` where the pass is being recorded. All rules
   * that share this function are summed together.
   */
  together?(uses: readonly Use<V, A>[], input: V): V
  /** The attributes in a word, for pictures of the graph: `[axis 1]`, `[:, 5:10]`. */
  describe?(attrs: A, inputs: readonly V[]): string
  /** The op once more, on other inputs: so that a recorded op can be examined by itself. */
  replay?(inputs: readonly V[], attrs: A): V
  /**
   * @internal
   * Records once more what led to the output, under the ids it had (`rewound`); then calls `resume`
   * with what was recorded (`noting`), and each node that has these attributes with the value that
   * stands for its output now. Used instead of `vjp`: the pass goes on through what was recorded,
   * as if it had always been there.
   */
  recompute?(
    attrs: A,
    resume: (recorded: Nodes, again: readonly (readonly [Node<V>, V])[]) => void,
  ): void
}

/**
 * Is called with a node's cotangent before that is used; what it returns, if anything, takes its
 * place.
 */
export type Hook<V> = (g: V) => V | undefined

/** Nodes of whatever values. */
export type Nodes = ReadonlySet<unknown>

let lastId = 0
/** The nodes made since the innermost `noting` began; null outside. */
let noted: Set<unknown> | null = null

/** The inputs of a node that has released them. */
export const RELEASED: readonly never[] = []

/**
 * One recorded op: its rule, inputs, attributes and output. A leaf (a value whose gradient is asked
 * for) has a node without a rule.
 */
export class Node<V> {
  /** Grows with every node: a node's inputs always have smaller ids. */
  readonly id = ++lastId
  readonly rule: Rule<V> | null
  inputs: readonly V[]
  readonly attrs: unknown
  readonly output: V
  hooks: Set<Hook<V>> | null = null
  /** The pass in progress: which one reached this node last, and the cotangent summed so far. */
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
 * The id of the newest node: the tape's clock. What changes now has changed after every node up to
 * this one.
 */
export const now = (): number => lastId

/**
 * Runs `fn` with the clock put back: what it records again gets the ids that were given to it then,
 * and keeps its place in the order of every pass.
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

/** Runs `fn`. Returns its result, and the nodes that were made meanwhile. */
export function noting<T>(fn: () => T): [result: T, made: Nodes] {
  const outer = noted
  const own = new Set<unknown>()
  noted = own
  try {
    return [fn(), own]
  } finally {
    noted = outer
    if (outer !== null) for (const node of own) outer.add(node)
  }
}

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
