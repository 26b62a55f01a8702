// The mirror's ops that sum up, as methods: over axes, over rows, and the matrix product.

import { apart } from './elementwise.ts'
import { withRecording } from './memory.ts'
import { range, repeats, type Shape, sizeOf } from './places.ts'
import { begin, record } from './tape.ts'
import { Mirror, made } from './tensor.ts'

/** The best share the gradient evenly. */
function best(
  x: Mirror,
  axis: number | undefined,
  better: (a: number, b: number) => boolean,
): Mirror {
  const { numbers } = x
  const kept = axis === undefined ? x.shape.map(() => 1) : x.shape.with(axis, 1)
  const group = repeats(kept, x.shape)
  const best: number[] = []
  for (const [i, n] of numbers.entries()) {
    const to = group[i] as number
    const so = best[to]
    best[to] = so === undefined || better(n, so) ? n : so
  }
  const wins = numbers.map((n, i) => Number(n === best[group[i] as number]))
  const counts = best.map((_, k) => wins.filter((_, i) => group[i] === k).reduce((a, b) => a + b))
  const shares = wins.map((one, i) => one / (counts[group[i] as number] as number))
  const out = made(best, axis === undefined ? [] : x.shape.toSpliced(axis, 1))
  return record([x], out, (g) => [made(shares, x.shape).mul(g.reshape(kept))])
}

export function product(a: Mirror, b: Mirror): Mirror {
  const [K, N] = b.shape as [number, number]
  const [x, y] = [a.numbers, b.numbers]
  const shape = [...a.shape.slice(0, -1), N]
  const dot = (row: number, col: number): number =>
    range(K).reduce((sum, k) => sum + (x[row * K + k] as number) * (y[k * N + col] as number), 0)
  return made(
    range(sizeOf(shape)).map((i) => dot(Math.floor(i / N), i % N)),
    shape,
  )
}

const methods = {
  sum(this: Mirror, axis?: number | Shape, keepDim = false): Mirror {
    const axes = axis === undefined ? range(this.rank) : [axis].flat()
    const kept = this.shape.map((n, k) => (axes.includes(k) ? 1 : n))
    return this.scatter(
      repeats(kept, this.shape),
      keepDim ? kept : this.shape.filter((_, k) => !axes.includes(k)),
    )
  },
  mean(this: Mirror, axis?: number, keepDim = false): Mirror {
    return this.sum(axis, keepDim).div(
      axis === undefined ? this.size : (this.shape[axis] as number),
    )
  },
  max(this: Mirror, axis?: number): Mirror {
    return best(this, axis, (a, b) => apart(a, b) > 0)
  },
  min(this: Mirror, axis?: number): Mirror {
    return best(this, axis, (a, b) => apart(a, b) < 0)
  },
  logSumExp(this: Mirror, axis?: number): Mirror {
    begin<Mirror>(this)
    const total = withRecording(false, () => this.exp().sum(axis).log())
    const kept = axis === undefined ? this.shape.map(() => 1) : this.shape.with(axis, 1)
    return record(
      [this],
      total,
      (g, [x], y) => [g.reshape(kept).mul((x as Mirror).sub(y.reshape(kept)).exp())],
      true,
    )
  },
  softmax(this: Mirror): Mirror {
    const k = this.rank - 1
    const y = withRecording(false, () => this.exp().div(this.exp().sum(k, true)))
    return record([this], y, (g, _, y) => [y.mul(g.sub(g.mul(y).sum(k, true)))])
  },
  logSoftmax(this: Mirror): Mirror {
    const k = this.rank - 1
    const y = withRecording(false, () => this.sub(this.exp().sum(k, true).log()))
    return record([this], y, (g, _, y) => [g.sub(y.exp().mul(g.sum(k, true)))])
  },
  /** As a matrix: all axes but the last as one. */
  rows(this: Mirror): Mirror {
    const cols = this.shape.at(-1) as number
    return this.reshape([this.size / cols, cols])
  },
  /** (…, M, K) · (K, N). */
  matmul(this: Mirror, other: Mirror): Mirror {
    const several = this.rank > 2
    if (several) begin<Mirror>(this)
    const slopes = (g: Mirror, [a, b]: readonly Mirror[]) => [
      g.matmul((b as Mirror).t()),
      (a as Mirror).rows().t().matmul(g.rows()),
    ]
    return record([this, other], product(this, other), slopes, several)
  },
}
export type Reductions = typeof methods

Object.assign(Mirror.prototype, methods)
