// Clipping gradients between backward() and step(); it changes p.grad and nothing else.
import { noGrad, type Tensor, ValueError } from '../tensor/index.ts'
import { BYTES, bringIn, clamp_, isChangeable, scale_, show, shown } from '../tensor/internal.ts'
import { requireTensors } from './parameters.ts'

/** The gradients of these tensors, each once. */
function gradientsOf(
  who: string,
  parameters: readonly Tensor[],
  limit: string,
  value: number,
): Tensor[] {
  requireTensors(who, parameters)
  if (!(typeof value === 'number' && value >= 0))
    throw new ValueError(`${who}: expected ${limit} to be a number ≥ 0, got ${shown(value)}`)
  return [...new Set(parameters.flatMap((p) => p.grad ?? []))]
}

/**
 * Changes these gradients in place. One that must not be changed, because it is recorded or a shape
 * op copied it, is replaced by a changed copy.
 */
function change(
  parameters: readonly Tensor[],
  gradients: readonly Tensor[],
  write: (g: Tensor) => void,
): void {
  const copies = noGrad(
    () => new Map(gradients.filter((g) => !isChangeable(g)).map((g) => [g, g.mul(1)])),
  )
  const targets = onePerPlace(gradients.map((g) => copies.get(g) ?? g))
  bringIn(targets) // What can fail does so before anything has changed.
  for (const g of targets) write(g)
  for (const p of parameters) {
    const copy = p.grad === null ? undefined : copies.get(p.grad)
    if (copy !== undefined) p.ownGrad(copy)
  }
}

/**
 * Of gradients that are views of the same numbers the first, so that these are changed once. Throws
 * a ValueError for two that share only some of their numbers.
 */
function onePerPlace(gradients: readonly Tensor[]): Tensor[] {
  const kept: Tensor[] = []
  for (const g of gradients) {
    const before = kept.find((other) => other.storage === g.storage && overlap(other, g))
    if (before === undefined) kept.push(g)
    else if (before.byteOffset !== g.byteOffset || before.size !== g.size)
      throw new ValueError(
        `clipping: expected gradients with numbers of their own, got ${show(before.shape)} and ` +
          `${show(g.shape)} that share some: clone() one`,
      )
  }
  return kept
}

const overlap = (a: Tensor, b: Tensor): boolean => {
  const bytes = BYTES[a.dtype]
  return (
    a.byteOffset < b.byteOffset + b.size * bytes && b.byteOffset < a.byteOffset + a.size * bytes
  )
}

/** The smallest normal float, and the largest power of two. */
const RANGE = { float32: [2 ** -126, 2 ** 127], float64: [2 ** -1022, 2 ** 1023] } as const
const rangeOf = (g: Tensor): readonly [least: number, most: number] =>
  RANGE[g.dtype === 'float32' ? 'float32' : 'float64']

/**
 * Σ g² = unit²·sum. The unit is 1, or another power of two where squares would overflow or vanish;
 * it costs no digits.
 */
function squares(g: Tensor): { unit: number; sum: number } {
  const sum = g.square().sum().item()
  if ((sum > 1e-20 && sum < 1e30) || g.size === 0) return { unit: 1, sum }
  const largest = g.abs().max().item()
  if (largest === 0 || !Number.isFinite(largest)) return { unit: 1, sum: largest }
  const [least, most] = rangeOf(g)
  const unit = Math.min(Math.max(2 ** Math.floor(Math.log2(largest)), least), most)
  return {
    unit,
    sum: g
      .mul(1 / unit)
      .square()
      .sum()
      .item(),
  }
}

/**
 * With n = √Σ g² over all elements of all gradients: g ← g · maxNorm / (n + 10⁻⁶) where n is larger
 * (Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks").
 * Returns n, also where squares would overflow or vanish. When n is NaN every gradient becomes NaN,
 * as in PyTorch: look at n. A gradient that is itself recorded (`createGraph`) is replaced by a
 * clipped one that is not, and its graph stays as it is.
 *
 * Throws a DTypeError unless these are tensors, a ValueError unless maxNorm is a number ≥ 0 and no
 * two gradients share some of their numbers.
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
  const parts = noGrad(() => gradients.map(squares)).filter(({ sum }) => sum !== 0)
  const unit = parts.every(({ sum }) => Number.isFinite(sum))
    ? parts.reduce((most, part) => Math.max(most, part.unit), 0)
    : 1
  if (unit === 0) return 0
  const root = Math.sqrt(
    parts.reduce((total, part) => total + part.sum * (part.unit / unit) ** 2, 0),
  )
  // maxNorm / (norm + 10⁻⁶), times the unit.
  const scaled = maxNorm / (root + 1e-6 / unit)
  const scale = scaled / unit
  if (!(scale >= 1))
    change(parameters, gradients, (g) => {
      const [least, most] = rangeOf(g)
      if (!(scale < least)) return scale_(g, scale)
      // In two steps, because the scale by itself would lose digits.
      const first = Math.min(unit, most)
      scale_(g, 1 / first)
      scale_(g, scaled * (first / unit))
    })
  return unit * root
}

/**
 * g ← min(max(g, −maxValue), maxValue) elementwise. Recorded gradients are replaced, as by
 * clipGradNorm.
 *
 * Throws a DTypeError unless these are tensors, a ValueError unless maxValue is a number ≥ 0 and no
 * two gradients share some of their numbers.
 *
 * ```ts
 * const x = tensor([3, 0.25], { requiresGrad: true })
 * x.square().sum().backward()
 * clipGradValue([x], 1)
 * x.grad // [1, 0.5]
 * ```
 */
export function clipGradValue(parameters: readonly Tensor[], maxValue: number): void {
  change(parameters, gradientsOf('clipGradValue', parameters, 'maxValue', maxValue), (g) =>
    clamp_(g, maxValue),
  )
}
