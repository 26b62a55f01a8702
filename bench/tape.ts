// What the tape itself costs: ops on tensors so small that their numbers cost nothing.

import { type Tensor, tensor } from 'tapegrad'
import { median, type Row } from './measure.ts'

const REPEATS = 1000

function chain(x: Tensor, b: Tensor): Tensor {
  let y = x
  for (let i = 0; i < REPEATS; i++) y = y.add(b)
  return y
}

export function tapeRows(): Row[] {
  const x = tensor([1, 2, 3, 4], { requiresGrad: true })
  const b = tensor([1, 2, 3, 4])
  const recorded = median(() => {
    for (let i = 0; i < REPEATS; i++) x.add(b)
  })
  const forward = median(() => chain(x, b))
  const both = median(() => {
    chain(x, b).sum().backward()
  })
  const long = median(
    () => {
      let y = x
      for (let i = 0; i < 1_000_000; i++) y = y.add(b)
      y.sum().backward()
    },
    { runs: 3 },
  )
  return [
    { what: 'recorded add of 4 elements', value: (recorded * 1000) / REPEATS, unit: 'µs' },
    { what: 'chain of 1,000 adds, forward', value: (forward * 1000) / REPEATS, unit: 'µs/op' },
    { what: 'chain of 1,000 adds, forward and backward', value: (both * 1000) / REPEATS, unit: 'µs/op' },
    { what: 'chain of 1,000,000 adds, forward and backward', value: long / 1000, unit: 's' },
  ]
}
