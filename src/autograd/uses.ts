// Cotangents of one value that wait to be summed by one op (`Rule.together`): noted as they come,
// taken when the value's turn comes. It sums nothing itself.

import type { Node, Rule, Use } from './tape.ts'

type Together<V> = NonNullable<Rule<V>['together']>

interface Noted<V> {
  readonly rule: Rule<V>
  readonly together: Together<V>
  readonly uses: Use<V, unknown>[]
}

export class Uses<V> {
  readonly #of = new Map<Node<V>, Map<Together<V>, Noted<V>>>()

  get size(): number {
    return this.#of.size
  }

  note(node: Node<V>, rule: Rule<V>, together: Together<V>, use: Use<V, unknown>): void {
    const noted = this.#of.get(node) ?? new Map<Together<V>, Noted<V>>()
    this.#of.set(node, noted)
    const known = noted.get(together)
    if (known === undefined) noted.set(together, { rule, together, uses: [use] })
    else known.uses.push(use)
  }

  /** What was noted of a node, which is then forgotten. */
  take(node: Node<V>): Iterable<Noted<V>> | undefined {
    const noted = this.#of.get(node)
    this.#of.delete(node)
    return noted?.values()
  }
}
