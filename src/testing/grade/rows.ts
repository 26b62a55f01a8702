// The layout of D2 and of cs231n: an example is a row, x (N, T, D), h (N, T, H), and the gates are
// packed into one matrix, (D, 4H) and (H, 4H), in the order i, f, o, g.
import { cat, type Tensor } from '../../tensor/index.ts'
import { type Layout, type Named, type Nested, numbers, states, tuple } from './layout.ts'
import { type ByGate, GATES, type Weights } from './problem.ts'

const packed = (of: ByGate): Nested =>
  'z' in of
    ? numbers(of.z)
    : numbers(
        cat(
          GATES.lstm.map((k) => of[k]),
          1,
        ),
      )

/** A vector, where the batch is summed. */
function bias(of: ByGate): Nested {
  const rows = packed(of) as readonly (readonly number[])[]
  if (rows.length === 1) return rows[0]
  return rows.every(({ length }) => length === 1) ? rows.flat() : rows
}

const named = ({ x, h, b }: Weights, d: '' | 'd'): Named => ({
  [`${d}Wx`]: packed(x),
  [`${d}Wh`]: packed(h),
  [`${d}b`]: bias(b),
})

const GATES_AND_MEMORY = ['z_i', 'z_f', 'z_o', 'z_g', 'z_t', 'prev_c']

/** The only step. */
const only = (t: Tensor): Nested => numbers(t.select(1, 0))

export const rows: Layout = {
  forward: ({ form, x, h0, c0, weights }) => [
    form.sequence ? numbers(x) : only(x),
    numbers(h0),
    ...(form.cell === 'lstm' && !form.sequence ? [numbers(c0)] : []),
    ...Object.values(named(weights, '')),
  ],
  outputs: ({ form }, steps): Named => {
    if (form.sequence) return { h: numbers(states(steps)) }
    const [{ h, c }] = steps
    return { next_h: numbers(h), ...(form.cell === 'lstm' && { next_c: numbers(c) }) }
  },
  upstream: ({ form, dh, dc }) => {
    if (form.sequence) return [numbers(dh)]
    return [only(dh), ...(form.cell === 'lstm' ? [numbers(dc)] : [])]
  },
  cache: ({ weights }, { x, hPrev, cPrev, h, c, y }) => {
    const shared = { x: numbers(x), prev_h: numbers(hPrev), ...named(weights, '') }
    if ('z' in y)
      return tuple({ ...shared, next_h: numbers(h) }, ['x', 'prev_h', 'Wh', 'Wx', 'b', 'next_h'])
    const [z_i, z_f, z_o, z_g] = GATES.lstm.map((k) => numbers(y[k]))
    const z_t = numbers(c.tanh())
    const cache = { z_i, z_f, z_o, z_g, z_t, prev_c: numbers(cPrev), ...shared }
    return tuple(cache, [...GATES_AND_MEMORY, 'prev_h', 'Wx', 'Wh', 'x'])
  },
  // As D2 has it for an RNN.
  whole: ({ form, x, h0, weights }, _, steps) => {
    if (form.cell === 'lstm') return []
    const [h, first] = [numbers(states(steps)), numbers(h0)]
    const cache = { x: numbers(x), h0: first, h, ...named(weights, '') }
    return [tuple(cache, ['x', 'h0', 'Wh', 'Wx', 'b', 'h'])]
  },
  gradients: ({ cell, sequence }, { x, h, c, weights }) => ({
    dx: sequence ? numbers(x) : only(x),
    [sequence ? 'dh0' : 'dprev_h']: numbers(h),
    ...(cell === 'lstm' && !sequence && { dprev_c: numbers(c) }),
    ...named(weights, 'd'),
  }),
}
