// Bugs to be planted in src/tensor/core/numbers.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: "    requireForward('ptr', this.call)\n",
        replace: '',
        why: 'an address that a forward kept is read when the numbers may have moved',
      },
      {
        find: "    requireForward('data', this.call)\n",
        replace: '',
        why: 'numbers that a forward kept are written when a graph may have saved them',
      },
      {
        find: 'this.address = tensor.address()',
        replace: 'this.address = tensor.storedAddress()',
        why: 'a transpose is read in the order of its storage',
      },
    ],
  },
]
