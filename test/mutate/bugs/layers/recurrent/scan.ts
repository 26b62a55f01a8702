// Bugs to be planted in src/layers/recurrent/scan.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'isDropped ? before.h.mul(masks[0]) : before.h',
        replace: 'before.h',
        why: 'h is not dropped',
      },
      {
        find: 'mul(mask).add(after[name].mul(mask.neg().add(1)))',
        replace: 'mul(mask.neg().add(1)).add(after[name].mul(mask))',
        why: 'zoneout holds the others',
      },
      {
        find: 'before[name].mul(share).add(after[name].mul(1 - share))',
        replace: 'before[name].mul(1 - share).add(after[name].mul(share))',
        why: 'in evaluation the other share stays',
      },
      {
        find: "typeof share === 'number' ? share : 'mask'))",
        replace: "typeof share === 'number' ? 0 : 'mask'))",
        why: 'a step with another share',
      },
      {
        find: 'at + M * width, R, width',
        replace: 'at, R, width',
        why: 'the states before every step',
      },
      {
        find: 'isDropped ? masks.slice(1) : [...masks]',
        replace: '[...masks]',
        why: 'the mask of h for that of a state',
      },
    ],
  },
]
