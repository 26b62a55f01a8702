// Training steps of the built package, on 1 and 2 threads, with and without the system's BLAS, in
// processes of their own.

import { CELLS } from './cells.ts'
import { type Contender, middle, type Pace, race } from './contender.ts'
import type { Row } from './measure.ts'
import { SIZES, type Size, type Sizes } from './model.ts'
import { writeWorkload } from './workload.ts'

export type Kernels = 'built-in' | 'system BLAS'

/** This package, run by the Node of this process. */
export function ours(runner: string, kernels: Kernels, threads: number): Contender {
  const blas = kernels === 'system BLAS'
  return {
    name: `tapegrad, ${kernels}`,
    command: process.execPath,
    args: blas ? [runner, 'blas'] : [runner],
    threads,
    install: blas ? 'apt-get install libopenblas0-pthread' : undefined,
  }
}

export const threadCount = (threads: number): string =>
  threads === 1 ? '1 thread' : `${threads} threads`

/**
 * The memory that an LSTM step needs, in MiB: parameters, gradients, Adam's moments; of all time
 * steps input, gates, h, c, logits and log-probabilities.
 */
export function necessaryMemory({ V, D, H, N, T }: Sizes): number {
  const parameters = V * D + 4 * H * (D + H + 2) + V * (H + 1)
  const activations = N * T * (D + 4 * H + H + H + V + V)
  return (4 * (4 * parameters + activations)) / 2 ** 20
}

export async function stepRows(
  folder: string,
  runner: string,
  pace: Pace,
  report: (rows: Row[]) => void,
): Promise<void> {
  const all = [1, 2].flatMap((threads) =>
    (['built-in', 'system BLAS'] as const).map((kernels) => ours(runner, kernels, threads)),
  )
  const refused = new Set<Contender>()
  for (const cell of CELLS) {
    for (const size of Object.keys(SIZES) as Size[]) {
      const contenders = all.filter((contender) => !refused.has(contender))
      const timings = await race(
        contenders,
        writeWorkload(folder, cell, size),
        pace,
        (contender, reason) => {
          refused.add(contender)
          console.log(`${contender.name}, ${threadCount(contender.threads)}: left out: ${reason}`)
        },
      )
      report(
        timings.map(({ contender, rounds }) => ({
          what:
            `${cell} step ${size}, ${threadCount(contender.threads)}, ` +
            `${contender.name.slice('tapegrad, '.length)}`,
          value: middle(rounds),
          unit: 'ms',
        })),
      )
      if (cell === 'LSTM' && (size === 'S' || size === 'L'))
        report(memoryRows(size, timings[0]?.peak))
    }
  }
}

/** Memory of the process with built-in kernels on one thread. */
function memoryRows(size: Size, peak: number | null | undefined): Row[] {
  if (!peak) return []
  return [
    { what: `peak resident memory, LSTM step ${size}`, value: peak, unit: 'MiB' },
    { what: 'of which a step must hold', value: necessaryMemory(SIZES[size]), unit: 'MiB' },
  ]
}
