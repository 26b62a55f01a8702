// Connectivity as text: digits, marks for what is no number, the norms by lag, and large matrices.

import { RNN, randn, type Tensor, tensor, zeros } from 'tapegrad'
import { connectivity } from 'tapegrad/testing'
import { expect, it } from 'vitest'

/** h′ = tanh(x + w·h) at x = 0, where the norms are w^(t−s). */
function line(T: number, w: number) {
  const rnn = new RNN(1, 1, { bias: false, dtype: 'float64' })
  const weight = (value: number) => tensor([[value]], { dtype: 'float64' })
  rnn.loadStateDict({ weight_ih_l0: weight(1), weight_hh_l0: weight(w) })
  return connectivity(rnn, zeros([1, T, 1], { dtype: 'float64' }))
}

it('has a digit a cell: the decades below the largest', () => {
  expect(String(line(13, 0.1))).toMatchInlineSnapshot(`
    "‖∂y_t/∂x_s‖ over 13 steps (exact, 14 passes)
    t\\s 0    5    10
      0 0
        10
        210
        3210
        43210
      5 543210
        6543210
        76543210
        876543210
        9876543210
     10 +9876543210
        ++9876543210
        +++9876543210
    a digit: decades below the largest, 1; + is 10 or more, · exactly 0; s > t: exactly 0, left blank

    t − s  0    1     2     5     10     12
    norm   1  0.1  0.01  1e-5  1e-10  1e-12"
  `)
})

it('shows what explodes, from the largest down', () => {
  expect(String(line(4, 100))).toMatchInlineSnapshot(`
    "‖∂y_t/∂x_s‖ over 4 steps (exact, 5 passes)
    t\\s 0
      0 6
        46
        246
        0246
    a digit: decades below the largest, 1e6; + is 10 or more, · exactly 0; s > t: exactly 0, left blank

    t − s  0    1    2    3
    norm   1  100  1e4  1e6"
  `)
})

it('marks exact zeros, NaN and infinity, and leaves s > t alone where there is something', () => {
  const run = (x: Tensor) => x.add(x.sqrt().flip(1)).mul(tensor([[[1], [0], [1]]]))
  expect(String(connectivity(run, tensor([[[1], [4], [0]]])))).toMatchInlineSnapshot(`
    "‖∂y_t/∂x_s‖ over 3 steps (exact, 4 passes)
    t\\s 0
      0 0·∞
        ··?
        0·?
    a digit: decades below the largest, 1; + is 10 or more, · exactly 0

    t − s    0  1    2
    norm   NaN  0  0.5"
  `)
})

it('says that estimates are some', () => {
  const text = String(connectivity(new RNN(2, 9), randn([1, 2, 2]), { probes: 8 }))
  expect(text.split('\n')[0]).toBe('‖∂y_t/∂x_s‖ over 2 steps (estimated, to ±25 %, 17 passes)')
})

it('has a root mean square for several steps where there are many', () => {
  const lines = String(line(130, 0.5)).split('\n')
  const [title, ruler, ...rest] = lines
  expect(title).toBe('‖∂y_t/∂x_s‖ over 130 steps (exact, 131 passes)')
  expect(ruler).toBe('t\\s 0    15   30   45   60   75   90   105  120')
  // 130 steps in cells of 3: the last has one.
  const cells = rest.slice(0, 44)
  expect(cells.map((row) => row.slice(4).length)).toEqual(cells.map((_, k) => k + 1))
  // Of the norms 0.5^(t − s) in a cell; the last one has a 1 alone.
  const digit = (column: number): number => {
    const lags = [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => 3 * (5 - column) + i - j))
    const squares = lags.filter((lag) => lag >= 0).map((lag) => 0.25 ** lag)
    const sum = squares.reduce((a, b) => a + b)
    return Math.round(-Math.log10(Math.sqrt(sum / squares.length)))
  }
  expect(cells[5]).toBe(` 15 ${[0, 1, 2, 3, 4, 5].map(digit).join('')}`)
  expect(rest[44]).toBe(
    'a digit: decades below the largest, 1; + is 10 or more, · exactly 0; s > t: exactly 0, left ' +
      'blank; a cell: the root mean square of 3 × 3 steps',
  )
})

it('of one step is one digit', () => {
  expect(String(line(1, 1))).toMatchInlineSnapshot(`
    "‖∂y_t/∂x_s‖ over 1 step (exact, 2 passes)
    t\\s 0
      0 0
    a digit: decades below the largest, 1; + is 10 or more, · exactly 0

    t − s  0
    norm   1"
  `)
})
