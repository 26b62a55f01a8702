// The lines of a derivation: what is computed on each, under which name and in which order.

import { letter, shapeOf, sizesOf } from './letters.ts'
import { type Draft, type Given, type Line, MARKS, type Wanted } from './line.ts'
import { asName, labelName, Names, PartNames, parameterName, partOf } from './naming.ts'
import { LATEX } from './notation.ts'
import { everything, inOrder, joined, PHASES, phaseOf, split, uses } from './order.ts'
import { isPart, Shared, select, writtenOut } from './select.ts'
import type { Quantity, Term } from './term.ts'
import type { Phase, Trace } from './trace.ts'
import { written } from './write.ts'

export class Lines {
  readonly lines: readonly Line[]
  readonly given: readonly Given[]
  /** The lengths of axes by their letters. */
  readonly sizes: Readonly<Record<string, number>>
  readonly #trace: Trace
  readonly #names = new Names()
  readonly #outputs: ReadonlySet<Term>
  readonly #kept: ReadonlySet<Term>

  constructor(trace: Trace, { given, outputs, gradients, rename, reserved, lengths }: Wanted) {
    this.#trace = trace
    this.#outputs = new Set(outputs)
    const { terms } = trace
    for (const { of, term } of gradients)
      for (const [i, dim] of term.dims.entries()) of.dims[i].unify(dim)
    const roots = [...outputs, ...gradients.map(({ term }) => term)]
    const forced = new Set(outputs.filter(({ op }) => op === 'ref'))
    this.#kept = select(
      roots,
      forced,
      (ref) => this.#forwardOf(ref),
      (ref) => trace.activations.has(ref),
    )
    const leaves = [...given, ...trace.found]
    for (const { symbol } of given) this.#nameLeaf(symbol as Quantity)
    for (const { symbol } of outputs) this.#nameLabelled(symbol as Quantity)
    for (const name of reserved) this.#names.unique(name)
    for (const { symbol } of trace.found) this.#nameLeaf(symbol as Quantity)
    terms.isTraced = true
    const kept = [...this.#kept].sort((a, b) => a.id - b.id)
    const write = writtenOut(terms, this.#kept)
    const drafts: Draft[] = [
      ...kept.map((ref) => ({
        ref,
        part: (ref.symbol as Quantity).kind as Phase,
        definition: write(ref.args[0]),
        gradient: null,
      })),
      ...gradients.map((gradient) => ({
        ref: null,
        part: gradient.part,
        definition: write(gradient.term),
        gradient,
      })),
    ]
    this.#nameAll(kept)
    const shared = new Shared(
      terms,
      drafts.flatMap(({ definition }) => split(definition)),
      (term) => this.#temporary(term),
    )
    const named = drafts.map((draft) => {
      const definition = joined(terms, draft.definition, (term) => shared.inside(term))
      const { dims } = draft.ref ?? (draft.gradient as Wanted['gradients'][number]).of
      for (const [i, dim] of dims.entries()) if (i in definition.dims) dim.unify(definition.dims[i])
      return { ...draft, definition }
    })
    const ordered = inOrder(named, shared)
    const parts = new PartNames(
      this.#names,
      ordered.map(({ ref, definition }) => [ref && this.#gateOf(ref), definition] as const),
    )
    const shown = ordered.flatMap(({ definition, ref }) => [
      ...(ref === null ? [] : [ref]),
      definition,
    ])
    const isTaken = (name: string): boolean => this.#names.has(name)
    letter(
      leaves.filter(({ symbol }) => symbol?.kind !== 'seed' && symbol?.kind !== 'direction'),
      (name, size) => isTaken(name) || (lengths[name] ?? size) !== size,
    )
    this.sizes = sizesOf([...leaves, ...shown.flatMap(everything)])
    const plain = (term: Term): string =>
      isPart(term) ? parts.of(partOf(term)) : (term.symbol as Quantity).name
    this.given = leaves
      .flatMap((leaf) => this.#givenOf(leaf, parts, ordered))
      .map((given) => ({
        ...given,
        name: rename(given.name, given.kind === 'parameter'),
        latex: LATEX.name(rename(given.name, given.kind === 'parameter')),
      }))
    this.lines = written(ordered, parts, plain, rename)
  }

  #nameLeaf(symbol: Quantity): void {
    const { kind, label, tensors } = symbol
    const isParameter = kind === 'parameter'
    const name =
      label === null
        ? this.#free(isParameter ? 'p' : 'k')
        : kind === 'seed'
          ? `δ${asName(label.slice(1))}`
          : labelName(isParameter ? parameterName(label, tensors[0].rank) : label)
    symbol.name = this.#names.unique(name)
  }

  /** The next of k1, k2, … */
  #free(start: string): string {
    for (let k = 1; ; k++) if (!this.#names.has(`${start}${k}`)) return `${start}${k}`
  }

  /** What a cotangent belongs to: of several tensors that with a name, or the last. */
  #forwardOf(ref: Term): Term | null {
    const refs = (ref.symbol?.tensors ?? [])
      .map((t) => this.#trace.openOf(t))
      .filter(({ op }) => op === 'ref')
    const named = refs.find(({ symbol }) => (symbol?.label ?? null) !== null)
    const activated = refs.find((own) => this.#trace.activations.has(own))
    const last = refs.reduce<Term | null>((a, b) => (a === null || b.id > a.id ? b : a), null)
    return named ?? activated ?? last
  }

  #nameAll(kept: readonly Term[]): void {
    const inner = kept.filter((ref) => this.#gateOf(ref) !== null && ref.symbol?.label === null)
    for (const { symbol } of kept)
      if (symbol?.kind === 'forward' && symbol.name === '') this.#nameLabelled(symbol)
    for (const ref of inner)
      if (ref.symbol?.kind === 'forward')
        ref.symbol.name = this.#names.unique(inner.length === 1 ? 'z' : `z_${this.#gateOf(ref)}`)
    for (const phase of PHASES)
      for (const ref of kept) {
        const symbol = ref.symbol as Quantity
        if (symbol.kind === phase && symbol.name === '')
          symbol.name = phase === 'forward' ? this.#byOp(symbol) : this.#cotangentName(ref, phase)
      }
  }

  #nameLabelled(symbol: Quantity): void {
    if (symbol.label !== null) symbol.name = this.#names.unique(labelName(symbol.label))
  }

  #byOp({ maker }: Quantity): string {
    return this.#names.unique(this.#free(asName(maker)))
  }

  #cotangentName(ref: Term, phase: Phase): string {
    const forward = this.#forwardOf(ref)
    const { name = '' } = forward?.symbol ?? {}
    if (forward === null || name === '') return this.#names.unique(this.#free('t'))
    // The cotangent that a result is given has its name already: the total is another.
    const totals = phase === 'backward' && this.#outputs.has(forward)
    return this.#names.unique(
      totals ? (this.#names.has('s') ? `s_${name}` : 's') : MARKS[phase] + name,
    )
  }

  /** The name of the gate that this is inside the function of; null where it is none's. */
  #gateOf(ref: Term): string | null {
    const forward = ref.symbol?.kind === 'forward' ? ref : null
    const gates = forward === null ? [] : (this.#trace.activations.get(forward) ?? [])
    return gates.map(({ symbol }) => symbol?.label).find((label) => label != null) ?? null
  }

  #temporary(term: Term): Term {
    const kind = phaseOf(term)
    const name = this.#names.unique(this.#free('t'))
    const symbol: Quantity = { kind, label: null, name, maker: '', tensors: [] }
    return this.#trace.terms.ref(term, symbol)
  }

  #givenOf(leaf: Term, parts: PartNames, drafts: readonly Draft[]): Given[] {
    const symbol = leaf.symbol as Quantity
    const { kind, label, name } = symbol
    const whole = {
      name,
      latex: LATEX.name(name),
      shape: shapeOf(leaf),
      kind: kind as Given['kind'],
      from: label ?? name,
      rows: null,
      term: leaf,
    }
    const own = parts.partsOf(leaf).map((part): Given => {
      const cut = this.#trace.terms.slice(leaf, 0, part.from, part.to)
      const partName = parts.of(part)
      return {
        ...whole,
        name: partName,
        latex: LATEX.name(partName),
        shape: shapeOf(cut),
        rows: [part.from, part.to],
      }
    })
    const isUsed = drafts.some(({ definition }) => uses(definition, leaf))
    const isShown = isUsed || (own.length === 0 && kind !== 'constant')
    return isShown ? [whole, ...own] : own
  }
}
