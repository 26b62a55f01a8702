// What programs use besides the package: the same numbers for a layer on both sides, and memory
// that fails when asked to. It checks nothing.

import { MemoryError, type Module, type Tensor, tensor, unary, zeros } from 'tapegrad'
import { evacuate as moveOut } from '../../src/kernels/memory/heap.ts'

/** Uneven numbers between −1 and 1, multiples of 1/32. */
export const grid =
  (seed: number): ((i: number) => number) =>
  (i) =>
    (((((i + 1) * 37 + seed * 101) % 61) - 30.5) * 2) / 64

/** Overwrites a layer's parameters by the grid. */
export function fill<L extends Module>(layer: L, numbers: (i: number) => number): L {
  let i = 0
  for (const p of layer.parameters()) {
    p.assign_(
      tensor(
        Float64Array.from({ length: p.size }, () => numbers(i++)),
        { shape: p.shape },
      ),
    )
  }
  return layer
}

/** Moves all numbers out of the kernels' memory. */
export const evacuate = (): void => void moveOut()

/**
 * Asks for more than there is, while the memory cannot grow and the n-th array for what is moved
 * out cannot be had. Returns what the error was called.
 */
export function starve(n: number): string {
  const { slice } = Uint8Array.prototype
  const { grow } = WebAssembly.Memory.prototype
  const fails = (): never => {
    throw new RangeError('Array buffer allocation failed')
  }
  let calls = 0
  Uint8Array.prototype.slice = function (start, end) {
    return ++calls === n ? fails() : slice.call(this, start, end)
  }
  WebAssembly.Memory.prototype.grow = fails
  try {
    zeros([2 ** 26])
    return 'no error'
  } catch (error) {
    return error instanceof MemoryError ? 'MemoryError' : String(error)
  } finally {
    Uint8Array.prototype.slice = slice
    WebAssembly.Memory.prototype.grow = grow
  }
}

/** An op of a user's own. */
export const cube: (x: Tensor) => Tensor = unary('cube', {
  f: (x) => x ** 3,
  vjp: (g, _, x) => g.mul(x.square()).mul(3),
})

/** tanh x, by way of enough numbers to be shared out over several threads. */
export const heavy = (x: Tensor): Tensor =>
  x
    .unsqueeze(0)
    .broadcastTo([2048, ...x.shape])
    .tanh()
    .mean(0)
