// Bugs to be planted in src/tensor/programs/program.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: 'const isOwn = width === this.#width && repeated.length === 0',
        replace: 'const isOwn = width === this.#width',
        why: 'one number of a row is read as a row where rows are as wide as the example',
      },
      {
        find: "action === 'where' ? [1, 2, 0] : [0, 1, 2]",
        replace: '[0, 1, 2]',
        why: 'the condition for a number',
      },
      {
        find: '(bStep << 9)',
        replace: '(bStep << 8)',
        why: 'the second operand repeats with the first',
      },
      {
        find: '(cStep << 10)',
        replace: '(1 << 10)',
        why: 'a condition for a row is read beyond it',
      },
      {
        find: 'width: one.width === this.#width ? width : one.width,',
        replace: 'width: one.width,',
        why: 'a row of other columns is computed in part',
      },
      {
        find: 'one.repeats[i] || (arg',
        replace: '(arg',
        why: 'constants no longer repeat in rows of other widths',
      },
      {
        find: 'this.#slots * slotBytes > SCRATCH',
        replace: 'this.#slots < 0',
        why: 'scratch beyond that of a thread',
      },
      {
        find: 'Math.min(width, BLOCK, fitting)',
        replace: 'Math.min(width, BLOCK)',
        why: 'hundreds of values beyond the scratch',
      },
      {
        find: "instructions.every(({ action }) => action !== 'rowSum')",
        replace: 'true',
        why: 'a sum of a part of the row',
      },
      {
        find: 'widths.every((width) => width === this.#width)',
        replace: 'true',
        why: 'rows of other widths run in blocks',
      },
      {
        find: 'Object.is(one, number)',
        replace: 'one === number',
        why: 'NaN and −0 among the constants',
      },
      {
        find: 'outputs.map(({ operand }) => operand))]',
        replace: 'outputs.slice(0, 1).map(({ operand }) => operand))]',
        why: "a lost thread's numbers of all outputs but the first are not given up",
      },
      {
        find: 'one.operand === operand && one.from === from',
        replace: 'one.operand === operand',
        why: 'the first columns that are read for all',
      },
    ],
  },
]
