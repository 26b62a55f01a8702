// Turns what was recorded into terms: the forward pass, and backward passes through it. It names
// and prints nothing.

import { type Tensor, ValueError } from '../tensor/index.ts'
import {
  builtInOp,
  type Heard,
  isFloat,
  isSequence,
  noteRead,
  type Span,
  show,
} from '../tensor/internal.ts'
import { asName } from './naming.ts'
import { Rows } from './rows.ts'
import { RULES } from './rules.ts'
import { isNumber, type Quantity, type Term } from './term.ts'

export type Phase = 'forward' | 'backward' | 'second'

/** Stands between the calls of a pass before those of the derivative of each op. */
const WALK = 'walk'

export class Trace {
  readonly terms: Rows
  readonly #known = new Map<Tensor, Term>()
  /** The tensors whose numbers depend on those of inputs and parameters. */
  readonly #live = new Set<Tensor>()
  readonly #refs = new Map<Term, Term>()
  /** The cotangents that passes gave to results, and the results of each. */
  readonly #cotangents = new Map<Tensor, Tensor[]>()
  /** What is applied to a term: of z, the tanh(z). */
  readonly activations = new Map<Term, Term[]>()
  /** The length of the axis that a mean has summed, by its sum and by its quotient. */
  readonly #sums = new Map<Tensor, Term>()
  readonly #means = new Map<Tensor, Term>()
  /** The result that a pass goes through, until something is divided. */
  #walked: Tensor | null = null
  /** The results of the function. */
  readonly results = new Set<Term>()
  /** Tensors that nobody gave, in the order of their first use. */
  readonly found: Term[] = []

  constructor(areRowsOpen: boolean) {
    this.terms = new Rows(areRowsOpen)
  }

  /** Gives a tensor from outside its symbol. */
  give(t: Tensor, symbol: Omit<Quantity, 'tensors'>, letters?: readonly string[]): Term {
    const leaf = this.terms.leaf({ ...symbol, tensors: [t] }, t.shape, letters)
    this.#known.set(t, leaf)
    if (symbol.kind !== 'constant') this.#live.add(t)
    return leaf
  }

  /** Takes over the ops that a pass called. */
  absorb(calls: readonly Heard[], phase: Phase): void {
    for (const call of calls) this.#absorb(call, phase)
  }

  termOf(t: Tensor): Term {
    return this.#known.get(t) ?? this.#fromOutside(t)
  }

  /** A tensor's term as the rows of it are written. */
  openOf(t: Tensor): Term {
    return this.terms.opened(this.termOf(t))
  }

