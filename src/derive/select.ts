// Chooses what gets a line of its own: what a caller named, results, and what is used twice; all
// else is written where it is used.

import type { Blocks } from './blocks.ts'
import type { Term } from './term.ts'

/** Terms that are written so shortly that a name would not help. */
const SHORT = 2

/** How long a term is when it is written: its names and functions. */
function weightOf(term: Term, isName: (term: Term) => boolean, known: Map<Term, number>): number {
  const own = known.get(term)
  if (own !== undefined) return own
  const { op, args } = term
  const heavy = ['matmul', 'reduce', 'call', 'cat', 'stack'].includes(op) ? 1 : 0
  const weight =
    op === 'number' || op === 'size'
      ? 0
      : args.length === 0 || isPart(term) || isName(term)
        ? 1
        : args.reduce((sum, arg) => sum + weightOf(arg, isName, known), heavy)
  known.set(term, weight)
  return weight
}

/** The rows of a weight, which have a name. */
export const isPart = ({ op, args, attrs }: Term): boolean =>
  op === 'slice' &&
  ['parameter', 'seed', 'direction'].includes(args[0].symbol?.kind ?? '') &&
  args[0].op === 'leaf' &&
  attrs.range?.[2] === 1 &&
  attrs.axis === 0

/** How often each ref is written in a term. */
function occurrences(term: Term, count = new Map<Term, number>()): Map<Term, number> {
  if (term.op === 'ref') count.set(term, (count.get(term) ?? 0) + 1)
  else for (const arg of term.args) occurrences(arg, count)
  return count
}

/**
 * The refs that get a line, of those behind `roots`; `forced` do. `forwardOf` is what a cotangent
 * belongs to, which then gets a line too.
 */
export function select(
  roots: readonly Term[],
  forced: ReadonlySet<Term>,
  forwardOf: (cotangent: Term) => Term | null,
  isActivated: (forward: Term) => boolean,
): Set<Term> {
  const known = new Map<Term, number>()
  const isLabelled = ({ symbol }: Term): boolean => (symbol?.label ?? null) !== null
  const weigh = (term: Term): number => weightOf(term, isLabelled, known)
  const times = new Map<Term, number>()
  const kept = new Set<Term>(forced)
  const count = (term: Term, factor: number): void => {
    for (const [ref, n] of occurrences(term)) times.set(ref, (times.get(ref) ?? 0) + n * factor)
  }
  for (const root of roots) count(root, 1)
  const waiting = new Set<Term>([...times.keys(), ...forced])
  while (waiting.size > 0) {
    const ref = [...waiting].reduce((a, b) => (b.id > a.id ? b : a))
    waiting.delete(ref)
    const [definition] = ref.args
    const n = times.get(ref) ?? 0
    const forward = ref.symbol?.kind === 'forward' ? null : forwardOf(ref)
    const isLong = weigh(definition) > SHORT || (forward !== null && isActivated(forward))
    if (isLabelled(ref) || (n > 1 && isLong)) kept.add(ref)
    if (kept.has(ref)) {
      if (forward !== null && weigh(forward.args[0]) > 1) {
        kept.add(forward)
        waiting.add(forward)
      }
    }
    count(definition, kept.has(ref) ? 1 : n)
    for (const inner of occurrences(definition).keys()) waiting.add(inner)
  }
  return kept
}

/** Terms in which refs without a line are written out. */
export function writtenOut(terms: Blocks, kept: ReadonlySet<Term>): (term: Term) => Term {
  const known = new Map<Term, Term>()
  const written = (term: Term): Term => {
    const own = known.get(term)
    if (own !== undefined) return own
    const isName = term.args.length === 0 || kept.has(term)
    const result = isName
      ? term
      : term.op === 'ref'
        ? written(term.args[0])
        : terms.remade(term, term.args.map(written))
    known.set(term, result)
    return result
  }
  return written
}

/**
 * Gives terms that stand in several definitions, or twice in one, a name of their own: the longest
 * first.
 */
export class Shared {
  readonly #terms: Blocks
  readonly #refs = new Map<Term, Term>()

  constructor(terms: Blocks, definitions: readonly Term[], name: (term: Term) => Term) {
    this.#terms = terms
    const known = new Map<Term, number>()
    const weigh = (term: Term): number => weightOf(term, ({ op }) => op === 'ref', known)
    for (;;) {
      const count = new Map<Term, number>()
      const visit = (term: Term): void => {
        if (term.op === 'ref' || term.args.length === 0 || isPart(term)) return
        count.set(term, (count.get(term) ?? 0) + 1)
        if (count.get(term) === 1) for (const arg of term.args) visit(arg)
      }
      const all = [...new Set(definitions), ...this.added.map(({ args }) => args[0])]
      for (const definition of all) visit(this.inside(definition))
      const repeated = [...count].filter(
        ([term, n]) => n > 1 && weigh(term) > SHORT && !this.#refs.has(term),
      )
      if (repeated.length === 0) break
      const [longest] = repeated.reduce((a, b) => (weigh(b[0]) > weigh(a[0]) ? b : a))
      this.#refs.set(longest, name(longest))
    }
  }

  /** The names, in the order in which they were given. */
  get added(): readonly Term[] {
    return [...this.#refs.values()]
  }

  /** A term with names inside it. */
  inside(term: Term, known = new Map<Term, Term>()): Term {
    if (term.op === 'ref' || term.args.length === 0 || isPart(term)) return term
    const args = term.args.map((arg) => this.#named(arg, known))
    return this.#terms.remade(term, args)
  }

  #named(term: Term, known: Map<Term, Term>): Term {
    const own = known.get(term)
    if (own !== undefined) return own
    const inner = this.#refs.has(term) ? term : this.inside(term, known)
    const result = this.#refs.get(inner) ?? inner
    known.set(term, result)
    return result
  }
}
