// The backward pass by hand, cut into the pieces in which people make mistakes: with the right
// pieces it gives the gradients, with a wrong one what that mistake gives.
import { stack, type Tensor, zeros } from '../../tensor/index.ts'
import { type ByGate, byGate, GATES, type Problem, TANH } from './problem.ts'
import type { Gradients, Step } from './tape.ts'

/** What the lines of an LSTM's memory are made of; `tc` is tanh(c). */
export interface Parts {
  readonly dh: Tensor
  readonly dc: Tensor
  readonly i: Tensor
  readonly f: Tensor
  readonly o: Tensor
  readonly g: Tensor
  readonly c: Tensor
  readonly cPrev: Tensor
  readonly tc: Tensor
}

/** The lines in which s, all that reaches the memory, is used. */
export type MemoryLine = 'i' | 'f' | 'g' | 'c'

/** 1 − t. */
export const less = (t: Tensor): Tensor => t.neg().add(1)

/** What a is given through o ⊙ tanh(c): o ⊙ (1 − tanh²(c)) ⊙ δh. */
export const through = ({ o, tc, dh }: Parts): Tensor => o.mul(less(tc.square())).mul(dh)

export type Exchange = (h: Tensor, x: Tensor) => [h: Tensor, x: Tensor]

/** The pieces as they should be. */
export const right = {
  /** The steps in the order of the loop. */
  order: (T: number): number[] => Array.from({ length: T }, (_, k) => T - 1 - k),
  /** The step whose upstream gradient a step gets; null for none. */
  upstreamAt: (t: number, _T: number): number | null => t,
  /** δh of a step: from outside, and from the step after it. */
  received: (dh: Tensor, carried: Tensor, _isLast: boolean): Tensor => dh.add(carried),
  /** δc of a step: from the step after it, or that of the last memory. */
  receivedC: (carried: Tensor, _isLast: boolean): Tensor => carried,
  /** What a step hands to the one before it, from what it gives back and what it was handed. */
  carriedH: (back: Tensor, _before: Tensor): Tensor => back,
  carriedC: (back: Tensor, _before: Tensor): Tensor => back,
  /** The gradient of the first state, from what was carried last and before that. */
  first: (carried: Tensor, _before: Tensor): Tensor => carried,
  /** The gradients of the inputs in the order of time, from those in the order of the loop. */
  inputs: (computed: Tensor[], order: number[]): Tensor[] =>
    order.map((_, t) => computed[order.indexOf(t)] as Tensor),
  /** The derivative of tanh from its value y and its argument z. */
  tanhSlope: (y: Tensor, _z: Tensor): Tensor => less(y.square()),
  sigmoidSlope: (y: Tensor, _z: Tensor, _gate: string): Tensor => y.mul(less(y)),
  /** s: all that reaches the memory. */
  memory: (p: Parts): Tensor => p.dc.add(through(p)),
  /** s in the line of a gate, or of the memory before. */
  memoryIn: (s: Tensor, _p: Parts, _line: MemoryLine): Tensor => s,
  /** The gradients of the gates' values, and of the memory before. */
  ofO: (p: Parts, _s: Tensor): Tensor => p.tc.mul(p.dh),
  ofF: (s: Tensor, p: Parts): Tensor => s.mul(p.cPrev),
  ofI: (s: Tensor, p: Parts): Tensor => s.mul(p.g),
  ofG: (s: Tensor, p: Parts): Tensor => s.mul(p.i),
  ofC: (s: Tensor, p: Parts): Tensor => s.mul(p.f),
  /** The gradients δz of the gates, where the later lines look for them. */
  placed: (dz: ByGate): ByGate => dz,
  /** δz as the lines of δx and δh⁻ take it. */
  back: (dz: Tensor, _dh: Tensor): Tensor => dz,
  /** The gates in the sums δx and δh⁻. */
  summed: (gates: readonly string[]): readonly string[] => gates,
  /** The parts of a gate's weights that belong to the state and to the input. */
  split: ((h, x) => [h, x]) as Exchange,
  toX: (dz: Tensor, Wx: Tensor): Tensor => dz.matmul(Wx.t()),
  toH: (dz: Tensor, Wh: Tensor): Tensor => dz.matmul(Wh.t()),
  weightX: (step: Step, dz: Tensor): Tensor => step.x.t().matmul(dz),
  weightH: (step: Step, dz: Tensor): Tensor => step.hPrev.t().matmul(dz),
  /** The gradients of a gate's weights, one above the other. */
  joined: ((h, x) => [h, x]) as Exchange,
  bias: (dz: Tensor): Tensor => dz.sum(0, true),
  /** Over the batch. */
  weight: (sum: Tensor, _N: number): Tensor => sum,
  /** Over time: the sum so far, and the step that is added. */
  weightTotal: (sum: Tensor, now: Tensor): Tensor => sum.add(now),
  biasTotal: (sum: Tensor, now: Tensor): Tensor => sum.add(now),
  overTime: (sum: Tensor, _T: number): Tensor => sum,
  sign: (gradient: Tensor): Tensor => gradient,
}

