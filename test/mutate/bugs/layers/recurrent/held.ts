// Bugs to be planted in src/layers/recurrent/held.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'const isDropped = training && recurrentDropout > 0',
        replace: 'const isDropped = recurrentDropout > 0',
        why: 'a product with ones in evaluation',
        equivalent: 'h times 1 is h',
      },
      {
        find: 'dropout(ones([M, sizes.h], { dtype }), recurrentDropout, generator)',
        replace: 'dropout(ones([1, sizes.h], { dtype }), recurrentDropout, generator)',
        why: 'all sequences drop the same elements of h',
      },
      {
        find: 'dropout(ones([M, sizes.h], { dtype }), recurrentDropout, generator)',
        replace: 'dropout(ones([M, sizes.h], { dtype }), regularisation.weightDrop, generator)',
        why: 'h is dropped with the probability of the weights',
      },
      {
        find: 'if (!training || p === 0) return p',
        replace: 'if (!training) return 0',
        why: 'evaluation without its share of the old state',
      },
      {
        find: 'if (!training || p === 0) return p',
        replace: 'if (p === 0) return p',
        why: 'holds states back at random in evaluation',
      },
      {
        find: 'if (!training || p === 0) return p',
        replace: 'return p',
        why: 'shares in the place of chance in training',
      },
      {
        find: '.lt(p).to(dtype)',
        replace: '.lt(1 - p).to(dtype)',
        why: 'holds back the share that should go on',
      },
      {
        find: 'const p = zoneout[k]',
        replace: 'const p = zoneout[0]',
        why: 'the zoneout of h for all states',
      },
      {
        find: '{ dtype, generator }).lt(p)',
        replace: '{ dtype }).lt(p)',
        why: 'what is held back is not drawn from the generator given',
      },
      {
        find: 'rand([R, sizes[name]]',
        replace: 'rand([1, sizes[name]]',
        why: 'the same elements are held back at every step',
      },
      {
        find: 'recurrentDropout, generator) : null',
        replace: 'recurrentDropout) : null',
        why: 'elements of h are not drawn from the generator given',
      },
    ],
  },
]