  #fromOutside(t: Tensor): Term {
    const isWritten = t.rank === 0 && t.storage.maker === 'number'
    const isPlain = t.node === null && t.label === null && (isWritten || isFloat(t.dtype))
    const numbers = isPlain ? t.toTypedArray() : []
    if (isPlain && numbers.length > 0 && numbers.every((x) => x === numbers[0])) {
      const number = this.terms.number(shortest(Number(numbers[0]), t.dtype), t.shape)
      this.#known.set(t, number)
      return number
    }
    const kind = t.node === null ? 'constant' : 'parameter'
    const { maker } = t.storage
    const leaf = this.give(t, { kind, label: t.label, name: '', maker })
    this.found.push(leaf)
    return leaf
  }

  #absorb({ rule, inputs, attrs, out, isRecorded }: Heard, phase: Phase): void {
    // Numbers that are read make nothing.
    if (inputs.includes(out)) {
      if (rule.name === WALK) this.#walked = out
      else if (phase === 'forward' && (this.#live.has(out) || out.node !== null))
        throw readsNumbers(rule.name, out)
      return
    }
    if (isSequence(rule))
      throw new ValueError(
        `derive: expected ops, got a whole sequence of ${rule.name} in f: derive the layer by ` +
          'itself, as in derive(layer), and f from its output',
      )
    const op = builtInOp(rule)
    const args = inputs.map((t) => {
      const isCut = !isRecorded && t.node !== null
      return isCut ? this.terms.fn('stop', this.termOf(t)) : this.termOf(t)
    })
    if (inputs.some((t) => this.#live.has(t))) this.#live.add(out)
    const length = op === 'div' ? this.#lengthFor(inputs) : undefined
    if (length !== undefined) {
      args[1] = length
      this.#means.set(out, length)
    } else if (op === 'sum') this.#noteMean(args[0], attrs as Span, out)
    const { terms } = this
    const given = (t: Tensor): Term => this.termOf(t)
    const written =
      op === null
        ? terms.call(asName(rule.name), args, [], out.shape)
        : RULES[op]({ terms, args, inputs, attrs, out, given })
    this.#known.set(out, this.#noted(written, rule.name, out, phase))
    if (op === 'detach' || phase !== 'forward') return
    const [{ op: kind, args: inner }, result] = [this.terms.opened(written), this.openOf(out)]
    const [activated] = inner
    if (kind === 'fn' && activated.op === 'ref')
      this.activations.set(activated, [...(this.activations.get(activated) ?? []), result])
  }

  /** Of a mean over one axis; the number of terms along several is no letter. */
  #noteMean(x: Term, { isOfMean, first, last }: Span, out: Tensor): void {
    const long = x.dims.slice(first, last + 1).filter(({ size }) => size > 1)
    if (isOfMean === true && long.length === 1) this.#sums.set(out, this.terms.size(long[0]))
  }

  /**
   * The length by which a mean divides its sum, or a pass the cotangent of a mean; undefined for
   * another quotient, also by an equal number.
   */
  #lengthFor([x]: readonly Tensor[]): Term | undefined {
    const walked = this.#walked
    this.#walked = null
    if (walked !== null && this.#means.has(walked)) return this.#means.get(walked)
    return this.#sums.get(x)
  }

  /** The term, as something that may get a line. */
  #noted(term: Term, maker: string, out: Tensor, phase: Phase): Term {
    if (this.terms.isFlat(term) && out.label === null)
      return this.terms.reshape(this.#noted(term.args[0], maker, out, phase), term.shape)
    const isTrivial = ['leaf', 'ref', 'size'].includes(term.op) || isNumber(term)
    const isPart = term.op === 'slice' && term.args[0].op === 'leaf'
    const of = this.#cotangents.get(out)
    const known = this.#refs.get(term)
    // What is computed again has its line already.
    if (phase !== 'forward' && known?.symbol?.kind === 'forward') return known
    if (isTrivial || (phase === 'forward' ? isPart && out.label === null : of === undefined))
      return term
    // What was taken apart forward stays apart backward.
    if (phase !== 'forward' && term.op === 'cat' && !of?.some((t) => this.#isWhole(t))) return term
    if (known !== undefined) {
      if (known.symbol !== null) known.symbol.label ??= out.label
      return known
    }
    const label = phase === 'forward' ? out.label : null
    const symbol: Quantity = { kind: phase, label, name: '', maker, tensors: of ?? [out] }
    const ref = this.terms.ref(term, symbol)
    this.#refs.set(term, ref)
    return ref
  }

  #isWhole(t: Tensor): boolean {
    const term = this.openOf(t)
    return this.terms.whole.has(term) || (term.symbol?.label ?? null) !== null
  }

  /** Notes the cotangent that a pass gives to each result. */
  listenTo(calls: readonly Heard[]): void {
    for (const { out } of calls) {
      if (out.node === null || out.node.rule === null || !isFloat(out.dtype)) continue
      out.registerHook((g) => {
        const all = this.#cotangents.get(g) ?? []
        if (!all.includes(out)) this.#cotangents.set(g, [...all, out])
        noteRead(WALK, out)
      })
    }
  }
}

const readsNumbers = (by: string, t: Tensor): ValueError =>
  new ValueError(
    `derive: expected f to compute with tensors alone, got one that reads numbers of shape ` +
      `${show(t.shape)} that depend on an input, by ${by}: compute with tensors, as where() does`,
  )

/** The shortest decimals that give this number in its dtype. */
function shortest(x: number, dtype: Tensor['dtype']): number {
  if (dtype === 'float64') return x
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits))
    if (Math.fround(short) === x) return short
  }
  return x
}