export type Pieces = typeof right

/** The gradients δz of what goes into the activations, and that of the memory before. */
function throughGates(step: Step, dh: Tensor, dc: Tensor, p: Pieces): [ByGate, Tensor] {
  const { y, z, c, cPrev } = step
  const slope = (k: string): Tensor =>
    TANH.includes(k) ? p.tanhSlope(y[k], z[k]) : p.sigmoidSlope(y[k], z[k], k)
  if ('z' in y) return [{ z: dh.mul(slope('z')) }, dc]
  const { i, f, o, g } = y
  const parts: Parts = { dh, dc, i, f, o, g, c, cPrev, tc: c.tanh() }
  const s = p.memory(parts)
  const within = (line: MemoryLine): Tensor => p.memoryIn(s, parts, line)
  const dy: ByGate = {
    i: p.ofI(within('i'), parts),
    f: p.ofF(within('f'), parts),
    o: p.ofO(parts, s),
    g: p.ofG(within('g'), parts),
  }
  return [byGate(GATES.lstm, (k) => dy[k].mul(slope(k))), p.ofC(within('c'), parts)]
}

const sumOf = (terms: readonly Tensor[]): Tensor => terms.reduce((sum, term) => sum.add(term))

/**
 * The gradients as these pieces give them. Throws a ShapeError where a wrong piece multiplies
 * matrices that do not fit.
 */
export function byHand(problem: Problem, steps: readonly Step[], p: Pieces): Gradients {
  const { weights, sizes, dh } = problem
  const { N, H, T } = sizes
  const gates: readonly string[] = GATES[problem.form.cell]
  const parts = Object.fromEntries(gates.map((k) => [k, p.split(weights.h[k], weights.x[k])]))
  let [carriedH, carriedC] = [zeros([N, H], { dtype: 'float64' }), problem.dc]
  let before = carriedH
  const computed: Tensor[] = []
  const sums = new Map<string, Tensor>()
  const add = (key: string, now: Tensor, total: Pieces['weightTotal']): void => {
    const sum = sums.get(key)
    sums.set(key, sum === undefined ? now : total(sum, now))
  }
  const order = p.order(T)
  for (const t of order) {
    const step = steps[t] as Step
    const at = p.upstreamAt(t, T)
    const own = at === null ? zeros([N, H], { dtype: 'float64' }) : dh.select(1, at)
    const received = p.received(own, carriedH, t === T - 1)
    const receivedC = p.receivedC(carriedC, t === T - 1)
    const [plain, dcPrev] = throughGates(step, received, receivedC, p)
    const dz = p.placed(plain)
    const along = p.summed(gates).map((k) => [k, p.back(dz[k], received)] as const)
    computed.push(sumOf(along.map(([k, d]) => p.toX(d, parts[k][1]))))
    before = carriedH
    carriedH = p.carriedH(sumOf(along.map(([k, d]) => p.toH(d, parts[k][0]))), carriedH)
    carriedC = p.carriedC(dcPrev, carriedC)
    for (const k of gates) {
      const [h, x] = p.joined(p.weightH(step, dz[k]), p.weightX(step, dz[k]))
      add(`h${k}`, p.weight(h, N), p.weightTotal)
      add(`x${k}`, p.weight(x, N), p.weightTotal)
      add(`b${k}`, p.bias(dz[k]), p.biasTotal)
    }
  }
  // A loop may leave steps out: what they would give stays zero.
  const left = right.order(T).filter((t) => !order.includes(t))
  for (const _ of left) computed.push(problem.x.select(1, 0).mul(0))
  const total = (which: 'x' | 'h' | 'b'): ByGate =>
    byGate(gates, (k) => p.sign(p.overTime(sums.get(which + k) ?? weights[which][k].mul(0), T)))
  return {
    x: p.sign(stack(p.inputs(computed, [...order, ...left]), 1)),
    h: p.sign(p.first(carriedH, before)),
    c: p.sign(carriedC),
    weights: { x: total('x'), h: total('h'), b: total('b') },
  }
}
