// The optimisers and clipGradNorm, held to what PyTorch computed (pytorch.json says which version).
import { Adam, AdamW, clipGradNorm, SGD } from 'tapegrad'
import { expect, it } from 'vitest'
import { expectClose, type Nested } from '../support/numbers.ts'
import { d, leaf } from '../support/tensors.ts'
import reference from './pytorch.json' with { type: 'json' }

const optimizers = { SGD, Adam, AdamW }
const gradient = (data: Nested | null) => (data === null ? null : d(data))

it.each(reference.runs.map((run) => [run.optimizer, JSON.stringify(run.options), run] as const))(
  '%s %s',
  (name, _, run) => {
    const parameters = reference.start.map((data) => leaf(data))
    const optimizer = new optimizers[name as 'Adam'](parameters, run.options as object)
    reference.gradients.forEach((gradients, t) => {
      parameters.forEach((p, k) => {
        p.grad = gradient(gradients[k])
      })
      optimizer.step()
      expectClose(
        parameters.map((p) => p.toArray()),
        run.trajectory[t],
        1e-12,
      )
    })
  },
)

it.each(
  reference.groups.map(
    (run) => [run.optimizer, JSON.stringify(run.groups), JSON.stringify(run.options), run] as const,
  ),
)('%s with groups %s and %s', (name, _, __, run) => {
  const parameters = reference.start.map((data) => leaf(data))
  const groups = run.groups.map((options, k) => ({ ...options, params: [parameters[k]] }))
  const optimizer = new optimizers[name as 'Adam'](groups as never, run.options as object)
  reference.gradients.forEach((gradients, t) => {
    parameters.forEach((p, k) => {
      p.grad = gradient(gradients[k])
    })
    for (const [k, group] of optimizer.paramGroups.entries()) {
      const factors = run.factors?.[k] ?? [1]
      group.lr = group.initialLr * factors[Math.min(t, factors.length - 1)]
    }
    optimizer.step()
    expectClose(
      parameters.map((p) => p.toArray()),
      run.trajectory[t],
      1e-12,
    )
  })
})

it.each(reference.clipGradNorm)('clipGradNorm to $maxNorm', ({ maxNorm, norm, gradients }) => {
  const parameters = reference.start.map((data) => leaf(data))
  parameters.forEach((p, k) => {
    p.grad = gradient(reference.gradients[1][k])
  })
  expect(clipGradNorm(parameters, maxNorm)).toBeCloseTo(norm, 12)
  expectClose(
    parameters.map((p) => p.grad?.toArray()),
    gradients,
    1e-12,
  )
})
