// Bugs to be planted in src/tensor/transforms/fingerprint.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'tape',
    bugs: [
      { find: 'node.rule?.name}', replace: "''}", why: 'another op of the same result is taken' },
      {
        find: 'textOf(attrsOf(node), (t) => saved.has(t.storage))',
        replace: "''",
        why: 'other attributes are taken',
      },
      {
        find: 'input.node === null ? textOf(input)',
        replace: "input.node === null ? ''",
        why: 'other constants are taken',
      },
      {
        find: 'a = step(a, words[i])\n    b',
        replace: 'b',
        why: 'one word in four is not looked at',
      },
    ],
  },
]
