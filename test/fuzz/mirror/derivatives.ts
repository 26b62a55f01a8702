// The mirror's derivatives of what was computed, and of functions: the same surface as tapegrad's,
// from one walk that keeps everything.

import {
  noticing,
  Refusal,
  recording,
  type Storage,
  scoped,
  tick,
  unnoticed,
  unscoped,
  withRecording,
} from './memory.ts'
import { behind, type Node, record, walk } from './tape.ts'
import { created, Mirror, own, write } from './tensor.ts'

type One = Mirror | readonly Mirror[]
interface Options {
  createGraph?: boolean
  retainGraph?: boolean
  gradOutputs?: Mirror | readonly (Mirror | null)[]
  allowUnused?: boolean
}
type Fn = (...xs: Mirror[]) => Mirror

const listOf = (x: One): readonly Mirror[] => (x instanceof Mirror ? [x] : x)
const like = (x: One, results: readonly Mirror[]): One =>
  x instanceof Mirror ? (results[0] as Mirror) : results
/** A result that tapegrad may have as part of something larger. */
function inPieces(g: Mirror): Mirror {
  g.storage.piece = true
  return g
}

/**
 * A seed as a walk takes it: connected to what it was computed from only where the walk is
 * recorded; a copy there, of which others are computed, where it was ever changed in place.
 */
function seedOf(g: Mirror, createGraph: boolean): Mirror {
  if (!createGraph) return g.node === null ? g : g.plain()
  return g.storage.changedAt > 0 ? withRecording(true, () => own(g)) : g
}
const filled = (x: Mirror, n: number): Mirror => created(new Array<number>(x.size).fill(n), x.shape)

/** The storages of the tensors in a result, in arrays and objects to any depth. */
export const storagesIn = (value: unknown): Storage[] => {
  if (value instanceof Mirror) return [value.storage]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(storagesIn) : []
}

export function grad(outputs: One, inputs: One, options: Options = {}): One {
  const [roots, targets] = [listOf(outputs), listOf(inputs)]
  const {
    createGraph = false,
    retainGraph = createGraph,
    gradOutputs = [],
    allowUnused = false,
  } = options
  const seeds = gradOutputs instanceof Mirror ? [gradOutputs] : gradOutputs
  if ([...targets, ...roots].some(({ node }) => node === null)) throw new Refusal('plain')
  const since = tick()
  const cotangents = roots.map((root, i) => seedOf(seeds[i] ?? filled(root, 1), createGraph))
  const { found, consume } = walk(roots, cotangents, targets, createGraph)
  const gs = targets.map((input) => found.get(input.node as Node<Mirror>))
  const results = targets.map((input, i) => {
    const g = gs[i]
    // What a recorded walk has made itself is handed out as it is: other results may be computed
    // from it.
    const alone = (g: Mirror): boolean =>
      g.storage.madeAt >= since &&
      !g.storage.kept &&
      gs.filter((other) => other?.storage === g.storage).length === 1
    if (g !== undefined)
      return createGraph && alone(g) ? inPieces(g) : withRecording(createGraph, () => own(g))
    if (!allowUnused) throw new Refusal('unused')
    return filled(input, 0)
  })
  if (!retainGraph) consume()
  return like(inputs, results)
}

Mirror.prototype.backward = function (
  gradient = null,
  { createGraph = false, retainGraph = createGraph } = {},
): void {
  if (this.node === null) throw new Refusal('plain')
  const { found, consume } = walk(
    [this],
    [seedOf(gradient ?? filled(this, 1), createGraph)],
    null,
    createGraph,
  )
  if (!retainGraph) consume()
  unscoped(recording || createGraph, () => {
    for (const [node, g] of found)
      accumulate(
        node.y as Mirror,
        withRecording(createGraph, () => own(g)),
      )
  })
}

function accumulate(leaf: Mirror, g: Mirror): void {
  const sum = leaf.grad
  if (sum !== null && leaf.ownsGrad && sum.node === null && g.node === null) {
    write(
      sum,
      sum.numbers.map((n, i) => n + (g.numbers[i] as number)),
    )
  } else leaf.grad = sum === null ? g : sum.add(g)
  leaf.ownsGrad = true
}

export const noGrad = <T>(fn: () => T): T => scoped(false, fn, storagesIn)

export const enableGrad = <T>(fn: () => T): T => (recording ? fn() : unscoped(true, fn))

export const detectAnomaly = <T>(fn: () => T): T => fn()

export const checkpoint =
  <A extends unknown[], R>(fn: (...args: A) => R): ((...args: A) => R) =>
  (...args) =>
    recording ? noticing(() => scoped(true, () => fn(...args), storagesIn)) : fn(...args)

/** One run of a function: its inputs as it saw them, and its result. */
interface Run {
  xs: readonly Mirror[]
  y: Mirror
}

function trace(fn: Fn, inputs: One): Run {
  const connected = recording
  return enableGrad(() => {
    const xs = listOf(inputs).map((x) => leafOf(x, connected && x.requiresGrad))
    const y = fn(...xs)
    for (const { node } of xs) if (node?.derivative === null) node.hidden = true
    return { xs, y }
  })
}

/** Whether anything outside of this run can be differentiated by. */
const reachesOut = (t: Mirror, mine: readonly Mirror[]): boolean =>
  behind([t]).some(
    (node) => node.derivative === null && !node.hidden && !mine.some((x) => x.node === node),
  )

