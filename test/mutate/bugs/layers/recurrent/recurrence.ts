// Bugs to be planted in src/layers/recurrent/recurrence.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'others[names.length] ?? null',
        replace: 'null',
        why: 'the definition without a bias',
      },
      {
        find: 'before.h.matmul(transposed)',
        replace: 'before.h.detach().matmul(transposed)',
        why: 'BPTT cut to one step',
      },
      {
        find: 'before.h.matmul(transposed)',
        replace: 'before.h.matmul(weight_hh)',
        why: 'the weight not transposed',
      },
      {
        find: '(name) => firstRows(state[name], n)',
        replace: '(_, k) => firstRows(others[k], n)',
        why: 'every step starts from the first state',
      },
      { find: 'last.unshift(', replace: 'last.push(', why: 'last states in the wrong order' },
      {
        find: 'sizes[t + 1] ?? 0',
        replace: 'sizes[t + 1] ?? n',
        why: 'the longest sequences have no last state',
      },
      { find: '1 / Math.sqrt(H)', replace: '1 / Math.sqrt(D)', why: 'drawn from the wrong range' },
      {
        find: 'bias_hh: bias ? draw(gates * H) : null',
        replace: 'bias_hh: bias ? draw(gates * H).mul(1) : null',
        why: 'a parameter that is no leaf',
      },
    ],
  },
]
