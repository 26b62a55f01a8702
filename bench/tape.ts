// The cost of the tape itself: ops on tensors so small that their numbers cost nothing, and
// sequences composed of many slices.

import { LSTMCell, type LSTMState, randn, type Tensor, tensor } from 'tapegrad'
import { median, type Row } from './measure.ts'

/** In one call of a function below. */
export const OPS = 1000

const x = tensor([1, 2, 3, 4], { requiresGrad: true })
const b = tensor([1, 2, 3, 4])

function added(times: number): Tensor {
  let y = x
  for (let i = 0; i < times; i++) y = y.add(b)
  return y
}

/** 1,000 recorded adds of 4 elements, whose results are not kept. */
export function add(): number {
  for (let i = 0; i < OPS; i++) x.add(b)
  return 0
}

/** A chain of 1,000 adds and its backward pass. */
export function chain(): number {
  const loss = added(OPS).sum()
  loss.backward()
  x.grad = null
  return loss.item()
}

/** Milliseconds of an LSTM cell over T slices of one tensor (T, 4, 16), with its backward pass. */
function folded(T: number): number {
  const cell = new LSTMCell(16, 16)
  const xs = randn([T, 4, 16], { requiresGrad: true })
  return median(() => {
    let state: LSTMState | undefined
    for (let t = 0; t < T; t++) state = cell.forward(xs.select(0, t), state)
    state?.h.sum().backward()
    xs.grad = null
  })
}

export function tapeRows(): Row[] {
  const recorded = median(add)
  const forward = median(() => void added(OPS))
  const both = median(() => void chain())
  const long = median(() => added(1_000_000).sum().backward(), { runs: 3 })
  const [short, tenfold] = [folded(200), folded(2000)]
  return [
    { what: 'recorded add of 4 elements', value: (recorded * 1000) / OPS, unit: 'µs' },
    { what: 'chain of 1,000 adds, forward', value: (forward * 1000) / OPS, unit: 'µs/op' },
    {
      what: 'chain of 1,000 adds, forward and backward',
      value: (both * 1000) / OPS,
      unit: 'µs/op',
    },
    { what: 'chain of 1,000,000 adds, forward and backward', value: long / 1000, unit: 's' },
    { what: 'LSTM cell folded over 200 slices', value: short, unit: 'ms' },
    { what: 'LSTM cell folded over 2,000 slices', value: tenfold, unit: 'ms' },
    { what: 'the one ÷ the other (linear: 10)', value: tenfold / short, unit: '' },
  ]
}
