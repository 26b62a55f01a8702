// The mistakes around the memory of an LSTM, and those between its gates.
import type { Tensor } from '../../../tensor/index.ts'
import { less, type MemoryLine, type Parts, type Pieces, right, through } from '../pieces.ts'
import type { ByGate } from '../problem.ts'
import type { Mistake } from './mistake.ts'

const lstm = (name: string, says: string, pieces: Partial<Pieces>): Mistake => ({
  name,
  says,
  where: { cell: 'lstm' },
  pieces,
})

const LINES: Record<MemoryLine, string> = {
  i: 'the input gate',
  f: 'the forget gate',
  g: 'the candidate',
  c: 'the memory before, δc⁻',
}

/** s with something left out, in one line alone. */
const without = (what: string, line: MemoryLine, s: (p: Parts) => Tensor): Mistake =>
  lstm(
    `${what} is dropped in the line of ${LINES[line]}`,
    `All that reaches the memory is s = δc + o ⊙ (1 − tanh²(c)) ⊙ δh; in the line of ` +
      `${LINES[line]}, ${what} is left out.`,
    { memoryIn: (all, p, at) => (at === line ? s(p) : all) },
  )

const step = { cell: 'lstm', sequence: false } as const
const lines = ['i', 'f', 'g', 'c'] as const
const direct = ({ dc }: Parts): Tensor => dc
const slopeless = ({ dc, o, dh }: Parts): Tensor => dc.add(o.mul(dh))

const exchanged =
  (a: string, b: string) =>
  (dz: ByGate): ByGate => ({ ...dz, [a]: dz[b], [b]: dz[a] })

/** Gates of which one is forgotten in δx and δh⁻. */
const forgotten = (gate: string): Mistake =>
  lstm(
    `gate ${gate} is forgotten on the way back`,
    `δx and δh⁻ are sums over all four gates: the term of gate ${gate} is missing.`,
    { summed: (gates) => gates.filter((k) => k !== gate) },
  )

export const memory: readonly Mistake[] = [
  {
    name: 'δc is dropped',
    says: 'All that reaches the memory is s = δc + o ⊙ (1 − tanh²(c)) ⊙ δh: δc is left out.',
    where: step,
    pieces: { memory: through },
  },
  ...lines.map((line) => without('δc', line, through)),
  lstm(
    'what reaches the memory through h is dropped',
    'All that reaches the memory is s = δc + o ⊙ (1 − tanh²(c)) ⊙ δh: only δc is there.',
    { memory: direct },
  ),
  ...lines
    .map((line) => without('what comes through h', line, direct))
    // In a sequence δc is what is carried, and nothing else: see δc⁻ is not carried.
    .map((one, k) => (lines[k] === 'c' ? { ...one, where: step } : one)),
  lstm(
    'tanh of c is forgotten in its derivative',
    'h = o ⊙ tanh(c), and the derivative of tanh at c is 1 − tanh²(c): 1 − c² stands there.',
    { memory: ({ dc, o, c, dh }) => dc.add(o.mul(less(c.square())).mul(dh)) },
  ),
  lstm(
    '1 − tanh(c) instead of 1 − tanh²(c)',
    'The derivative of tanh at c is 1 − tanh²(c): the square is missing.',
    { memory: ({ dc, o, tc, dh }) => dc.add(o.mul(less(tc)).mul(dh)) },
  ),
  lstm(
    'the derivative of tanh(c) is missing',
    'h = o ⊙ tanh(c): on the way from h to the memory the factor 1 − tanh²(c) is missing.',
    { memory: slopeless },
  ),
  lstm(
    'o is missing on the way to the memory',
    'h = o ⊙ tanh(c): on the way from h to the memory the factor o is missing.',
    { memory: ({ dc, tc, dh }) => dc.add(less(tc.square()).mul(dh)) },
  ),
  lstm(
    'δc is taken through the output gate',
    'δc is the gradient of c itself: it is multiplied by o ⊙ (1 − tanh²(c)) as δh is.',
    { memory: (p) => through({ ...p, dh: p.dh.add(p.dc) }) },
  ),
  lstm(
    'tanh of c is forgotten in the output gate',
    'h = o ⊙ tanh(c): the gradient of o is tanh(c) ⊙ δh, not c ⊙ δh.',
    { ofO: ({ c, dh }) => c.mul(dh) },
  ),
  lstm(
    's instead of δh in the output gate',
    'The output gate is not in the memory: its gradient is tanh(c) ⊙ δh, not tanh(c) ⊙ s.',
    { ofO: ({ tc }, s) => tc.mul(s) },
  ),
  lstm(
    'c instead of c⁻ in the forget gate',
    'c = f ⊙ c⁻ + i ⊙ g: the gradient of f is c⁻ ⊙ s, with the memory before the step.',
    { ofF: (s, { c }) => s.mul(c) },
  ),
  lstm('c⁻ is missing in the forget gate', 'The gradient of f is c⁻ ⊙ s, not s.', {
    ofF: (s) => s,
  }),
  lstm('g is missing in the input gate', 'The gradient of i is g ⊙ s, not s.', { ofI: (s) => s }),
  lstm('i is missing in the candidate', 'The gradient of g is i ⊙ s, not s.', { ofG: (s) => s }),
  lstm(
    'i and g are exchanged',
    'c = f ⊙ c⁻ + i ⊙ g: the gradient of i is g ⊙ s and that of g is i ⊙ s, not the other way ' +
      'round.',
    { ofI: right.ofG, ofG: right.ofI },
  ),
  lstm('f is missing in δc⁻', 'c = f ⊙ c⁻ + i ⊙ g: δc⁻ is f ⊙ s, not s.', { ofC: (s) => s }),
  lstm('i instead of f in δc⁻', 'c = f ⊙ c⁻ + i ⊙ g: δc⁻ is f ⊙ s, not i ⊙ s.', {
    ofC: right.ofG,
  }),
  ...['i', 'f', 'o', 'g'].map(forgotten),
  lstm(
    'the gates i and f are in each other’s place',
    'The gradients of gates i and f are exchanged: look at the order of the gates.',
    { placed: exchanged('i', 'f') },
  ),
  lstm(
    'the gates o and g are in each other’s place',
    'The gradients of gate o and of the candidate are exchanged: look at the order of the gates. ' +
      '(PyTorch’s is i, f, g, o; that of the documents in rows is i, f, o, g.)',
    { placed: exchanged('o', 'g') },
  ),
  {
    name: 'the gates are in the order f, i, g, o',
    says: 'The order of the packed gates is i, f, o, g; these are in the order f, i, g, o.',
    where: { cell: 'lstm', layout: 'rows' },
    pieces: { placed: ({ i, f, o, g }) => ({ i: f, f: i, o: g, g: o }) },
  },
]
