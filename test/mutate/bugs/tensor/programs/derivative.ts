// Bugs to be planted in src/tensor/programs/derivative.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: '      const between = evaluated.filter(({ out }) => !starts.has(out))\n',
        replace: '      const between = evaluated.filter(() => false)\n',
        why: 'choices taken for constants of the example',
      },
      {
        find: 'return number === 0 || number === undefined ? null : values.constant(number)',
        replace: 'return null',
        why: 'a constant derivative is taken for none',
      },
      {
        find: 'every((x) => Object.is(x, first))',
        replace: 'some((x) => Object.is(x, first))',
        why: 'other numbers taken for one',
      },
      {
        find: 'if (own !== undefined) return own[0].value',
        replace:
          'if (own !== undefined) return own[own.length - 1] === own[0] ? cotangents[0] : null',
        why: 'the cotangent handed on as it is',
      },
      {
        find: 'gradOutputs: gs.filter((_, i) => depends[i]),',
        replace: 'gradOutputs: gs.slice(0, depends.filter(Boolean).length),',
        why: 'cotangents of other outputs',
      },
      {
        find: 'example([EXAMPLE_ROWS, value.width], kind, value.id)',
        replace: 'example([EXAMPLE_ROWS, value.width], kind, 0)',
        why: 'equal numbers in examples of different parts',
      },
    ],
  },
]
