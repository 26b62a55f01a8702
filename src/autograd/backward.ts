// The backward pass over the tape computes every derivative; it knows no arrays: a Space adds and
// holds the cotangents.

import type { Space, WalkOptions } from './space.ts'
import {
  type Hook,
  type Node,
  type Nodes,
  RELEASED,
  type Rule,
  type Traced,
  withRecording,
} from './tape.ts'
import { Uses } from './uses.ts'

/** A part of the graph: nodes to differentiate, newest first, and nodes where the pass ends. */
interface Region<V> {
  order: Node<V>[]
  readonly ends: Node<V>[]
}

let passes = 0
let inProgress = 0
/** The inputs of the op whose derivative is running: passes that it starts may end there. */
let enclosingInputs: readonly { readonly node: unknown }[] | null = null

/**
 * Runs the backward pass from `roots`, whose cotangents are `seeds`. It visits the nodes in
 * descending id, in a loop and without recursion. `deliver` gets the cotangents of the reached
 * `targets` or, without targets, of every reached leaf. Then the nodes are consumed, unless
 * `retainGraph`. After an error, also one of `deliver`, the graph is as before.
 */
export function walk<V extends Traced<V>, R>(
  space: Space<V>,
  roots: readonly V[],
  seeds: readonly V[],
  targets: readonly V[] | null,
  options: WalkOptions,
  deliver: (cotangents: ReadonlyMap<Node<V>, V>) => R,
): R {
  const pass = new BackwardPass(space, targets, options.createGraph)
  const walked = pass.run(roots, seeds)
  const result = deliver(pass.results)
  if (!options.retainGraph) {
    space.consume(walked)
    for (const node of walked) node.inputs = RELEASED
  }
  return result
}

class BackwardPass<V extends Traced<V>> {
  readonly results = new Map<Node<V>, V>()
  readonly #id = ++passes
  readonly #space: Space<V>
  readonly #createGraph: boolean
  /** The nodes whose cotangents are results; each maps to the node that it replaces, or itself. */
  #targets: Map<Node<V>, Node<V>> | null
  /** The ends of a pass inside a derivative; the outer pass calls their hooks. */
  readonly #stops: ReadonlySet<unknown> | null
  /** The marks of an outer pass on the nodes that this pass reaches; restored at its end. */
  readonly #outerMarks = new Map<Node<V>, Pick<Node<V>, 'reachedBy' | 'cotangent'>>()
  /** Cotangents that one op will sum when the pass visits their node. */
  readonly #uses = new Uses<V>()

  constructor(space: Space<V>, targets: readonly V[] | null, createGraph: boolean) {
    this.#space = space
    this.#createGraph = createGraph
    this.#targets =
      targets && new Map(targets.flatMap(({ node }) => (node === null ? [] : [[node, node]])))
    this.#stops = targets && enclosingInputs && new Set(enclosingInputs.map(({ node }) => node))
  }

