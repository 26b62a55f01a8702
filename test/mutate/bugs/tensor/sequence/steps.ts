// Bugs to be planted in src/tensor/sequence/steps.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'if (found?.places) outside',
        replace: 'if (found?.places && found === null) outside',
        why: 'weights of the first call',
      },
      {
        find: 'if (!after.every((t, k) => isSame(t, now.after[k]))) return null\n',
        replace: '',
        why: 'a step that gives other states now',
      },
      { find: 'call.rule === other.rule &&', replace: '', why: 'a step with other ops now' },
      {
        find: 'sameData(call.attrs, other.attrs) &&',
        replace: '',
        why: 'a step with other attributes now',
      },
      {
        find: 'if (textOfPlan(plan) !== textOfPlan(other))',
        replace: 'if (plan === other)',
        why: 'a step that depends on its numbers',
      },
      {
        find: 'for (const t of first) key += ` ${t.shape[1]}`\n',
        replace: '',
        why: 'states of another size',
      },
    ],
  },
]
