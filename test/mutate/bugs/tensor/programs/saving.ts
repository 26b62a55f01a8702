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
        find: 'if (!canRepeat) save(value, -1, 0)\n    return !canRepeat',
        replace: 'return false',
        why: 'what cannot be computed again is not saved',
      },
      {
        find: "['exp', 'log', 'tanh', 'sigmoid'].includes(kernel)",
        replace: '[].includes(kernel as never)',
        why: 'slow functions are computed again',
      },
      {
        find: "for (const { value, operand, from } of results) if ('args' in value) save(value, operand, from)",
        replace:
          "for (const { value, operand } of results) if ('args' in value) save(value, operand, 0)",
        why: 'results are looked for in the first columns',
      },
      {
        find: 'levelOfProduct(one) === 0 && !readBack',
        replace: 'levelOfProduct(one) >= 0 && !readBack',
        why: 'saved in rows of one step',
      },
    ],
  },
]