  /** Returns the nodes to consume. */
  run(roots: readonly V[], seeds: readonly V[]): readonly Node<V>[] {
    inProgress++
    const region: Region<V> = { order: [], ends: [] }
    try {
      withRecording(this.#createGraph, () => {
        this.#collect(region, roots, this.#oldestTarget())
        if (this.#targets === null) this.#targets = new Map(region.ends.map((node) => [node, node]))
        else this.#prune(region)
        roots.forEach((root, i) => {
          if (root.node?.reachedBy === this.#id) this.#accumulate(root.node, seeds[i] as V, null)
        })
        this.#visitAll(region)
      })
      return region.order
    } finally {
      inProgress--
      for (const node of [...region.order, ...region.ends]) node.cotangent = null
      for (const [node, marks] of this.#outerMarks) Object.assign(node, marks)
    }
  }

  /**
   * The id of the oldest target; no older node leads to one, as inputs are older than their node.
   */
  #oldestTarget(): number {
    if (this.#targets === null) return 1
    let oldest = Number.POSITIVE_INFINITY
    for (const { id } of this.#targets.keys()) oldest = Math.min(oldest, id)
    return oldest
  }

  /**
   * Adds to the region every node that the roots were computed from, if it is not older than
   * `oldest` and, where `among` is given, one of these.
   */
  #collect(region: Region<V>, roots: readonly V[], oldest: number, among?: Nodes): void {
    const { order, ends } = region
    const stack: Node<V>[] = []
    const reach = (node: Node<V> | null): void => {
      if (node === null || node.reachedBy === this.#id || node.id < oldest) return
      if (among?.has(node) === false) return
      const isEnd = node.rule === null || this.#stops?.has(node) === true
      // A consumed target may still be an end.
      if (!isEnd && node.consumed && node.id !== oldest) throw this.#space.alreadyWalked(node)
      if (inProgress > 1 && !this.#outerMarks.has(node))
        this.#outerMarks.set(node, { reachedBy: node.reachedBy, cotangent: node.cotangent })
      node.cotangent = null
      node.reachedBy = this.#id
      if (isEnd) ends.push(node)
      else {
        order.push(node)
        stack.push(node)
      }
    }
    for (const { node } of roots) reach(node)
    for (let node = stack.pop(); node !== undefined; node = stack.pop())
      for (const { node: input } of node.inputs)
        if (input !== null && input.id < node.id) reach(input)
    order.sort((a, b) => b.id - a.id)
  }

  /**
   * Unmarks every node that leads to no target: its derivative is not computed. A target that leads
   * to no other target becomes an end.
   */
  #prune(region: Region<V>): void {
    const targets = this.#targets as Map<Node<V>, Node<V>>
    for (const node of region.ends) if (!targets.has(node)) node.reachedBy = 0
    const leading: Node<V>[] = []
    for (let i = region.order.length - 1; i >= 0; i--) {
      const node = region.order[i] as Node<V>
      if (node.inputs.some((input) => this.#leadsTo(node, input))) leading.push(node)
      else if (targets.has(node)) region.ends.push(node)
      else node.reachedBy = 0
    }
    region.order = leading.reverse()
  }

  #visitAll({ order, ends }: Region<V>): void {
    for (const node of order) this.#visit(node, false)
    for (const node of ends) this.#visit(node, true)
  }

  /**
   * Visits a node whose cotangent is complete. Its hooks get the cotangent, a target's cotangent
   * becomes a result, and the derivative passes it on unless the pass ends here.
   */
  #visit(node: Node<V>, isEnd: boolean): void {
    if (this.#uses.size > 0) this.#sumUses(node)
    if (node.cotangent === null) return
    if (!isEnd && node.rule?.recompute !== undefined) return void this.#recompute(node, node.rule)
    if (node.hooks !== null && this.#stops?.has(node) !== true) this.#applyHooks(node, node.hooks)
    const g = node.cotangent
    const target = (this.#targets as Map<Node<V>, Node<V>>).get(node)
    if (target !== undefined) this.results.set(target, g)
    if (!isEnd) {
      const before = enclosingInputs
      enclosingInputs = node.inputs
      this.#space.enter(node)
      try {
        this.#propagate(node, node.rule as Rule<V>, g)
      } finally {
        this.#space.leave()
        enclosingInputs = before
      }
    }
    if (target === undefined) this.#space.release(g)
    node.cotangent = null
  }

  /** Adds `v` to the cotangent of a node. */
  #accumulate(node: Node<V>, v: V, rule: Rule<V> | null): void {
    const g = this.#space.hold(v, node.output, rule)
    const sum = node.cotangent
    if (sum === null) node.cotangent = g
    else if (!this.#createGraph && this.#space.exclusive(sum)) {
      this.#space.addInto(sum, g)
      this.#space.release(g)
    } else {
      node.cotangent = this.#space.hold(this.#space.add(sum, g), node.output, rule)
      this.#space.release(sum)
      this.#space.release(g)
    }
  }

  #propagate(node: Node<V>, rule: Rule<V>, g: V): void {
    // A hook or a derivative started a pass that consumed the node.
    if (node.consumed) throw this.#space.alreadyWalked(node)
    const { inputs, output: y, attrs } = node
    const needsGrad = inputs.map((input) => this.#leadsTo(node, input))
    const call = { inputs, y, attrs, needsGrad, isObserved: this.#isObserved }
    if (rule.together !== undefined && this.#createGraph) {
      if (needsGrad[0])
        this.#uses.note((inputs[0] as V).node as Node<V>, rule, rule.together, { g, attrs })
      return
    }
    if (rule.addInto !== undefined && !this.#createGraph) {
      for (let i = 0; i < inputs.length; i++) {
        const sum = needsGrad[i] ? (inputs[i] as V).node?.cotangent : null
        if (sum == null || !this.#space.exclusive(sum)) continue
        rule.addInto(sum, i, g, call)
        needsGrad[i] = false // `vjp` sees it in its call.
      }
      if (!needsGrad.includes(true)) return
    }
    const cotangents = rule.vjp?.(g, call) ?? []
    for (let i = 0; i < inputs.length; i++) {
      const cotangent = cotangents[i]
      const input = (inputs[i] as V).node
      if (needsGrad[i] && cotangent != null && input !== null)
        this.#accumulate(input, cotangent, rule)
    }
  }

  /**
   * Whether the pass goes on from a node to this input. An input with a newer node required no
   * gradient when the op was recorded.
   */
  #leadsTo(node: Node<V>, { node: input }: V): boolean {
    return input !== null && input.reachedBy === this.#id && input.id < node.id
  }

  readonly #isObserved = ({ node }: V): boolean =>
    node !== null && (node.hooks !== null || this.#targets?.has(node) === true)

  #sumUses(node: Node<V>): void {
    const noted = this.#uses.take(node)
    if (noted === undefined) return
    this.#space.enter(null)
    try {
      for (const { rule, together, uses } of noted)
        this.#accumulate(node, together(uses, node.output), rule)
    } finally {
      this.#space.leave()
    }
  }

  #applyHooks(node: Node<V>, hooks: ReadonlySet<Hook<V>>): void {
    this.#outsideDerivatives(null, () => {
      for (const hook of [...hooks]) {
        const before = node.cotangent as V
        const after = hook(before)
        if (after === undefined) continue
        node.cotangent = this.#space.hold(after, node.output, null)
        this.#space.release(before)
      }
    })
  }

  #recompute(node: Node<V>, rule: Rule<V>): void {
    this.#outsideDerivatives(node, () => {
      rule.recompute?.(node.attrs, (recorded, again) => {
        const reached = again.filter(([old]) => old.reachedBy === this.#id)
        const region: Region<V> = { order: [], ends: [] }
        const values = reached.map(([, value]) => value)
        this.#collect(region, values, 1, recorded)
        for (const [old, { node: fresh }] of reached) if (fresh !== null) this.#replace(old, fresh)
        this.#prune(region)
        this.#visitAll(region)
      })
    })
  }

  /** Gives `fresh` the cotangent of `old`, and its place among the targets. */
  #replace(old: Node<V>, fresh: Node<V>): void {
    this.#sumUses(old)
    fresh.cotangent = old.cotangent
    old.cotangent = null
    const target = this.#targets?.get(old)
    if (target !== undefined) this.#targets?.set(fresh, target)
  }

  /** Runs hooks or a recomputation: no pass that they start ends at an enclosing op's inputs. */
  #outsideDerivatives(node: Node<V> | null, body: () => void): void {
    const before = enclosingInputs
    enclosingInputs = null
    this.#space.enter(node)
    try {
      body()
    } finally {
      this.#space.leave()
      enclosingInputs = before
    }
  }
}
