// The order of lines, and their parts.

import type { Blocks } from './blocks.ts'
import type { Draft } from './line.ts'
import { isPart, type Shared } from './select.ts'
import type { Quantity, Term } from './term.ts'
import type { Phase } from './trace.ts'

export const PHASES: readonly Phase[] = ['forward', 'backward', 'second']

/** Whether a leaf stands in a term as a whole. */
export function uses(term: Term, leaf: Term): boolean {
  return (
    term === leaf || (!isPart(term) && term.op !== 'ref' && term.args.some((x) => uses(x, leaf)))
  )
}

export function phaseOf(term: Term): Phase {
  let found: Phase = 'forward'
  const visit = (inner: Term): void => {
    const kind = inner.symbol?.kind
    if (kind === 'second' || kind === 'direction') found = 'second'
    else if ((kind === 'backward' || kind === 'seed') && found === 'forward') found = 'backward'
    if (inner.op !== 'ref') for (const arg of inner.args) visit(arg)
  }
  visit(term)
  return found
}

/** A term, and all that is written with it. */
export function everything(term: Term): Term[] {
  return term.op === 'ref' ? [term] : [term, ...term.args.flatMap(everything)]
}

/** The parts that get lines of their own. */
export const split = (term: Term): readonly Term[] =>
  term.op === 'cat' && term.attrs.axis === 0 ? term.args : [term]

export function joined(terms: Blocks, term: Term, change: (term: Term) => Term): Term {
  const parts = split(term)
  return parts[0] === term ? change(term) : terms.cat(parts.map(change), 0)
}

/** Lines with those that they use before them. */
export function inOrder(drafts: readonly Draft[], shared: Shared): Draft[] {
  const extra = new Map(
    shared.added.map((ref) => [
      ref,
      {
        ref,
        part: (ref.symbol as Quantity).kind as Phase,
        definition: shared.inside(ref.args[0]),
        gradient: null,
      },
    ]),
  )
  const byRef = new Map(drafts.flatMap((draft) => (draft.ref === null ? [] : [[draft.ref, draft]])))
  const ordered: Draft[] = []
  const placed = new Set<Draft>()
  const place = (draft: Draft): void => {
    if (placed.has(draft)) return
    placed.add(draft)
    const visit = (term: Term): void => {
      const needed = extra.get(term) ?? byRef.get(term)
      if (needed !== undefined) place(needed)
      else for (const arg of term.args) visit(arg)
    }
    visit(draft.definition)
    ordered.push(draft)
  }
  for (const phase of PHASES) for (const draft of drafts) if (draft.part === phase) place(draft)
  return PHASES.flatMap((phase) => ordered.filter(({ part }) => part === phase))
}
