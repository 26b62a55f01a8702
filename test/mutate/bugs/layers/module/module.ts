// Bugs to be planted in src/layers/module/module.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'if (value instanceof Module) value.training = training',
        replace: '',
        why: 'children stay in training',
      },
      {
        find: ' && !seen.has(p) && seen.add(p)',
        replace: '',
        why: 'a shared parameter is listed twice',
      },
      { find: 'p.requiresGrad && ', replace: '', why: 'frozen tensors are listed as parameters' },
      {
        find: '[name, t.detach().clone()]',
        replace: '[name, t.detach()]',
        why: 'a state dict changes with training',
      },
    ],
  },
]
