// Bugs to be planted in src/testing/grade/mistakes/activations.ts.

import type { Table } from '../../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    tests: ['test/testing/grade/mistakes.test.ts'],
    bugs: [
      {
        find: '(y, z, k) => (k === gate ? ones(y) : right.sigmoidSlope(y, z, k))',
        replace: '(y, z, k) => (k !== gate ? ones(y) : right.sigmoidSlope(y, z, k))',
        why: 'the gate that has its derivative is called the one without',
      },
    ],
  },
]
