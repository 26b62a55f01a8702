// The same numbers in storages of other kinds: what no op may notice.

import { noGrad, type Tensor } from 'tapegrad'
import { evacuate } from '../../../src/kernels/memory/heap.ts'
import { toTensor } from '../../support/cases.ts'
import { weights } from '../../support/numbers.ts'
import { numbersOf } from '../../support/tensors.ts'

/**
 * The same numbers in a storage of another kind: the last two axes the other way round, or in the
 * middle of a larger block.
 */
export const disguises: Record<string, (x: Tensor) => Tensor> = {
  flipped: (x) => (x.rank < 2 ? x : noGrad(() => x.transpose(-1, -2).clone()).transpose(-1, -2)),
  'in the middle of a block': (x) => {
    const block = toTensor(
      {
        shape: [3, ...x.shape],
        values: [...weights(x.size, 1).map(Math.round), ...numbersOf(x), ...weights(x.size, 2)].map(
          (v) =>
            x.dtype === 'bool'
              ? Number(v !== 0)
              : Math.trunc(v) === v || x.dtype !== 'int32'
                ? v
                : 0,
        ),
      },
      x.dtype,
    )
    return block.select(0, 1)
  },
  evacuated: (x) => {
    evacuate()
    return x
  },
}
