// The interface between a backward pass and the values that it differentiates; it computes nothing.

import type { Node, Rule } from './tape.ts'

/** How values are added, held and released during a backward pass. */
export interface Space<V> {
  /** a + b as a new value, recorded where the pass is recorded. */
  add(a: V, b: V): V
  /** sum ← sum + b, in place; called only for an exclusive sum. */
  addInto(sum: V, b: V): void
  /** Whether `v` may be changed in place: the pass made it and holds it in one place only. */
  exclusive(v: V): boolean
  /**
   * Makes `v` the cotangent of `of`, or a part of it. Refuses a cotangent that does not fit;
   * returns `v` in the form that is kept.
   */
  hold(v: V, of: V, rule: Rule<V> | null): V
  /** Ends one `hold` of `v`. */
  release(v: V): void
  /**
   * Begins the derivative of a node or, for null, hooks. `leave` ends them, and frees the values
   * that were made in between and are not held.
   */
  enter(node: Node<V> | null): void
  leave(): void
  /** Called after a pass with the nodes that it has consumed. */
  consume(nodes: readonly Node<V>[]): void
  /** The error for a node that an earlier pass has consumed. */
  alreadyWalked(node: Node<V>): Error
}

export interface WalkOptions {
  /** Record the pass itself, so that its results can be differentiated again. */
  createGraph: boolean
  /** Keep the graph, so that it can be walked again. */
  retainGraph: boolean
}
