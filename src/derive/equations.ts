// Runs a function and the passes through it, and gives their equations.

import { full, grad, type Tensor, ValueError } from '../tensor/index.ts'
import { type Heard, isFloat, listeningToAll } from '../tensor/internal.ts'
import type { Rename } from './line.ts'
import { Lines } from './lines.ts'
import { labelName, parameterName } from './naming.ts'
import type { Quantity, Term } from './term.ts'
import { type Phase, Trace } from './trace.ts'

/** A function of named tensors, as it is run. */
export interface Task {
  readonly inputs: readonly (readonly [name: string, t: Tensor])[]
  readonly parameters: readonly (readonly [path: string, t: Tensor])[]
  readonly letters: Readonly<Record<string, readonly string[]>>
  readonly order: 1 | 2
  readonly rename: Rename
  /** Names that no intermediate result may have. */
  readonly reserved: readonly string[]
  /** Letters that have a length already. */
  readonly lengths: Readonly<Record<string, number>>
  /** Gives the results by their names. */
  run(inputs: readonly Tensor[]): readonly (readonly [name: string, t: Tensor])[]
}

/** A float tensor as a leaf of this run alone; others as they are. */
const leafOf = (t: Tensor): Tensor => {
  if (!isFloat(t.dtype)) return t
  const leaf = t.detach()
  leaf.requiresGrad = true
  return leaf
}

const symbolOf = (kind: Quantity['kind'], label: string): Omit<Quantity, 'tensors'> => ({
  kind,
  label,
  name: '',
  maker: '',
})

/** Tensors of numbers that no constant has, one for each of these. */
const seedsFor = (tensors: readonly Tensor[], isRecorded: boolean): Tensor[] =>
  tensors.map(({ shape, dtype }) => {
    const seed = full(shape, 0.5, { dtype })
    seed.requiresGrad = isRecorded
    return seed
  })

/** The result of `fn`, and every op that it called. */
const heard = <T>(fn: () => T): [result: T, calls: readonly Heard[]] =>
  listeningToAll(fn, (what) => {
    if (what.startsWith('changes'))
      throw new ValueError(`derive: expected f to leave numbers as they are, got one that ${what}`)
  })

export function equationsOf({
  inputs,
  parameters,
  letters,
  order,
  rename,
  reserved,
  lengths,
  run,
}: Task): Lines {
  const leaves = inputs.map(([, t]) => leafOf(t))
  const [results, calls] = heard(() => run(leaves))
  const traced = (areRowsOpen: boolean) => {
    const trace = new Trace(areRowsOpen)
    const give = (kind: Quantity['kind'], name: string, t: Tensor): Term =>
      trace.give(t, symbolOf(kind, name), letters[name])
    const given = [
      ...inputs.map(([name], i) => give('input', name, leaves[i])),
      ...parameters.map(([path, t]) => give('parameter', path, t)),
    ]
    trace.absorb(calls, 'forward')
    return { trace, give, given }
  }
  let { trace, give, given } = traced(true)
  const isFlat = results.some(([, t]) => trace.terms.isFlat(trace.termOf(t)))
  if (isFlat || trace.terms.isMixed) ({ trace, give, given } = traced(false))
  trace.listenTo(calls)
  const taken = new Set(given.map((leaf) => labelName(plainName(leaf))))
  const named = results.map(([name, t]) => [unlike(taken, name), t] as const)
  const refs = named.map(([name, t]) => resultOf(trace, t, name))
  const outputs = named.filter(([, t]) => t.node !== null)
  const names = outputs.map(([name]) => name)
  if (outputs.length === 0)
    throw new ValueError(
      'derive: expected a result with a gradient, got none: let f compute one from its inputs, ' +
        "of floats, as x.to('float64')",
    )
  const isRecorded = order === 2
  const seeds = seedsFor(
    outputs.map(([, t]) => t),
    isRecorded,
  )
  seeds.forEach((seed, i) => {
    given.push(give('seed', `δ${names[i]}`, seed))
    for (const [axis, dim] of trace.termOf(seed).dims.entries())
      trace.termOf(outputs[i][1]).dims[axis].unify(dim)
  })
  const own = [...leaves, ...parameters.map(([, t]) => t)].filter(({ node }) => node !== null)
  const targets = [...new Set([...own, ...others(trace)])]
  const gradients: { of: Term; term: Term; part: Phase }[] = []
  const pass = (
    part: Phase,
    from: readonly Tensor[],
    by: readonly Tensor[],
    gradOutputs: readonly Tensor[],
  ): Tensor[] => {
    if (from.length === 0 || by.length === 0) return []
    const options = { gradOutputs, createGraph: true, allowUnused: true }
    const [found, own] = heard(() => grad([...from], [...by], options) as Tensor[])
    trace.absorb(own, part)
    if (part === 'backward') trace.listenTo(own)
    found.forEach((g, i) => {
      gradients.push({ of: trace.termOf(by[i]), term: trace.termOf(g), part })
    })
    return found
  }
  const first = pass(
    'backward',
    outputs.map(([, t]) => t),
    targets,
    seeds,
  )
  if (isRecorded) {
    const moving = first.flatMap((g, i) => (g.node === null ? [] : [[g, targets[i]] as const]))
    const directions = seedsFor(
      moving.map(([g]) => g),
      false,
    )
    directions.forEach((v, i) => {
      given.push(give('direction', `v_${plainName(trace.termOf(moving[i][1]))}`, v))
    })
    pass(
      'second',
      moving.map(([g]) => g),
      [...targets, ...seeds],
      directions,
    )
  }
  return new Lines(trace, { given, outputs: refs, gradients, rename, reserved, lengths })
}

/** A result's name; primes tell it from what is given. */
function unlike(taken: Set<string>, name: string): string {
  let own = name
  while (taken.has(labelName(own))) own += '′'
  taken.add(labelName(own))
  return own
}

const plainName = ({ symbol, shape }: Term): string => {
  const { kind, label, name } = symbol as Quantity
  return kind === 'parameter' && label !== null
    ? parameterName(label, shape.length)
    : (label ?? name)
}

/** The leaves that require a gradient and that nobody gave. */
const others = (trace: Trace): Tensor[] =>
  trace.found.flatMap(({ symbol }) =>
    symbol?.kind === 'parameter' ? symbol.tensors.filter(({ node }) => node?.rule === null) : [],
  )

/** A result with its name, on a line of its own. */
function resultOf(trace: Trace, t: Tensor, name: string): Term {
  const term = trace.termOf(t)
  const isFree = term.op === 'ref' && term.symbol?.kind === 'forward' && !trace.results.has(term)
  if (isFree) (term.symbol as Quantity).label = name
  const ref = isFree ? term : trace.terms.ref(term, { ...symbolOf('forward', name), tensors: [t] })
  trace.results.add(ref)
  return ref
}
