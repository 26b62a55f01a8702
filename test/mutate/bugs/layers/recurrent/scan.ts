// Bugs to be planted in src/layers/recurrent/scan.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'before.h.mul(first) : before.h',
        replace: 'before.h : before.h',
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
        find: '`${names.length} ${hidden !== null} ${shares}`',
        replace: '`${names.length} ${hidden !== null}`',
        why: 'a step with another share',
      },
      {
        find: '`${names.length} ${hidden !== null} ${shares}`',
        replace: '`${names.length} ${shares}`',
        why: 'a step with or without dropout',
      },
      {
        find: 'at + N * width, R, width',
        replace: 'at, R, width',
        why: 'the states before every step',
      },
      {
        find: 'const zoned = isDropped ? rest : [...masks]',
        replace: 'const zoned = [...masks]',
        why: 'the mask of h for that of a state',
      },
    ],
  },
]
