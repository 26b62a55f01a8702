// What a backward pass asks of the values it differentiates, and of its caller; it computes
// nothing.

import type { Node, Rule } from './tape.ts'

/** What the pass needs to know of the values it differentiates. */
export interface Space<V> {
  /** a + b as a new value (recorded when the pass is). */
  add(a: V, b: V): V
  /** sum ← sum + b, in place; asked only of an exclusive sum. */
  addInto(sum: V, b: V): void
  /**
   * Whether the pass made `v` and holds it in one place only, so that it may be changed in place.
   */
  exclusive(v: V): boolean
  /**
   * `v` becomes (part of) the cotangent of `of`: refuses one that does not fit, returns it in the
   * form that is kept.
   */
  hold(v: V, of: V, rule: Rule<V> | null): V
  /** `v` is no longer needed in one of the places it was held. */
  release(v: V): void
  /**
   * Brackets the derivative of one node, or (null) hooks: what is made in between and not held at
   * the end is gone.
   */
  enter(node: Node<V> | null): void
  leave(): void
  /** These nodes have been used up. */
  consume(nodes: readonly Node<V>[]): void
  /** The error for walking a node that was consumed by an earlier pass. */
  alreadyWalked(node: Node<V>): Error
}

export interface WalkOptions {
  /** Record the pass itself, so that its results can be differentiated again. */
  createGraph: boolean
  /** Keep the graph, so that it can be walked again. */
  retainGraph: boolean
}
