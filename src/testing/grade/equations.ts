// The equations of the backward passes as docs/documents.md writes them: text for a report, which
// nothing computes with.
import type { Form } from './problem.ts'

export interface Equations {
  /** The lines of what a forward function returns, by name. */
  readonly forward: Readonly<Record<string, string>>
  /** The line of each gradient that is returned, by the name of the gradient. */
  readonly of: Readonly<Record<string, string>>
  /** The lines before them, in the order in which they are computed. */
  readonly before: readonly string[]
}

const rnn = {
  columns: {
    before: ['δz = (1 − a ⊙ a) ⊙ δa'],
    of: {
      dxt: 'δx = Waxᵀ δz',
      da_prev: 'δa⁻ = Waaᵀ δz',
      dWax: 'δWax = δz xᵀ',
      dWaa: 'δWaa = δz (a⁻)ᵀ',
      dba: 'δba = Σₘ δz',
    },
  },
  rows: {
    before: ['δz = (1 − h ⊙ h) ⊙ δh'],
    of: {
      dx: 'δx = δz Wxᵀ',
      dprev_h: 'δh⁻ = δz Whᵀ',
      dWx: 'δWx = xᵀ δz',
      dWh: 'δWh = (h⁻)ᵀ δz',
      db: 'δb = Σₙ δz',
    },
  },
}

const gates = (state: string): string[] => [
  `s = δc + o ⊙ (1 − tanh²(c)) ⊙ δ${state}`,
  `δzo = tanh(c) ⊙ δ${state} ⊙ o ⊙ (1 − o)`,
  'δzf = c⁻ ⊙ s ⊙ f ⊙ (1 − f)',
  'δzi = g ⊙ s ⊙ i ⊙ (1 − i)',
  'δzg = i ⊙ s ⊙ (1 − g²)',
]

/** The candidate is g; its weights are Wc. */
const LETTERS = { f: 'f', i: 'i', c: 'g', o: 'o' }

const lstm = {
  columns: {
    before: gates('a'),
    of: {
      dxt: '[δa⁻; δx] = Wfᵀ δzf + Wiᵀ δzi + Wcᵀ δzg + Woᵀ δzo',
      da_prev: '[δa⁻; δx] = Wfᵀ δzf + Wiᵀ δzi + Wcᵀ δzg + Woᵀ δzo',
      dc_prev: 'δc⁻ = f ⊙ s',
      ...Object.fromEntries(
        Object.entries(LETTERS).flatMap(([w, k]) => [
          [`dW${w}`, `δW${w} = δz${k} [a⁻; x]ᵀ`],
          [`db${w}`, `δb${w} = Σₘ δz${k}`],
        ]),
      ),
    },
  },
  rows: {
    before: [...gates('h'), 'δz = [δzi, δzf, δzo, δzg]'],
    of: {
      dx: 'δx = δz Wxᵀ',
      dprev_h: 'δh⁻ = δz Whᵀ',
      dprev_c: 'δc⁻ = f ⊙ s',
      dWx: 'δWx = xᵀ δz',
      dWh: 'δWh = (h⁻)ᵀ δz',
      db: 'δb = Σₙ δz',
    },
  },
}

/** What a step receives in a sequence: the last one receives nothing from the step after it. */
const carried = ({ cell, layout }: Form): string[] => {
  const h = layout === 'columns' ? 'a' : 'h'
  return [
    `δ${h} = δ${h}⟨t⟩ + δ${h}⁻⟨t+1⟩, the latter 0 at the last step`,
    ...(cell === 'lstm' ? ['δc = f⟨t+1⟩ ⊙ s⟨t+1⟩, 0 at the last step'] : []),
  ]
}

/** A gradient of weights is a sum over time. */
const overTime = (line: string): string => line.replace(/^(δ[Wb]\w*) = /, '$1 = Σₜ ')

function forwardOf({ cell, layout, sequence }: Form): Equations['forward'] {
  const [state, rnn] =
    layout === 'columns' ? ['a', 'tanh(Waa a⁻ + Wax x + ba)'] : ['h', 'tanh(h⁻ Wh + x Wx + b)']
  const line = cell === 'rnn' ? `${state} = ${rnn}` : `${state} = o ⊙ tanh(c)`
  if (sequence) return { [state]: line }
  const memory = cell === 'lstm' ? 'c = f ⊙ c⁻ + i ⊙ g' : ''
  return layout === 'columns' ? { a_next: line, c_next: memory } : { next_h: line, next_c: memory }
}

export function equationsOf(form: Form): Equations {
  const { before, of } = (form.cell === 'rnn' ? rnn : lstm)[form.layout] as Omit<
    Equations,
    'forward'
  >
  const forward = forwardOf(form)
  if (!form.sequence) return { forward, before, of }
  const first = { dxt: 'dx', da_prev: 'da0', dprev_h: 'dh0' }
  const named = Object.entries(of)
    .filter(([name]) => !name.endsWith('_c') && name !== 'dc_prev')
    .map(([name, line]) => [first[name as keyof typeof first] ?? name, overTime(line)] as const)
  const state = form.layout === 'columns' ? 'da0' : 'dh0'
  return {
    forward,
    before: [...carried(form), ...before],
    of: Object.fromEntries(
      named.map(([name, line]) => [name, name === state ? `${line}, at t = 1` : line]),
    ),
  }
}
