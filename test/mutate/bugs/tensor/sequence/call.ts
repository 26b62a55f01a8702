// Bugs to be planted in src/tensor/sequence/call.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'const isStoredAsSaid = transposed === forward',
        replace: 'const isStoredAsSaid = transposed',
        why: 'the backward pass multiplies as the forward pass',
      },
      {
        find: 'Number(isStoredAsSaid !== weight.transposed)',
        replace: 'Number(isStoredAsSaid)',
        why: 'a weight that is a transpose',
      },
      {
        find: '? weight.shape : [weight.shape[1], weight.shape[0]]',
        replace: '? weight.shape : weight.shape',
        why: 'the sizes of a matrix that is not square',
      },
      {
        find: 'weight.storedAddress()',
        replace: 'weight.address()',
        why: 'a transpose is packed in the order of its rows',
      },
    ],
  },
]
