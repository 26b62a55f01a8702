// The walk back over the tape: every derivative is computed here and nowhere else. It knows no arrays; a Space tells it how cotangents are added and kept.

import { type Hook, LET_GO, type Node, type Rule, type Traced, withRecording } from './tape.ts'

/** What the walk needs to know of the values it differentiates. */
export interface Space<V> {
  /** a + b as a new value (recorded when the walk is). */
  add(a: V, b: V): V
  /** sum ← sum + b, in place; asked only of an exclusive sum. */
  addInto(sum: V, b: V): void
  /** Whether the walk made `v` and holds it in one place only, so that it may be changed in place. */
  exclusive(v: V): boolean
  /** `v` becomes (part of) the cotangent of `of`: refuses one that does not fit, and returns it in the form that is kept. */
  hold(v: V, of: V, rule: Rule<V> | null): V
  /** `v` is no longer needed in one of the places it was held. */
  release(v: V): void
  /** Brackets the derivative of one node: what is made in between and not held at the end is gone. */
  enter(node: Node<V>): void
  leave(): void
  /** The error for walking a node that was consumed by an earlier walk. */
  alreadyWalked(node: Node<V>): Error
}

export interface WalkOptions {
  /** Record the walk itself, so that its results can be differentiated again. */
  createGraph: boolean
  /** Keep the graph, so that it can be walked again. */
  retainGraph: boolean
}

let walks = 0
let inProgress = 0

/**
 * Walks back from `roots`, whose cotangents are `seeds`, in descending id (a loop, never a recursion).
 * Returns the cotangents of `targets`, null where a target was not reached; without targets, of every leaf that was reached.
 * `consumed` receives the nodes the walk has used up (none with `retainGraph`). After an error everything is as before.
 */
