// Bugs to be planted in src/tensor/programs/saving.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: "const isPassing = (value: Value): boolean => value.kind === 'part' && levelOfProduct(value) > 0",
        replace: 'const isPassing = (_value: Value): boolean => false',
        why: 'products of one step alone are read in the backward pass',
      },
      {
        find: 'part.width === value.width &&',
        replace: 'part.width > 0 &&',
        why: 'saved in columns of another width',
      },
      {
        find: '&& behind.findLastIndex((own) => own.has(part)) <= level',
        replace: '',
        why: 'saved over columns that are still to be read',
      },
      {
        find: 'levelOfProduct(one) === 0 && !readBack.has(one)',
        replace: 'levelOfProduct(one) === 0',
        why: 'saved over columns that the backward pass reads',
      },
      {
        find: '    lost.add(part)\n',
        replace: '',
        why: 'computed again from columns that are overwritten',
      },
      {
        find: '    if (isSaved) save(value, -1, 0)\n    return isSaved',
        replace: '    return false',
        why: 'what cannot be computed again is not saved',
      },
      {
        find: 'const isSaved = !canRepeat || isSummed(value)',
        replace: 'const isSaved = !canRepeat',
        why: 'sums of rows are computed again',
      },
      {
        find: "value.kind === 'rowSum' || (value.width === 1 && argsOf(value).some(isSummed))",
        replace: "value.kind === 'rowSum' || argsOf(value).some(isSummed)",
        why: 'rows that a sum is in are saved as well',
      },
      {
        find: "value.kind === 'rowSum' || (value.width === 1 && argsOf(value).some(isSummed))",
        replace: "value.kind === 'rowSum'",
        why: 'numbers that took a sum are computed again',
        equivalent: 'the sums are saved, and the numbers are computed from them: only slower',
      },
      {
        find: 'const isWished = (value: Value): boolean => isSlow(value) || isSummed(value)',
        replace: 'const isWished = isSlow',
        why: 'sums of rows are computed again if there is no other need',
      },
      {
        find: 'new Set(wished.filter((one) => one !== value))',
        replace: 'new Set(wished)',
        why: 'columns that a value is computed from are not known as its own',
        equivalent: 'another one takes columns that nobody reads: more is copied',
      },
      {
        find: 'unread.find((one) => fits(one) && isOwn(value, one)) ??',
        replace: 'unread.find((one) => isOwn(value, one)) ??',
        why: 'saved over columns of another width, or that are still to be read',
      },
      {
        find: "['exp', 'log', 'tanh', 'sigmoid'].includes(kernel)",
        replace: '[].includes(kernel as never)',
        why: 'slow functions are computed again',
      },
      {
        find: 'isPassing(value)) save(value, operand, from)',
        replace: 'isPassing(value)) save(value, operand, 0)',
        why: 'results are looked for in the first columns',
      },
      {
        find: "'args' in value || isPassing(value)",
        replace: "'args' in value",
        why: 'a product that is multiplied is read from rows that nobody wrote',
      },
      {
        find: 'levelOfProduct(one) === 0 && !readBack',
        replace: 'levelOfProduct(one) >= 0 && !readBack',
        why: 'saved in rows of one step',
      },
    ],
  },
]
