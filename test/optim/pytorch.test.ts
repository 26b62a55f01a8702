// The optimisers and clipGradNorm, held to what PyTorch computed (pytorch.json says which version).
import { Adam, AdamW, clipGradNorm, SGD, tensor } from 'tapegrad'
import { expect, it } from 'vitest'
import { expectClose, type Nested } from '../support/numbers.ts'
import reference from './pytorch.json' with { type: 'json' }

const optimizers = { SGD, Adam, AdamW }
const leaf = (data: Nested) => tensor(data, { dtype: 'float64', requiresGrad: true })
const gradient = (data: Nested | null) =>
  data === null ? null : tensor(data, { dtype: 'float64' })

it.each(reference.runs.map((run) => [run.optimizer, JSON.stringify(run.options), run] as const))(
  '%s %s',
  (name, _, run) => {
    const parameters = reference.start.map(leaf)
    const optimizer = new optimizers[name as 'Adam'](parameters, run.options as object)
    reference.gradients.forEach((gradients, t) => {
      parameters.forEach((p, k) => {
        p.grad = gradient(gradients[k])
      })
      optimizer.step()
      expectClose(
        parameters.map((p) => p.toArray()),
        run.trajectory[t],
      )
    })
  },
)

it.each(reference.clipGradNorm)('clipGradNorm to $maxNorm', ({ maxNorm, norm, gradients }) => {
  const parameters = reference.start.map(leaf)
  parameters.forEach((p, k) => {
    p.grad = gradient(reference.gradients[1][k])
  })
  expect(clipGradNorm(parameters, maxNorm)).toBeCloseTo(norm, 12)
  expectClose(
    parameters.map((p) => p.grad?.toArray()),
    gradients,
  )
})
