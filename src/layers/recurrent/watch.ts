// Watching: the states after every single step, of all scans that run within a function. Scans that
// are watched run step by step (scan.ts), so that each of these states is a tensor of the tape.

import type { Tensor } from '../../tensor/index.ts'
import type { Module } from '../module/module.ts'

/** One scan, of a layer in one direction. */
export interface WatchedScan {
  readonly layer: Module & { readonly batchFirst: boolean }
  /** The end of its parameters' names: `l0`, `l0_reverse`, `l1`, … */
  readonly suffix: string
  /** Of each state by name: its packed rows after every step. */
  readonly steps: Readonly<Record<string, readonly Tensor[]>>
  /**
   * Packed rows of a state, in the order of the scan → (N, T, size), or (T, N, size): those of the
   * step that was run last at holes, 0 before it and in the padding.
   */
  place(rows: Tensor, name: string): Tensor
}

let scans: WatchedScan[] | null = null

export const isWatched = (): boolean => scans !== null

export function noteScan(scan: WatchedScan): void {
  scans?.push(scan)
}

/** Runs `fn`. Returns its result, and the scans that ran in it, in their order. */
export function watching<T>(fn: () => T): [result: T, scans: readonly WatchedScan[]] {
  const outer = scans
  const own: WatchedScan[] = []
  scans = own
  try {
    return [fn(), own]
  } finally {
    scans = outer
    for (const scan of own) noteScan(scan)
  }
}
