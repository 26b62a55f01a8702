// The oracles where no difference can be taken, at the edges of their formulas, and in the padding.
import { expect, test } from 'vitest'
import { drawing } from './differences.ts'
import { gru } from './gru.ts'
import { lstm } from './lstm.ts'
import { rnn } from './rnn.ts'
import { unroll } from './unroll.ts'

test.each([
  { cellClip: 0.25, dc: 0.5 },
  { cellClip: 0.125, dc: 0 },
])('a c of 0.25 clipped at $cellClip', ({ cellClip, dc }) => {
  const cell = lstm({ cellClip })
  const p = { weight_ih: [[0], [0], [0], [0]], weight_hh: [[0], [0], [0], [0]] }
  for (const sign of [1, -1]) {
    const { state, saved } = cell.forward(p, [1], { h: [0], c: [0.5 * sign] })
    expect(state.c).toEqual([cellClip * sign])
    expect(cell.backward(p, saved, { h: [0], c: [1] }).dState.c).toEqual([dc])
  }
})

test('relu has no slope at 0', () => {
  const p = { weight_ih: [[1]], weight_hh: [[1]] }
  const { saved } = rnn('relu').forward(p, [1], { h: [-1] })
  expect(rnn('relu').backward(p, saved, { h: [1] })).toEqual({
    dx: [0],
    dState: { h: [0] },
    dp: { weight_ih: [[0]], weight_hh: [[-0]] },
  })
})

test.each([false, true])('padding is not read, and gets nothing (reverse: %s)', (reverse) => {
  const draw = drawing(1)
  const p = { weight_ih: draw<number[][]>(3, 2), weight_hh: draw<number[][]>(3, 1) }
  const x = draw<number[][][]>(2, 3, 2)
  const first = { h: draw<number[][]>(2, 1) }
  const dOutputs = { h: draw<number[][][]>(2, 3, 1) }
  const run = (end: number) => {
    const padded = [x[0], [x[1][0], x[1][1].map(() => end), x[1][2].map(() => end)]]
    const { outputs, last, backward } = unroll(gru(), p, padded, first, {
      lengths: [3, 1],
      reverse,
    })
    return { outputs, last, ...backward(dOutputs) }
  }
  const one = run(Number.NaN)
  expect(one).toEqual(run(1))
  expect([one.outputs.h[1].slice(1), one.dx[1].slice(1)]).toEqual([
    [[0], [0]],
    [
      [0, 0],
      [0, 0],
    ],
  ])
  expect(one.last.h[1]).toEqual(one.outputs.h[1][0])
})
