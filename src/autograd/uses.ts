// Cotangents that wait until one op sums them (`Rule.together`); it sums nothing itself.

import type { Node, Rule, Use } from './tape.ts'

type Together<V> = NonNullable<Rule<V>['together']>

interface Noted<V> {
  readonly rule: Rule<V>
  readonly together: Together<V>
  readonly uses: Use<V, unknown>[]
}

export class Uses<V> {
  readonly #byNode = new Map<Node<V>, Map<Together<V>, Noted<V>>>()

  get size(): number {
    return this.#byNode.size
  }

  note(node: Node<V>, rule: Rule<V>, together: Together<V>, use: Use<V, unknown>): void {
    const noted = this.#byNode.get(node) ?? new Map<Together<V>, Noted<V>>()
    this.#byNode.set(node, noted)
    const entry = noted.get(together)
    if (entry === undefined) noted.set(together, { rule, together, uses: [use] })
    else entry.uses.push(use)
  }

  /** Returns a node's entries, and removes them. */
  take(node: Node<V>): Iterable<Noted<V>> | undefined {
    const noted = this.#byNode.get(node)
    this.#byNode.delete(node)
    return noted?.values()
  }
}
