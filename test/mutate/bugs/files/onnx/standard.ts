// Bugs to be planted in src/files/onnx/standard.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'if (textOf(known.plan) === own)',
        replace: 'if (true)',
        why: 'the first node with so many gates is taken',
      },
      {
        find: 'cat(own.sort(([a], [b]) => a - b).map(([, part]) => part)),',
        replace: 'own[0][1],',
        why: 'a weight that is read in parts loses all but one',
      },
      {
        find: "if (node.kind === 'elements') return [node.rule.name, JSON.stringify(node.attrs)]",
        replace: "if (node.kind === 'elements') return []",
        why: 'steps with other functions count as equal',
      },
    ],
  },
]
