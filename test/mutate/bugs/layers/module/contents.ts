// Bugs to be planted in src/layers/module/contents.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'Array.isArray(value) || tagOf',
        replace: 'tagOf',
        why: 'modules in arrays are not found',
      },
      { find: " || tagOf(value) === 'Map'", replace: '', why: 'modules in Maps are not found' },
      { find: " || tagOf(value) === 'Set'", replace: '', why: 'modules in Sets are not found' },
      { find: ' || isOptions(value)', replace: '', why: 'modules in plain objects are not found' },
      {
        find: 'if (within.has(value)) continue',
        replace: 'if (within.has(value) || spans.has(value)) continue',
        why: 'a shared layer has one name in the state',
      },
      {
        find: 'if (nameless !== null) throw',
        replace: 'if (nameless !== null && isModule) throw',
        why: 'a tensor without a name is listed under its Map',
      },
    ],
  },
]
