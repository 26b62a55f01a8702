// Which kernels computed a checkpoint and which compute now, in words. It chooses none.

import { type KernelsInUse, kernelsInUse } from '../tensor/internal.ts'

/** How kernels other than those then would go on; null where they are the same. */
export function differenceOf(before: KernelsInUse): string | null {
  const now = kernelsInUse()
  const differ = (Object.keys(now) as (keyof KernelsInUse)[]).filter(
    (key) => before[key] !== now[key],
  )
  if (differ.length === 0) return null
  // Wide vectors keep the bits; all else rounds otherwise.
  const effect = differ.every((key) => key === 'wideVectors')
    ? 'these give the same bits'
    : 'the last digits may differ from those of a training that never stopped'
  return `computed by ${worded(before)} until then, by ${worded(now)} now: ${effect}`
}

const worded = ({ products, fused, wideVectors }: KernelsInUse): string =>
  (products === null ? `built-in kernels${fused ? '' : ' without fused products'}` : products) +
  (wideVectors ? ' with wide vectors' : '')
