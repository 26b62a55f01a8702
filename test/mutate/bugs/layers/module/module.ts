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
      {
        find: 'if (strict) for (const name of unexpectedKeys)',
        replace: 'for (const name of [] as string[])',
        why: 'entries that no tensor takes are passed over in silence',
      },
      {
        find: 'strict ? [`${name}: missing`] : []',
        replace: '[]',
        why: 'a tensor that a state dict lacks stays as it is in silence',
      },
      {
        find: '(given.get(name) as Tensor).detach().clone()',
        replace: 'given.get(name) as Tensor',
        why: 'a state dict that holds the module’s own tensors, exchanged, is lost',
      },
    ],
  },
]
