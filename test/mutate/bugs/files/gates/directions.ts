// Bugs to be planted in src/files/gates/directions.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    tests: ['test/files/gates'],
    bugs: [
      {
        find: '[...to].map((gate) => parts[from.indexOf(gate)])',
        replace: '[...from].map((gate) => parts[to.indexOf(gate)])',
        why: 'gates are permuted the other way round',
      },
      {
        find: "found.has('_l0_reverse') ? 2 : 1",
        replace: '1',
        why: 'reverse directions are not found',
      },
      {
        find: 'Math.ceil(found.size / count)',
        replace: '1',
        why: 'layers above the first are lost',
      },
      { find: "k === 1 ? '_reverse' : ''", replace: "''", why: 'the forward direction is lost' },
      {
        find: "(kind !== 'LSTM' && part.startsWith('weight_c'))",
        replace: 'false',
        why: 'peepholes of what has none are taken',
        equivalent: 'only a state dict that no layer of this package gives has them',
      },
      {
        find: 'for (const name of PEEPHOLES) require(name, peepholes[name], [H])',
        replace: '',
        why: 'a peephole that is missing counts as 0',
      },
      {
        find: 't ?? zeros(like.shape, { dtype: like.dtype })',
        replace: 't ?? like',
        why: 'a bias that is missing is the other one',
      },
    ],
  },
]
