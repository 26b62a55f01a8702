// All calls of ops that a function and its derivatives make, recorded or not, by their results. It
// computes nothing.

import { Tensor, ValueError } from '../../tensor/index.ts'
import {
  builtInOp,
  composed,
  type Heard,
  isFloat,
  listeningToAll,
  noTensor,
  show,
} from '../../tensor/internal.ts'
import { CheckError } from '../report.ts'
import type { ExactOps } from './settings.ts'

export const who = 'checkExactly'

/** How a tensor was computed: by a built-in op, by ops that define the op, or by its slope. */
export type Made =
  | { readonly kind: 'built-in'; readonly call: Heard }
  | { readonly kind: 'defined'; readonly by: Tensor }
  | { readonly kind: 'free'; readonly call: Heard; readonly slope: Tensor }

export class Tape {
  readonly #ops: ExactOps
  readonly #isCompared: boolean
  readonly #calls = new Map<Tensor, Heard>()
  readonly #made = new Map<Tensor, Made>()
  /** Results that depend on a leaf which is differentiated, detached or not. */
  readonly #live = new Set<Tensor>()

  /** `isCompared`: whether the numbers of `ops` must be those of the ops that they define. */
  constructor(ops: ExactOps, isCompared = false) {
    this.#ops = ops
    this.#isCompared = isCompared
  }

