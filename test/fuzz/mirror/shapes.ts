// The mirror's ops that move numbers, as methods: each reads another list of places.

import { equal, flat, picked, places, range, repeats, type Shape, sizeOf } from './places.ts'
import { begin, record } from './tape.ts'
import { Mirror } from './tensor.ts'

/** x in another shape: the element at `at` is the one at `from(at)` of x. */
const read = (
  x: Mirror,
  shape: Shape,
  from: (at: number[]) => number[],
  always = false,
  several = false,
): Mirror =>
  x.pick(
    places(shape, (at) => flat(x.shape, from(at))),
    shape,
    always,
    several,
  )

const methods = {
  t(this: Mirror): Mirror {
    return this.rank < 2 ? this.alias() : this.transpose(0, 1)
  },
  transpose(this: Mirror, a: number, b: number): Mirror {
    const order = range(this.rank).with(a, b).with(b, a)
    if (a === b) return this.alias()
    if (a + b !== 2 * this.rank - 3) return this.permute(order)
    const shape = picked(this.shape, order)
    const index = places(shape, (at) => flat(this.shape, picked(at, order)))
    return record([this], this.view(picked(this.at, index), shape, !this.flipped), (g) => [
      g.transpose(a, b),
    ])
  },
  permute(this: Mirror, order: Shape): Mirror {
    if (equal(order, range(this.rank))) return this.alias()
    const back = range(this.rank).map((k) => order.indexOf(k))
    return read(this, picked(this.shape, order), (at) => picked(at, back))
  },
  reshape(this: Mirror, wish: Shape): Mirror {
    const shape = wish.map((n) => (n === -1 ? this.size / -sizeOf(wish) : n))
    return equal(shape, this.shape) ? this.alias() : this.pick(range(this.size), shape)
  },
  flatten(this: Mirror): Mirror {
    return this.reshape([this.size])
  },
  unsqueeze(this: Mirror, axis: number): Mirror {
    return this.reshape(this.shape.toSpliced(axis, 0, 1))
  },
  broadcastTo(this: Mirror, shape: Shape): Mirror {
    return equal(shape, this.shape) ? this.alias() : this.pick(repeats(this.shape, shape), shape)
  },
  slice(this: Mirror, axis: number, start: number, end = Number.POSITIVE_INFINITY): Mirror {
    const n = this.shape[axis] as number
    const bound = (at: number): number => Math.min(Math.max(at < 0 ? at + n : at, 0), n)
    const shape = this.shape.with(axis, bound(end) - bound(start))
    return equal(shape, this.shape)
      ? this.alias()
      : read(this, shape, (at) => at.with(axis, bound(start) + (at[axis] as number)))
  },
  select(this: Mirror, axis: number, index: number): Mirror {
    return read(this, this.shape.toSpliced(axis, 1), (at) => at.toSpliced(axis, 0, index))
  },
  chunk(this: Mirror, pieces: number, axis = 0): Mirror[] {
    const step = Math.ceil((this.shape[axis] as number) / pieces)
    return range(pieces).map((i) => this.slice(axis, i * step, (i + 1) * step))
  },
  flip(this: Mirror, axis: number): Mirror {
    return read(this, this.shape, (at) =>
      at.with(axis, (this.shape[axis] as number) - 1 - (at[axis] as number)),
    )
  },
  indexSelect(this: Mirror, axis: number, index: Mirror): Mirror {
    const rows = index.numbers
    const row = (at: number[]): number =>
      rows[flat(index.shape, at.slice(axis, axis + index.rank))] as number
    const shape = this.shape.toSpliced(axis, 1, ...index.shape)
    if (axis > 0) begin<Mirror>(this)
    const out = read(this, shape, (at) => at.toSpliced(axis, index.rank, row(at)), true, axis > 0)
    out.storage.copied = true
    return out
  },

  gather(this: Mirror, axis: number, index: Mirror): Mirror {
    const rows = index.numbers
    const out = read(
      this,
      index.shape,
      (at) => at.with(axis, rows[flat(index.shape, at)] as number),
      true,
      true,
    )
    out.storage.copied = true
    return out
  },
}
export type ShapeOps = typeof methods

Object.assign(Mirror.prototype, methods)
