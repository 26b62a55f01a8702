// The layout of D0, D3 and D4: an example is a column, x (n_x, m, T_x), a (n_a, m, T_x), and each
// gate has a matrix of its own on [a; x].
import { cat, type Tensor } from '../../tensor/index.ts'
import { type Layout, type Named, type Nested, numbers, states, tuple } from './layout.ts'
import type { Problem, Weights } from './problem.ts'

const matrix = (t: Tensor): Nested => numbers(t.t())
/** (N, T, D) → (D, N, T). */
const volume = (t: Tensor): Nested => numbers(t.permute([2, 0, 1]))

/** The candidate g is c̃ in the documents, and its weights Wc. */
const letter = (gate: string): string => (gate === 'g' ? 'c' : gate)

/** Weights by the documents' names, which begin with `d` for their gradients. */
function named({ x, h, b }: Weights, d: '' | 'd'): Named {
  if ('z' in b)
    return { [`${d}Wax`]: matrix(x.z), [`${d}Waa`]: matrix(h.z), [`${d}ba`]: matrix(b.z) }
  return Object.fromEntries(
    (['f', 'i', 'g', 'o'] as const).flatMap((k) => [
      [`${d}W${letter(k)}`, matrix(cat([h[k] as Tensor, x[k] as Tensor], 0))],
      [`${d}b${letter(k)}`, matrix(b[k] as Tensor)],
    ]),
  )
}

const parameters = ({ form, weights, readOut }: Problem): Named => ({
  ...named(weights, ''),
  [form.cell === 'rnn' ? 'Wya' : 'Wy']: matrix(readOut.W),
  by: matrix(readOut.b),
})

/** The only step. */
const only = (t: Tensor): Nested => matrix(t.select(1, 0))

export const columns: Layout = {
  forward: (problem) => {
    const { form, x, h0, c0 } = problem
    if (form.sequence) return [volume(x), matrix(h0), parameters(problem)]
    const memory = form.cell === 'lstm' ? [matrix(c0)] : []
    return [only(x), matrix(h0), ...memory, parameters(problem)]
  },
  outputs: ({ form }, steps): Named => {
    const first = steps[0]
    if (form.sequence) return { a: volume(states(steps)) }
    return {
      a_next: matrix(first.h),
      ...(form.cell === 'lstm' && { c_next: matrix(first.c) }),
    }
  },
  upstream: ({ form, dh, dc }) => {
    if (form.sequence) return [volume(dh)]
    return [only(dh), ...(form.cell === 'lstm' ? [matrix(dc)] : [])]
  },
  cache: (problem, { x, hPrev, cPrev, h, c, y }) => {
    const shared = { xt: matrix(x), parameters: parameters(problem) }
    const [a_next, a_prev] = [matrix(h), matrix(hPrev)]
    if ('z' in y) return tuple({ a_next, a_prev, ...shared })
    const [ft, it, cct, ot] = [y.f, y.i, y.g, y.o].map(matrix)
    const [c_next, c_prev] = [matrix(c), matrix(cPrev)]
    return tuple({ a_next, c_next, a_prev, c_prev, ft, it, cct, ot, ...shared })
  },
  // As D0 and D4 have it: (list of caches, x).
  whole: ({ x }, caches) => [[caches, volume(x)]],
  gradients: ({ cell, sequence }, { x, h, c, weights }) => ({
    ...(sequence ? { dx: volume(x), da0: matrix(h) } : { dxt: only(x), da_prev: matrix(h) }),
    ...(cell === 'lstm' && !sequence && { dc_prev: matrix(c) }),
    ...named(weights, 'd'),
  }),
}
