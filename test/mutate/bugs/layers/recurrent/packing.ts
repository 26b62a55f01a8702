// Bugs to be planted in src/layers/recurrent/packing.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'lengths[b] - lengths[a]',
        replace: 'lengths[a] - lengths[b]',
        why: 'the shortest first',
      },
      {
        find: 'starts[lengths[n] - 1 - t] + k',
        replace: 'starts[t] + k',
        why: 'ragged sequences are not reversed',
      },
      { find: 'return R - size', replace: 'return R', why: 'steps begin one late' },
      { find: '.flip(0)', replace: '.flip(1)', why: 'reverses the batch' },
      {
        find: 't < length; t++) sizes',
        replace: 't <= length; t++) sizes',
        why: 'one step of padding counts',
      },
      {
        find: 'n * T + t : t * N + n',
        replace: 't * N + n : n * T + t',
        why: 'batch and time swapped',
      },
      {
        find: 'unsort: (state) => state.indexSelect(1, rankOf)',
        replace: 'unsort: (state) => state.indexSelect(1, sorted)',
        why: 'sorted once more, not back',
      },
      { find: 'rank[n] = k', replace: 'rank[k] = n', why: 'the inverse order' },
      {
        find: 'batchFirst ? x.permute([1, 0, 2]) : x',
        replace: 'x',
        why: 'time and batch are not exchanged',
      },
    ],
  },
]
