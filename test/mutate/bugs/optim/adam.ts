// Bugs to be planted in src/optim/adam.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'optimisers',
    bugs: [
      {
        find: 'beta1: betas[0], beta2: betas[1]',
        replace: 'beta1: betas[1], beta2: betas[0]',
        why: 'β₁ and β₂ swapped',
      },
      {
        find: 'weightDecay, decoupled, t }',
        replace: 'weightDecay, decoupled: false, t }',
        why: 'AdamW’s decay passes through m and v',
      },
      { find: 'weightDecay: 0.01', replace: 'weightDecay: 0', why: 'AdamW without its decay' },
      {
        find: 'adamStep_(θ, g, m, v,',
        replace: 'adamStep_(θ, g, v, m,',
        why: 'the moments swapped',
      },
      { find: 'eps: 1e-8', replace: 'eps: 1e-6', why: 'another ε' },
    ],
  },
]