  /** The calls so far, in order. */
  get calls(): readonly Heard[] {
    return [...this.#calls.values()]
  }

  /** The calls that tensors were computed by, the oldest first. */
  behind(roots: readonly Tensor[]): Heard[] {
    const seen = new Set(roots)
    // The iteration over a set also visits elements that are added during it.
    for (const t of seen) for (const x of this.#calls.get(t)?.inputs ?? []) seen.add(x)
    return this.calls.filter(({ out }) => seen.has(out))
  }

  /**
   * Runs fn, and keeps its calls. Throws a CheckError before numbers are changed in place; and, for
   * a function of the caller's that has a name in messages, where it reads numbers that depend on a
   * leaf: the tape does not know what is computed from these.
   */
  hear<T>(fn: () => T, of?: string): T {
    const [result, calls] = listeningToAll(fn, (what) => {
      if (what.startsWith('changes'))
        throw new CheckError(
          `${who}: expected a function that changes nothing in place, got one that ${what}`,
          { check: 'mutation' },
        )
    })
    for (const call of calls) {
      const { rule, inputs, out } = call
      // A call that gives no tensor of its own reads numbers.
      if (inputs.includes(out)) {
        if (of !== undefined && this.#isLive(out)) throw readsNumbers(of, rule.name, out)
        continue
      }
      if (operandsOf(call).some((t) => this.#isLive(t))) this.#live.add(out)
      if (!this.#calls.has(out)) this.#calls.set(out, call)
    }
    return result
  }

  #isLive(t: Tensor): boolean {
    return this.#live.has(t) || (t.requiresGrad && t.node?.rule === null)
  }

  /** Null for a tensor that no op has made. Throws a CheckError for an op without definition. */
  madeBy(t: Tensor): Made | null {
    const known = this.#made.get(t)
    if (known !== undefined) return known
    const call = this.#calls.get(t)
    if (call === undefined) return null
    const made = this.#definitionOf(call)
    this.#made.set(t, made)
    return made
  }

  #definitionOf(call: Heard): Made {
    const { rule, inputs, attrs, out } = call
    if (builtInOp(rule) !== null) return { kind: 'built-in', call }
    const given = Object.hasOwn(this.#ops, rule.name) ? this.#ops[rule.name] : undefined
    if (typeof given === 'function') {
      const count = this.#calls.size
      const by = requireLike(
        `ops.${rule.name}`,
        this.hear(() => given(...inputs), `ops.${rule.name}`),
        out,
      )
      const between = this.calls.slice(count).flatMap((call) => [...call.inputs, call.out])
      const scale = largestOf([...inputs, ...between].filter(({ dtype }) => isFloat(dtype)))
      if (this.#isCompared) requireNear(rule.name, by, out, scale)
      return { kind: 'defined', by }
    }
    if (given !== undefined) {
      const slope = this.hear(() => given.slope(inputs[0], out), `ops.${rule.name}.slope`)
      return { kind: 'free', call, slope: requireLike(`ops.${rule.name}.slope`, slope, out) }
    }
    const by = this.hear(() => composed(rule, inputs, attrs))
    if (by !== null) return { kind: 'defined', by }
    const shapes = inputs.map(({ shape }) => show(shape)).join(', ')
    throw new CheckError(
      `${who}: expected ops that are made of built-in ones, got ${rule.name} of ${shapes}, which ` +
        'computes with numbers: check it with checkGradients, or say what it computes with ' +
        `tensors, { ops: { ${rule.name}: (x) => … } }`,
      { check: 'inexpressible', op: rule.name },
    )
  }
}

/** The tensors that a call computes with: its inputs, and those among its attributes. */
function operandsOf({ inputs, attrs }: Heard): readonly Tensor[] {
  if (typeof attrs !== 'object' || attrs === null) return inputs
  return [...inputs, ...Object.values(attrs).filter((x) => x instanceof Tensor)]
}

const readsNumbers = (of: string, by: string, t: Tensor): CheckError =>
  new CheckError(
    `${who}: expected ${of} to compute with tensors alone, got one that reads numbers of shape ` +
      `${show(t.shape)} that depend on a differentiated tensor, by ${by}: no gradient goes ` +
      'through these numbers: compute with tensors, as where() does for an if',
    { check: 'reads' },
  )

function requireLike(name: string, t: unknown, out: Tensor): Tensor {
  if (t instanceof Tensor && show(t.shape) === show(out.shape)) return t
  throw new ValueError(
    `${who}: expected ${name} to return a tensor ${show(out.shape)}, got ` +
      `${t instanceof Tensor ? `one ${show(t.shape)}` : noTensor(t)}`,
  )
}

/**
 * Far more than rounding, relative to the number and to the largest one; and some units in the last
 * place of the largest number on the way, which is left where digits cancel, as in eˣ − 1.
 */
const NEAR = {
  float32: [1e-2, 1e-4, 2 ** -20],
  float64: [1e-4, 1e-8, 2 ** -49],
} as const

/** The size of the largest number that is finite. */
function largestOf(tensors: readonly Tensor[]): number {
  let most = 0
  for (const t of tensors)
    for (const x of Float64Array.from(t.toTypedArray()))
      if (Number.isFinite(x)) most = Math.max(most, Math.abs(x))
  return most
}

/**
 * Throws a CheckError where an op computes other numbers than those of its definition, in which
 * numbers are up to `scale`.
 */
function requireNear(name: string, by: Tensor, out: Tensor, scale: number): void {
  const [wanted, got] = [by, out].map((t) => Float64Array.from(t.toTypedArray()))
  const isNarrow = [by, out].some(({ dtype }) => dtype === 'float32')
  const [own, whole, place] = NEAR[isNarrow ? 'float32' : 'float64']
  const rounding = whole * largestOf([by]) + place * scale
  // What is infinite or NaN in one of them alone is the business of rounding and of domains.
  const k = wanted.findIndex(
    (x, k) => Math.abs(x - got[k]) > own * Math.max(Math.abs(x), Math.abs(got[k])) + rounding,
  )
  if (k < 0) return
  throw new CheckError(
    `${who}: expected ops.${name} to compute the numbers of the op ${name}, got ` +
      `${wanted[k]} for ${got[k]} as element ${k} of ${show(out.shape)}: one of both is ` +
      'wrong, or rounds too much: write the definition without differences of numbers that are ' +
      'nearly equal, or give { slope }, which is not compared',
    { check: 'ops', op: name },
  )
}
