// Clipping gradients between backward() and step(); it changes p.grad and nothing else.
import { noGrad, scale_, shown, type Tensor, ValueError } from '../tensor/index.ts'
import { checkTensors } from './checks.ts'

function gradientsOf(who: string, parameters: readonly Tensor[], limit: string, value: number): Tensor[] {
  checkTensors(who, parameters)
  if (!(typeof value === 'number' && value >= 0)) throw new ValueError(`${who}: expected ${limit} to be a number ≥ 0, got ${shown(value)}`)
  return parameters.flatMap((p) => p.grad ?? [])
}

/**
 * With n = √Σ g² over all elements of all gradients: g ← g · maxNorm / (n + 10⁻⁶) where n is larger (Pascanu, Mikolov & Bengio 2013,
 * "On the difficulty of training recurrent neural networks"). Returns n. A norm that is NaN makes every gradient NaN, as in PyTorch: look at it.
 *
 * Throws a ValueError unless these are tensors and maxNorm is a number ≥ 0.
 *
 * ```ts
 * const x = tensor([3, 4], { requiresGrad: true })
 * x.square().sum().backward()
 * clipGradNorm([x], 5) // 10
 * x.grad // [3, 4]
 * ```
 */
export function clipGradNorm(parameters: readonly Tensor[], maxNorm: number): number {
  const gradients = gradientsOf('clipGradNorm', parameters, 'maxNorm', maxNorm)
  const norm = Math.sqrt(gradients.reduce((sum, g) => sum + noGrad(() => g.square().sum().item()), 0))
  const scale = maxNorm / (norm + 1e-6)
  if (!(scale >= 1)) for (const g of gradients) scale_(g, scale)
  return norm
}

/**
 * g ← min(max(g, −maxValue), maxValue) elementwise.
 *
 * Throws a ValueError unless these are tensors and maxValue is a number ≥ 0.
 *
 * ```ts
 * const x = tensor([3, 0.25], { requiresGrad: true })
 * x.square().sum().backward()
 * clipGradValue([x], 1)
 * x.grad // [1, 0.5]
 * ```
 */
export function clipGradValue(parameters: readonly Tensor[], maxValue: number): void {
  for (const g of gradientsOf('clipGradValue', parameters, 'maxValue', maxValue)) noGrad(() => g.assign_(g.clamp(-maxValue, maxValue)))
}
