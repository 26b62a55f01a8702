// What a recurrent layer drops and holds back in one scan; scan.ts applies it.
import { type DType, type Generator, ones, rand } from '../../tensor/index.ts'
import { dropout } from '../dropout.ts'
import type { Regularisation } from './options.ts'
import { type Held, NOTHING } from './scan.ts'

/** A layer's states, and how it draws. */
interface Drawing {
  readonly names: readonly string[]
  readonly sizes: Readonly<Record<string, number>>
  readonly training: boolean
  readonly generator: Generator | undefined
  readonly regularisation: Regularisation
}

/** Draws for a scan of R rows of M sequences. */
export function heldBack(
  { names, sizes, training, generator, regularisation }: Drawing,
  R: number,
  M: number,
  dtype: DType,
): Held {
  const { recurrentDropout, zoneout } = regularisation
  const isDropped = training && recurrentDropout > 0
  if (!isDropped && zoneout.every((p) => p === 0)) return NOTHING
  return {
    hidden: isDropped ? dropout(ones([M, sizes.h], { dtype }), recurrentDropout, generator) : null,
    zoneout: names.map((name, k) => {
      const p = zoneout[k]
      if (!training || p === 0) return p
      return rand([R, sizes[name]], { dtype, generator }).lt(p).to(dtype)
    }),
  }
}
