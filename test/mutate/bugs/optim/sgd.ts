// Bugs to be planted in src/optim/sgd.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'optimisers',
    bugs: [
      {
        find: 'axpby_(b, g, t === 1 ? 0 : μ, gain)',
        replace: 'axpby_(b, g, μ, t === 1 ? 1 : gain * (1 - μ))',
        why: 'momentum as an average',
      },
      { find: 't === 1 ? 1 : 1 - τ', replace: '1 - τ', why: 'dampened at the first step' },
      {
        find: 'axpby_(b, θ, 1, gain * λ)',
        replace: 'axpby_(b, θ, 1, λ)',
        why: 'weight decay is not dampened',
      },
      {
        find: 'if (λ > 0) axpby_(b, θ, 1, gain * λ)',
        replace: '',
        why: 'no weight decay with momentum',
      },
      { find: '1 - γ * λ', replace: '1', why: 'no weight decay without momentum' },
      { find: '1 - γ * λ', replace: '1 - λ', why: 'weight decay without the learning rate' },
      { find: 'nesterov ? -γ * μ : -γ', replace: '-γ', why: 'Nesterov’s step too long' },
      {
        find: 'μ === 0 || nesterov',
        replace: 'μ === 0',
        why: 'Nesterov’s step without the gradient',
      },
      {
        find: 'axpby_(θ, b, 1, nesterov',
        replace: 'axpby_(θ, g, 1, nesterov',
        why: 'the momentum is not used',
      },
      { find: '1 - γ * λ, -γ)', replace: '1 - γ * λ, γ)', why: 'uphill' },
    ],
  },
]