const handOut = (t: Mirror, mine: readonly Mirror[]): Mirror =>
  t.node === null || (recording && reachesOut(t, mine)) ? t : t.detach()

const isOpen = ({ xs, y }: Run, vectors: readonly Mirror[] = []): boolean =>
  recording && (vectors.some((v) => v.requiresGrad) || reachesOut(y, xs))

function pull(
  ys: readonly Mirror[],
  xs: readonly Mirror[],
  cotangents: readonly Mirror[],
  createGraph: boolean,
): Mirror[] {
  const depends = ys.map((y) => y.requiresGrad)
  if (!depends.includes(true)) return xs.map((x) => filled(x, 0))
  const gradOutputs = cotangents
    .filter((_, i) => depends[i])
    .map((u) => (createGraph || !u.requiresGrad ? u : u.detach()))
  const outputs = ys.filter((_, i) => depends[i])
  return grad(outputs, xs, {
    gradOutputs,
    createGraph,
    retainGraph: true,
    allowUnused: true,
  }) as Mirror[]
}

export function valueAndGrad(fn: Fn, inputs: One) {
  const run = trace(fn, inputs)
  const { xs, y } = run
  const value = handOut(y, xs)
  const gradients = pull([y], xs, [filled(y, 1)], isOpen(run))
  return {
    value,
    grad: like(
      inputs,
      gradients.map((g) => handOut(g, xs)),
    ),
  }
}

export function vjp(fn: Fn, inputs: One) {
  const run = trace(fn, inputs)
  const { xs, y } = run
  const pullback = (u: Mirror): One =>
    like(
      inputs,
      pull([y], xs, [u], isOpen(run, [u])).map((g) => handOut(g, xs)),
    )
  return { value: handOut(y, xs), pullback }
}

export function jvp(fn: Fn, inputs: One, tangents: One) {
  const v = listOf(tangents)
  const run = trace(fn, inputs)
  const { xs, y } = run
  const value = handOut(y, xs)
  const u = filled(y, 0)
  u.requiresGrad = true
  ;(u.node as Node<Mirror>).hidden = true
  const transposed = unscoped(true, () => pull([y], xs, [u], true))
  const [tangent] = pull(transposed, [u], v, isOpen(run, v)) as [Mirror]
  return { value, tangent: handOut(tangent, xs) }
}

/** The rows of a Jacobian, stacked: each a walk for one element. */
function rows(y: Mirror, xs: readonly Mirror[], open: boolean): Mirror[] {
  const found = Array.from({ length: y.size }, (_, k) => {
    const unit = created(
      y.at.map((_, i) => Number(i === k)),
      y.shape,
    )
    return pull([y], xs, [unit], open)
  })
  return xs.map((x, j) =>
    found
      .map((row, k) => {
        const at = Array.from({ length: x.size }, (_, i) => k * x.size + i)
        return (row[j] as Mirror).scatter(at, [...y.shape, ...x.shape])
      })
      .reduce((a, b) => a.add(b)),
  )
}

export function jacobian(fn: Fn, inputs: One): One {
  const run = trace(fn, inputs)
  return like(
    inputs,
    rows(run.y, run.xs, isOpen(run)).map((block) => handOut(block, run.xs)),
  )
}

export function hessian(fn: Fn, inputs: One): One | One[] {
  const run = trace(fn, inputs)
  const { xs, y } = run
  const gradients = unscoped(true, () => pull([y], xs, [filled(y, 1)], true))
  const blocks = gradients.map((g) => rows(g, xs, isOpen(run)).map((block) => handOut(block, xs)))
  return inputs instanceof Mirror ? (blocks[0]?.[0] as Mirror) : blocks
}

export function hvp(fn: Fn, inputs: One, vectors: One): One {
  const v = listOf(vectors)
  const run = trace(fn, inputs)
  const { xs, y } = run
  const gradients = unscoped(true, () => pull([y], xs, [filled(y, 1)], true))
  return like(
    inputs,
    pull(gradients, xs, v, isOpen(run, v)).map((g) => handOut(g, xs)),
  )
}

/**
 * A composition as one op: its derivative runs it once more, recorded, and walks back through that
 * and no further.
 */
export function single(inputs: readonly Mirror[], f: (xs: readonly Mirror[]) => Mirror): Mirror {
  const y = withRecording(false, () => f(inputs))
  y.storage.piece = true
  return record(inputs, y, (g, saved) => {
    const again = (): Mirror[] => {
      const { xs, y } = unscoped(true, () => {
        const xs = saved.map((x) => (x.node === null ? x : leafOf(x, recording)))
        return { xs, y: f(xs) }
      })
      const targets = xs.filter(({ node }) => node !== null)
      const options = {
        gradOutputs: g,
        createGraph: recording,
        retainGraph: true,
        allowUnused: true,
      }
      const found = grad(y, targets, options) as Mirror[]
      return xs.map((x) => (x.node === null ? null : (found.shift() as Mirror))) as Mirror[]
    }
    return recording ? again() : unnoticed(again)
  })
}

/** A tensor to be differentiated by: still connected to what it was computed from, or not. */
function leafOf(x: Mirror, connected: boolean): Mirror {
  if (connected) return x.alias()
  const leaf = x.detach()
  leaf.requiresGrad = true
  return leaf
}
