// The names that `named` gave to results, each used for one line of a tape alone.

import type { Tensor } from '../../core/tensor.ts'

export class Labels {
  readonly #times = new Map<string, number>()

  /**
   * The name of an op's results, where `named` called all of them so, with a number where it called
   * others so before; else undefined.
   */
  of(results: readonly Tensor[]): string | undefined {
    const { label } = results[0]
    if (label === null || results.some((t) => t.label !== label)) return undefined
    const times = (this.#times.get(label) ?? 0) + 1
    this.#times.set(label, times)
    return times === 1 ? label : `${label}#${times}`
  }
}
