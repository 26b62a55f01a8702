// The mirror's tape: nodes that keep everything they were recorded with, and the walk back. A walk
// that fails has changed nothing.

import {
  beginRecording,
  consumeAll,
  doubt,
  noteUse,
  now,
  Pointless,
  Refusal,
  readSoFar,
  recording,
  type Storage,
  scoped,
  tick,
  withRecording,
} from './memory.ts'

/** What the tape needs of a tensor. */
export interface Value<V> {
  readonly storage: Storage
  node: Node<V> | null
  add(other: V): V
  /** The same tensor with the numbers it has now, whatever becomes of them. */
  frozen(): V
}

/** The cotangents of the inputs from that of the output. */
export type Derivative<V> = (g: V, inputs: readonly V[], y: V) => readonly (V | null)[]

/** `foreign` are numbers that the walk did not make: those of a seed. */
export type Hook<V> = (g: V, foreign: boolean) => V | undefined

export class Node<V> {
  readonly id = tick()
  /** A leaf that only a finished transform knows. */
  hidden = false
  consumed = false
  /** What the checkpoint that it was recorded in, if any, has used. */
  readonly reads = readSoFar()
  hooks: Hook<V>[] = []
  readonly inputs: readonly V[]
  readonly derivative: Derivative<V> | null
  /** The output with the numbers it was recorded with; a leaf itself. */
  y: V | null = null

  constructor(inputs: readonly V[] = [], derivative: Derivative<V> | null = null) {
    this.inputs = inputs
    this.derivative = derivative
  }
}

const recordable = <V extends Value<V>>(inputs: readonly V[]): boolean =>
  recording && inputs.some(({ node }) => node !== null)

/**
 * A recording begins, unless it continues a graph that was walked. Ops begin one before they read
 * where tapegrad's move the input first: `record` does it for the others.
 */
export function begin<V extends Value<V>>(...inputs: readonly V[]): void {
  const continues = inputs.some(({ node }) => node?.consumed && node.reads === null)
  if (recordable(inputs) && !continues) beginRecording()
}

/**
 * Notes an op on the tape where one of its inputs requires a gradient; `several`: one for which
 * tapegrad records more than one.
 */
export function record<V extends Value<V>>(
  inputs: readonly V[],
  out: V,
  derivative: Derivative<V>,
  several = false,
): V {
  for (const { storage } of inputs) noteUse(storage)
  if (!recordable(inputs)) return out
  if (several) beginRecording()
  else begin(...inputs)
  const saved = inputs.map((x) => x.frozen())
  out.node = new Node(saved, derivative)
  out.node.y = out.frozen()
  return out
}

/** Every node behind these, newest first, leaves last. */
export function behind<V extends Value<V>>(
  roots: readonly V[],
  past: (node: Node<V>) => boolean = () => true,
): Node<V>[] {
  const found = new Set<Node<V>>()
  const stack = roots.map(({ node }) => node)
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node === null || found.has(node)) continue
    found.add(node)
    if (past(node)) for (const input of node.inputs) stack.push(input.node)
  }
  const order = (node: Node<V>): number => (node.derivative === null ? 0 : node.id)
  return [...found].sort((a, b) => order(b) - order(a))
}

/**
 * The cotangents of the targets' nodes, or of every leaf behind the roots; and what uses up the
 * graph.
 */
export function walk<V extends Value<V>>(
  roots: readonly V[],
  seeds: readonly V[],
  targets: readonly V[] | null,
  createGraph: boolean,
): { found: Map<Node<V>, V>; consume: () => void } {
  const began = tick()
  for (const { storage } of seeds) if (storage.gone) doubt('gone')
  const order = behind(roots)
  const asked = new Set(
    targets === null
      ? order.filter((node) => node.derivative === null)
      : targets.map(({ node }) => node),
  )
  const leads = new Set<Node<V>>()
  const goesOn = (node: Node<V>): boolean =>
    node.inputs.some((input) => input.node !== null && leads.has(input.node))
  for (const node of [...order].sort((a, b) => a.id - b.id))
    if (asked.has(node) || goesOn(node)) leads.add(node)
  for (const node of order) {
    if (!node.consumed) continue
    // What a checkpoint drops and records once more is consumed by nobody, except at its ends.
    if (goesOn(node) && node.reads === null) throw new Refusal('walked')
    doubt('walked')
  }
  const cotangents = new Map<Node<V>, V>()
  const deposit = (node: Node<V> | null, g: V): void => {
    if (node === null || !leads.has(node)) return
    const sum = cotangents.get(node)
    cotangents.set(node, sum === undefined ? g : sum.add(g))
  }
  const walked: Node<V>[] = []
  const step = (node: Node<V>): void => {
    const sum = cotangents.get(node)
    if (sum === undefined) return
    let g: V = sum
    const continues = node.derivative !== null && goesOn(node)
    // A checkpoint reads before the hooks of its results are called, other ops afterwards: where
    // one of them refuses, it may be either.
    if (continues) {
      const y = node.y as V
      for (const storage of new Set([
        ...node.inputs.map((x) => x.storage),
        y.storage,
        ...(node.reads ?? []),
      ])) {
        if (storage.changedAt > node.id) doubt('changed')
        if (storage.gone) doubt('gone')
      }
      if (node.reads?.some(({ requiredAt }) => requiredAt > node.id)) doubt('repeated')
      // Whether a recorded derivative depends on an input that came to require a gradient after its
      // op, as in PyTorch, or not, is nobody's promise.
      if (createGraph && node.inputs.some(({ storage }) => storage.requiredAt > node.id))
        throw new Pointless()
    }
    for (const hook of node.hooks) {
      const shown: V = g
      const foreign: boolean =
        (!createGraph || shown.node === null) && shown.storage.madeAt <= began
      g = inDerivative(createGraph, () => hook(shown, foreign)) ?? shown
    }
    cotangents.set(node, g)
    if (!continues) return
    walked.push(node)
    const found = (node.derivative as NonNullable<typeof node.derivative>)(
      g,
      node.inputs,
      node.y as V,
    )
    found.forEach((cotangent, i) => {
      if (cotangent !== null) deposit((node.inputs[i] as V).node, cotangent)
    })
  }
  withRecording(createGraph, () => {
    roots.forEach((root, i) => {
      deposit(root.node, seeds[i] as V)
    })
    for (const node of order) step(node)
  })
  // Whether a hook that changes the very seeds changes what is on its way already, is nobody's
  // promise.
  if (seeds.some(({ storage }) => storage.changedAt > began)) throw new Pointless()
  const consume = (): void => {
    for (const node of walked) node.consumed = true
    // What a view shows goes with the op that made it, not with the view.
    const made = walked.filter(({ y, inputs }) =>
      inputs.every(({ storage }) => storage !== (y as V).storage),
    )
    consumeAll(made.map(({ y }) => (y as V).storage))
  }
  return { found: new Map([...cotangents].filter(([node]) => asked.has(node))), consume }
}

let hooks = 0

/** Runs a hook; what it makes is its derivative's, except what it returns. */
function inDerivative<V extends Value<V>>(on: boolean, fn: () => V | undefined): V | undefined {
  if (hooks === 100) throw new Refusal('endless')
  hooks++
  try {
    return scoped(on, fn, (result) => (result === undefined ? [] : [result.storage]), true)
  } finally {
    hooks--
  }
}

/** Marks numbers as changed in place. */
export function changed(storage: Storage, data: readonly number[]): void {
  storage.data = data
  storage.changedAt = now() + 0.5
}
