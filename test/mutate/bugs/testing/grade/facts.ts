// Bugs to be planted in src/testing/grade/facts.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'if (right[last]) return []',
        replace: 'if (!right[last]) return []',
        why: 'clipped gradients are not named',
      },
      {
        find: 'most === next',
        replace: 'most >= next',
        why: 'every largest number is called a bound',
      },
      {
        find: 'return areRight(isOne) ? [single] : []',
        replace: 'return [single]',
        why: 'a function that is wrong for one example is called right there',
      },
      {
        find: 'const wrong = names.filter((name) => !isAlways(name, name))',
        replace: 'const wrong = names.filter((name) => isAlways(name, name))',
        why: 'gradients in each other’s place are not seen',
      },
    ],
  },
]
