// The mistakes in what comes from above, and in what goes from step to step.
import type { Tensor } from '../../../tensor/index.ts'
import { type Pieces, right } from '../pieces.ts'
import { byGate, type Form } from '../problem.ts'
import type { Mistake } from './mistake.ts'

const sequence = (
  name: string,
  says: string,
  pieces: Partial<Pieces>,
  cell?: Form['cell'],
): Mistake => ({
  name,
  says,
  where: cell === undefined ? { sequence: true } : { sequence: true, cell },
  pieces,
})

const zero = (t: Tensor): Tensor => t.mul(0)
const neg = (t: Tensor): Tensor => t.neg()
const alone = (dh: Tensor): Tensor => dh
const lastAlone = (dc: Tensor, isLast: boolean): Tensor => (isLast ? dc : zero(dc))
const added = (back: Tensor, before: Tensor): Tensor => before.add(back)
const newest = (_: Tensor, now: Tensor): Tensor => now
const oldest = (sum: Tensor): Tensor => sum
const ascending = (T: number): number[] => right.order(T).reverse()

/** The upstream gradient of a neighbour, with what the outermost step gets. */
const shifted = (
  which: 'before' | 'after',
  rest: string,
  upstreamAt: Pieces['upstreamAt'],
): Mistake =>
  sequence(
    `the upstream gradient is that of the step ${which}${rest}`,
    `The upstream gradient of step t belongs to the state of step t: the index is off by one.`,
    { upstreamAt },
  )

export const time: readonly Mistake[] = [
  {
    name: 'the upstream gradient is ignored',
    says: 'The gradient that comes from above does not enter: 1 stands in its place.',
    pieces: { received: (dh, carried) => zero(dh).add(1).add(carried) },
  },
  sequence(
    'the upstream gradient is ignored, and so is the carry',
    'Neither the gradient that comes from above nor that of the step after enters: 1 stands in ' +
      'their place.',
    { received: (dh) => zero(dh).add(1) },
  ),
  sequence(
    'the sign of every step is wrong',
    'Each step gives back its gradients times −1, and hands them on.',
    {
      placed: (dz) => byGate(Object.keys(dz), (k) => neg(dz[k] as Tensor)),
      ofC: (s, p) => neg(right.ofC(s, p)),
    },
  ),
  sequence(
    'the carry is forgotten',
    'Every step is differentiated as though it were the last: what a step gives back, δh⁻, is to ' +
      'be added to the upstream gradient of the step before it. (It may be stored under another ' +
      'name than the one that is added.)',
    { received: alone },
    'rnn',
  ),
  sequence(
    'nothing is carried',
    'Every step is differentiated as though it were the last: δh⁻ is to be added to the upstream ' +
      'gradient of the step before it, and δc⁻ becomes its δc.',
    { received: alone, receivedC: lastAlone },
    'lstm',
  ),
  sequence(
    'δh⁻ is not carried',
    'The memory’s gradient is carried, but the state’s is not: δh⁻ is to be added to the ' +
      'upstream gradient of the step before it.',
    { received: alone },
    'lstm',
  ),
  sequence(
    'δc⁻ is not carried',
    'The state’s gradient is carried, but the memory’s is not: δc⁻ becomes the δc of the step ' +
      'before it.',
    { receivedC: lastAlone },
    'lstm',
  ),
  sequence(
    'the upstream gradient enters at the last step only',
    'Every state has an upstream gradient of its own: it is to be added to what is carried, at ' +
      'every step.',
    { received: (dh, carried, isLast) => (isLast ? dh.add(carried) : carried) },
  ),
  shifted('before', ', and at the first step that of the last', (t, T) => (t + T - 1) % T),
  shifted('before', ', and none at the first step', (t) => (t === 0 ? null : t - 1)),
  shifted('before', ', and at the first step its own', (t) => Math.max(0, t - 1)),
  shifted('after', ', and none at the last step', (t, T) => (t === T - 1 ? null : t + 1)),
  shifted('after', ', and at the last step its own', (t, T) => Math.min(T - 1, t + 1)),
  sequence(
    'the first step is left out',
    'The loop ends one step too early: the first step adds nothing to the weights, and gives ' +
      'nothing back to its input and to the first state. (Counted from 0 it is the step t = 0.)',
    { order: (T) => right.order(T).slice(0, -1) },
  ),
  sequence(
    'the last step is left out',
    'The loop begins one step too late: the last step adds nothing to the weights, and gives ' +
      'nothing back to its input and to the state before it.',
    { order: (T) => right.order(T).slice(1) },
  ),
  sequence(
    'the carry grows instead of being replaced',
    'What a step hands on is what it gives back, δh⁻; it is added to what was handed on before.',
    { carriedH: added },
  ),
  sequence(
    'the carry is subtracted',
    'What a step gives back is to be added to the upstream gradient of the step before it.',
    { received: (dh, carried) => dh.sub(carried) },
  ),
  sequence(
    'the steps are walked from the first to the last',
    'The backward pass begins at the last step: here it begins at the first.',
    { order: ascending },
  ),
  sequence(
    'the inputs’ gradients are in the order of the loop',
    'The gradients of the inputs are collected from the last step to the first, and not put back ' +
      'into the order of time.',
    { inputs: (computed) => computed },
  ),
  sequence(
    'weights and bias are those of one step',
    'Weights and bias are used at every step: their gradients are sums over time, to which each ' +
      'step adds; here the step computed last replaces the others.',
    { weightTotal: newest, biasTotal: newest },
  ),
  sequence(
    'the weights are those of one step',
    'The weights are used at every step: each step adds to their gradients; here the step ' +
      'computed last replaces the others.',
    { weightTotal: newest },
  ),
  sequence(
    'the bias is that of one step',
    'The bias is used at every step: each step adds to its gradient; here the step computed last ' +
      'replaces the others.',
    { biasTotal: newest },
  ),
  sequence(
    'weights and bias are those of the last step',
    'Weights and bias are used at every step: their gradients are sums over time, to which each ' +
      'step adds; here only the last step of the sequence does.',
    { weightTotal: oldest, biasTotal: oldest },
  ),
  sequence(
    'the weights are those of the last step',
    'The weights are used at every step: each step adds to their gradients; here only the last ' +
      'step of the sequence does.',
    { weightTotal: oldest },
  ),
  sequence(
    'the bias is that of the last step',
    'The bias is used at every step: each step adds to its gradient; here only the last step of ' +
      'the sequence does.',
    { biasTotal: oldest },
  ),
  sequence(
    'weights and bias are averaged over time',
    'The gradients of weights and bias are sums over time, not means.',
    { overTime: (sum, T) => sum.div(T) },
  ),
  sequence(
    'the first state’s gradient is zero',
    'The gradient of the first state is what the first step gives back: zeros are returned.',
    { first: zero },
  ),
  sequence(
    'the first state’s gradient is that of one step later',
    'The gradient of the first state is what the first step gives back; what was carried into ' +
      'that step is returned.',
    { first: (_, before) => before },
  ),
]
