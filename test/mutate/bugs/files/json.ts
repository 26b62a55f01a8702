// Bugs to be planted in src/files/json.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'if (map.has(key)) refuse(`${JSON.stringify(key)} once, got it again`)\n',
        replace: '',
        why: 'of two tensors of one name the first is lost',
      },
      {
        find: "if (!WHOLE.test(word) || word === '-0')",
        replace: 'if (!WHOLE.test(word))',
        why: '−0 is a size',
      },
      {
        find: ' || LONE_SURROGATE.test(value)',
        replace: '',
        why: 'a name may hold a lone surrogate',
      },
      {
        find: 'if (level > DEEPEST)',
        replace: 'if (false)',
        why: 'lists are nested until the stack overflows',
      },
    ],
  },
]
