// Bugs to be planted in src/testing/flow/picture.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'Math.max(least, high * 10 ** -SPAN)',
        replace: 'least',
        why: 'the scale has no end',
      },
      {
        find: '(Math.log10(x) - from) / (to - from)',
        replace: '(x - low) / (high - low)',
        why: 'a linear scale is called logarithmic',
      },
      {
        find: 'isCut: least < low',
        replace: 'isCut: false',
        why: 'the legend hides what is smaller than its end',
      },
      {
        find: 'scaleOf(panels.flatMap(({ cells }) => cells.flat()))',
        replace: 'scaleOf(panels[0].cells.flat())',
        why: 'the scale is that of the first panel',
      },
      {
        find: '`${x0 + s * size} ${TOP + t * size}`',
        replace: '`${x0 + t * size} ${TOP + s * size}`',
        why: 'rows are columns',
      },
    ],
  },
]
