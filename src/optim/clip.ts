// Clipping gradients between backward() and step(); it changes p.grad and nothing else.
import { noGrad, scale_, type Tensor, ValueError } from '../tensor/index.ts'
import { checkTensors, kindOf } from './checks.ts'

function gradientsOf(who: string, parameters: readonly Tensor[], limit: string, value: number): Tensor[] {
  checkTensors(who, parameters)
  if (!(value >= 0)) throw new ValueError(`${who}: expected ${limit} to be a number ≥ 0, got ${kindOf(value)}`)
  return parameters.flatMap((p) => p.grad ?? [])
}

/**
 * With n = √Σ g² over all elements of all gradients: g ← g · maxNorm / (n + 10⁻⁶) where n is larger (Pascanu, Mikolov & Bengio 2013,
 * "On the difficulty of training recurrent neural networks"). Returns n. A norm that is NaN makes every gradient NaN, as in PyTorch: look at it.
 *
 * @throws ValueError unless these are tensors and maxNorm is a number ≥ 0.
 *
 * @example
 * loss.backward()
 * clipGradNorm(model.parameters(), 5)
 * optimizer.step()
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
 * @throws ValueError unless these are tensors and maxValue is a number ≥ 0.
 *
 * @example
 * clipGradValue(model.parameters(), 1)
 */
export function clipGradValue(parameters: readonly Tensor[], maxValue: number): void {
  for (const g of gradientsOf('clipGradValue', parameters, 'maxValue', maxValue)) noGrad(() => g.assign_(g.clamp(-maxValue, maxValue)))
}
