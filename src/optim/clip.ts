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
 * Writes these gradients in place. One that is recorded, or was copied from others, is replaced by
 * a copy that is not: what is behind it, and what was made of it, stay as they are.
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
 * Gradients that show the same numbers, once: they are written once. Throws a ValueError for those
 * that share only some.
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

/** The smallest float with all its digits, and the largest power of two. */
const RANGE = { float32: [2 ** -126, 2 ** 127], float64: [2 ** -1022, 2 ** 1023] } as const
const rangeOf = (g: Tensor): readonly [least: number, most: number] =>
  RANGE[g.dtype === 'float32' ? 'float32' : 'float64']

/**
 * Σ g² as unit²·sum, the unit a power of two: so that squares neither overflow nor vanish, and the
 * digits are those of Σ g² where they do not.
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
 * Returns n, right for gradients of any size, those whose squares are no floats among them. A norm
 * that is NaN makes every gradient NaN, as in PyTorch: look at it. A gradient that is itself
 * recorded (`createGraph`) is replaced by a clipped one that is not, and its graph stays as it is.
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
      // In two steps, where the scale by itself would lose digits.
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
