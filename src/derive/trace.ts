// Turns what was recorded into terms: the forward pass, and backward passes through it. It names
// and prints nothing.

import { type Tensor, ValueError } from '../tensor/index.ts'
import { builtInOp, type Heard, isFloat, isSequence, listeningToAll } from '../tensor/internal.ts'
import { Blocks } from './blocks.ts'
import { RULES } from './rules.ts'
import { isNumber, numberOf, type Quantity, type Term } from './term.ts'

export type Phase = 'forward' | 'backward' | 'second'

export class Trace {
  readonly terms = new Blocks()
  readonly #known = new Map<Tensor, Term>()
  readonly #refs = new Map<Term, Term>()
  /** The cotangents that passes gave to results, and the results of each. */
  readonly #cotangents = new Map<Tensor, Tensor[]>()
  /** What is applied to a term: of z, the tanh(z). */
  readonly activations = new Map<Term, Term[]>()
  /** Numbers by which sums were divided, because so many terms were summed, and all others. */
  readonly #counts = new Map<number, Term>()
  readonly #plain = new Set<number>()
  /** The results of the function. */
  readonly results = new Set<Term>()
  /** Tensors that nobody gave, in the order of their first use. */
  readonly found: Term[] = []

  /** Gives a tensor from outside its symbol. */
  give(t: Tensor, symbol: Omit<Quantity, 'tensors'>, letters?: readonly string[]): Term {
    const leaf = this.terms.leaf({ ...symbol, tensors: [t] }, t.shape, letters)
    this.#known.set(t, leaf)
    return leaf
  }

  /** Runs `fn`, and takes over every op that it calls. */
  run<T>(phase: Phase, fn: () => T): T {
    const refuse = (what: string): void => {
      if (what.startsWith('changes'))
        throw new ValueError(
          `derive: expected f to leave numbers as they are, got one that ${what}`,
        )
    }
    const [result, calls] = listeningToAll(fn, refuse)
    for (const call of calls) this.#absorb(call, phase)
    if (phase !== 'second') this.#listenTo(calls)
    return result
  }

  termOf(t: Tensor): Term {
    return this.#known.get(t) ?? this.#fromOutside(t)
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

  #absorb({ rule, inputs, attrs, out }: Heard, phase: Phase): void {
    // Numbers that are read make nothing.
    if (inputs.includes(out)) return
    if (isSequence(rule))
      throw new ValueError(
        `derive: expected ops, got a whole sequence of ${rule.name} in f: derive the layer by ` +
          'itself',
      )
    const op = builtInOp(rule)
    const args = this.#counted(
      op === 'div',
      inputs.map((t) => this.termOf(t)),
      phase,
    )
    const { terms } = this
    const given = (t: Tensor): Term => this.termOf(t)
    const written =
      op === null
        ? terms.call(rule.name, args, [], out.shape)
        : RULES[op]({ terms, args, inputs, attrs, out, given })
    this.#known.set(out, this.#noted(written, rule.name, out, phase))
    const [activated] = args
    if (written.op === 'fn' && activated.op === 'ref' && phase === 'forward') {
      const all = this.activations.get(activated) ?? []
      this.activations.set(activated, [...all, this.termOf(out)])
    }
  }

  /** The arguments; a number that counts terms of a sum is the length of their axis. */
  #counted(isDivision: boolean, args: readonly Term[], phase: Phase): readonly Term[] {
    const { terms } = this
    return args.map((arg, i) => {
      if (!isNumber(arg)) return arg
      const value = numberOf(arg)
      const size = isDivision && i === 1 ? terms.counted(args[0], arg) : arg
      if (size !== arg) this.#counts.set(value, size)
      else if (phase === 'forward') this.#plain.add(value)
      const isAgain = isDivision && i === 1 && phase !== 'forward' && !this.#plain.has(value)
      return isAgain ? (this.#counts.get(value) ?? size) : size
    })
  }

  /** The term, as something that may get a line. */
  #noted(term: Term, maker: string, out: Tensor, phase: Phase): Term {
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
    const term = this.termOf(t)
    return this.terms.whole.has(term) || (term.symbol?.label ?? null) !== null
  }

  /** Notes the cotangent that a pass gives to each result. */
  #listenTo(calls: readonly Heard[]): void {
    for (const { out } of calls) {
      if (out.node === null || out.node.rule === null || !isFloat(out.dtype)) continue
      out.registerHook((g) => {
        const all = this.#cotangents.get(g) ?? []
        if (!all.includes(out)) this.#cotangents.set(g, [...all, out])
      })
    }
  }
}

/** The shortest decimals that give this number in its dtype. */
function shortest(x: number, dtype: Tensor['dtype']): number {
  if (dtype === 'float64') return x
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits))
    if (Math.fround(short) === x) return short
  }
  return x
}
