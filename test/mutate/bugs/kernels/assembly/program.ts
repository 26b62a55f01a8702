// Bugs to be planted in src/kernels/assembly/program.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: [
      'test/tensor/programs',
      'test/tensor/transforms/fuse.test.ts',
      'test/tensor/transforms/fuse.cases.test.ts',
    ],
    bugs: [
      { find: '+ row * load<u32>(p, 4)', replace: '', why: 'every row as the first' },
      {
        find: 'min(load<i32>(p, 4) - column, block)',
        replace: 'min(load<i32>(p, 4), block)',
        why: 'a block beyond the end of the row',
      },
      {
        find: 'aStep ? moved : 0',
        replace: 'moved',
        why: 'one number of a row moves with the columns',
      },
      {
        find: 'bStep ? moved : 0',
        replace: 'moved',
        why: "the second operand's one number moves with the columns",
      },
      {
        find: 'cStep ? cMoved : 0',
        replace: '0',
        why: 'a condition is read from the first column on',
      },
      {
        find: '          if (!aStep) copy<T>(out, out, n, 0)\n',
        replace: '',
        why: 'a function of one number of a row fills one column',
      },
      {
        find: 'return load<u8>(c) ? copy<T>(out, a, n, aStep) : copy<T>(out, b, n, bStep)',
        replace: 'return copy<T>(out, a, n, aStep)',
        why: 'a condition for a row is always true',
      },
      {
        find: 'case 27: return store<T>(out, <T>sumLine<T>(a, n))',
        replace: 'case 27: return store<T>(out, <T>sumLine<T>(a, n - 1))',
        why: 'the last number is not added',
      },
      {
        find: 'return own + operand * slotBytes',
        replace: 'return own',
        why: 'all values in one place',
      },
      {
        find: 'for (let row = from; row < to; row++)',
        replace: 'for (let row = 0; row < to; row++)',
        why: 'parts begin at the first row',
      },
      {
        find: 'Sub<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)',
        replace: 'Sub<T>>(out, b, a, 1, n, 0, aStep, 0, bStep)',
        why: 'b − a',
      },
      {
        find: 'case 20: return compare<T, Le<T>>',
        replace: 'case 20: return compare<T, Lt<T>>',
        why: '< for ≤',
      },
      {
        find: ' + shift * load<u32>(p, 8)',
        replace: '',
        why: 'every step at the first rows',
      },
      {
        find: 'load<u32>(p, 8) + moved',
        replace: 'load<u32>(p, 8)',
        why: 'every block of columns as the first',
      },
      {
        find: 'name == WHERE ? <usize>column : moved',
        replace: 'moved',
        why: 'a condition is read in steps of numbers',
      },
      {
        find: 'load<u32>(p, 16), row, shift, bStep',
        replace: 'load<u32>(p, 12), row, shift, bStep',
        why: 'the first operand twice',
      },
    ],
  },
]
