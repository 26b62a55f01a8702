// The process that secondOrder.ts measures: `tsx secondOrderRun.ts T` prints its peak resident
// memory in MiB and its time in milliseconds.

import { grad, LSTM, randn, type Tensor } from 'tapegrad'

const f64 = { dtype: 'float64' } as const

/** The gradient of the gradient's squared norm, LSTM(64, 64) over T steps of 32 sequences. */
function twice(T: number): void {
  const layer = new LSTM(64, 64, f64)
  const loss = layer
    .forward(randn([32, T, 64], f64))
    .output.square()
    .sum()
  const gradients = grad(loss, layer.parameters(), { createGraph: true })
  const norm = gradients.reduce<Tensor>((sum, g) => g.square().sum().add(sum), randn([], f64))
  grad(norm, layer.parameters())
}

const start = performance.now()
twice(Number(process.argv[2]))
console.log(process.resourceUsage().maxRSS / 1024, performance.now() - start)