export function walk<V extends Traced<V>>(
  space: Space<V>,
  roots: readonly V[],
  seeds: readonly V[],
  targets: readonly V[] | null,
  { createGraph, retainGraph }: WalkOptions,
  consumed: (nodes: readonly Node<V>[]) => void,
): Map<Node<V>, V> {
  const id = ++walks
  const { order, leaves, outer } = reach(space, id, roots)
  /** The nodes whose cotangents are asked for, each with the node it is asked for as: itself, unless it stands in for that one. */
  const kept = new Map((targets === null ? leaves : targets.flatMap((t) => t.node ?? [])).map((node) => [node, node]))
  if (targets !== null) narrow(id, order, leaves, kept)
  const watched = ({ node }: V): boolean => node !== null && (node.hooks !== null || kept.has(node))
  const results = new Map<Node<V>, V>()
  const deposit = (node: Node<V>, v: V, rule: Rule<V> | null): void => {
    const g = space.hold(v, node.output, rule)
    const sum = node.cotangent
    if (sum === null) node.cotangent = g
    else if (!createGraph && space.exclusive(sum)) {
      space.addInto(sum, g)
      space.release(g)
    } else {
      node.cotangent = space.hold(space.add(sum, g), node.output, rule)
      space.release(sum)
      space.release(g)
    }
  }
  const step = (node: Node<V>): void => {
    if (node.cotangent === null) return
    const { rule, hooks } = node
    if (rule?.recompute !== undefined) {
      recompute(node, rule)
      return
    }
    if (hooks !== null) intercept(node, hooks)
    const g = node.cotangent
    const asked = kept.get(node)
    if (asked !== undefined) results.set(asked, g)
    if (rule !== null) {
      space.enter(node)
      try {
        differentiate(node, rule, g)
      } finally {
        space.leave()
      }
    }
    if (asked === undefined) space.release(g)
    node.cotangent = null
  }
  const intercept = (node: Node<V>, hooks: readonly Hook<V>[]): void => {
    space.enter(node)
    try {
      for (const hook of hooks) {
        const before = node.cotangent as V
        const after = hook(before)
        if (after === undefined) continue
        node.cotangent = space.hold(after, node.output, null)
        space.release(before)
      }
    } finally {
      space.leave()
    }
  }
  const recompute = (node: Node<V>, rule: Rule<V>): void => {
    space.enter(node)
    try {
      rule.recompute?.(node.attrs, (since, again) => {
        const { order, leaves } = reach(
          space,
          id,
          again.map(([, value]) => value),
          since,
        )
        for (const [old, { node: fresh }] of again) if (fresh !== null && old.cotangent !== null) standIn(fresh, old)
        narrow(id, order, leaves, kept)
        for (const inner of order) step(inner)
      })
    } finally {
      space.leave()
    }
  }
  const standIn = (fresh: Node<V>, old: Node<V>): void => {
    fresh.cotangent = old.cotangent
    old.cotangent = null
    if (old.hooks !== null) fresh.hooks = [...(fresh.hooks ?? []), ...old.hooks]
    const asked = kept.get(old)
    if (asked !== undefined) kept.set(fresh, asked)
  }
  const differentiate = (node: Node<V>, rule: Rule<V>, g: V): void => {
    const { inputs, output, attrs } = node
    const wanted = inputs.map((input) => input.node?.reachedBy === id)
    if (rule.addInto !== undefined && !createGraph) {
      for (let i = 0; i < inputs.length; i++) {
        const sum = wanted[i] ? (inputs[i] as V).node?.cotangent : null
        if (sum == null || !space.exclusive(sum)) continue
        rule.addInto(sum, i, g, output, inputs, attrs)
        wanted[i] = false
      }
      if (!wanted.includes(true)) return
    }
    const cotangents = rule.vjp(g, output, inputs, attrs, wanted, watched)
    for (let i = 0; i < inputs.length; i++) {
      const cotangent = cotangents[i]
      const input = (inputs[i] as V).node
      if (wanted[i] && cotangent != null && input !== null) deposit(input, cotangent, rule)
    }
  }
  inProgress++
  try {
    withRecording(createGraph, () => {
      roots.forEach((root, i) => {
        if (root.node?.reachedBy === id) deposit(root.node, seeds[i] as V, null)
      })
      for (const node of order) step(node)
      for (const leaf of leaves) step(leaf)
    })
  } finally {
    inProgress--
    for (const node of order) node.cotangent = null
    for (const node of leaves) node.cotangent = null
    for (const [node, { reachedBy, cotangent }] of outer) Object.assign(node, { reachedBy, cotangent })
  }
  if (!retainGraph) {
    const walked = order.filter((node) => node.reachedBy === id)
    consumed(walked)
    for (const node of walked) node.inputs = LET_GO
  }
  return results
}

/**
 * Every node behind the roots that is newer than `since`: recorded ones in descending id, leaves apart.
 * `outer` remembers the marks of a surrounding walk (a derivative may walk a graph of its own).
 */
function reach<V extends Traced<V>>(space: Space<V>, id: number, roots: readonly V[], since = 0) {
  const order: Node<V>[] = []
  const leaves: Node<V>[] = []
  const outer = new Map<Node<V>, Pick<Node<V>, 'reachedBy' | 'cotangent'>>()
  const stack: Node<V>[] = []
  const visit = (node: Node<V> | null): void => {
    if (node === null || node.reachedBy === id || node.id <= since) return
    if (node.consumed) throw space.alreadyWalked(node)
    if (inProgress > 0) outer.set(node, { reachedBy: node.reachedBy, cotangent: node.cotangent })
    node.cotangent = null
    node.reachedBy = id
    if (node.rule === null) leaves.push(node)
    else {
      order.push(node)
      stack.push(node)
    }
  }
  for (const root of roots) visit(root.node)
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) for (const input of node.inputs) visit(input.node)
  order.sort((a, b) => b.id - a.id)
  return { order, leaves, outer }
}

/** Unmarks every node that does not lead to one of `kept`: its derivative is not computed. */
function narrow<V extends Traced<V>>(id: number, order: readonly Node<V>[], leaves: readonly Node<V>[], kept: ReadonlyMap<Node<V>, unknown>): void {
  for (const leaf of leaves) if (!kept.has(leaf)) leaf.reachedBy = -id
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i] as Node<V>
    if (!kept.has(node) && !node.inputs.some((input) => input.node?.reachedBy === id)) node.reachedBy = -id
  }
}
