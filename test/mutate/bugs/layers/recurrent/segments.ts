// Bugs to be planted in src/layers/recurrent/segments.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'n * T + t : t * N + n',
        replace: 't * N + n : n * T + t',
        why: 'batch and time swapped',
      },
      {
        find: 'let t = 1; t < length; t++) if (isReset',
        replace: 'let t = 1; t <= length; t++) if (isReset',
        why: 'a reset in the padding ends in an empty segment',
      },
      {
        find: 'let t = 1; t < length; t++) if (isReset',
        replace: 'let t = 0; t < length; t++) if (isReset',
        why: 'a reset at step 0 cuts off an empty segment',
      },
      {
        find: 'k > 0 || (length > 0 && isReset(n, 0))',
        replace: 'k > 0',
        why: 'a reset at step 0 does not set aside the given state',
      },
      {
        find: 'k > 0 || (length > 0 && isReset(n, 0))',
        replace: 'k > 0 || isReset(n, 0)',
        why: 'a reset in the padding sets aside the given state',
      },
      {
        find: 'k > 0 || (length > 0 && isReset(n, 0))',
        replace: 'length > 0 && isReset(n, 0)',
        why: 'every segment begins from the given state',
      },
      {
        find: 'k < starts.length - 1 ? N : n',
        replace: 'n',
        why: 'in reverse every segment begins from the given state',
      },
      {
        find: 'k < starts.length - 1 ? N : n',
        replace: 'isFresh ? N : n',
        why: 'in reverse the given state belongs to the first segment',
      },
      {
        find: 'starts[k + 1] ?? length',
        replace: 'starts[k + 1] ?? T',
        why: 'padding is run',
      },
      {
        find: 'if (isRun(n, t)) times',
        replace: 'if (isRun(n, t - start)) times',
        why: 'the mask is read from the beginning of each segment',
      },
      {
        find: 'rows < total',
        replace: 'mask !== undefined && rows + 1 < total',
        why: 'a single hole is taken for padding',
      },
      {
        find: 'length < 0 || length > T',
        replace: 'length < 1 || length > T',
        why: 'a length of 0 is refused',
      },
      {
        find: 'batchFirst ? [N, T] : [T, N]',
        replace: '[N, T]',
        why: 'masks with the time axis in front are refused',
      },
      { find: "'bool')", replace: "'bool', 'float32')", why: 'numbers are taken for flags' },
    ],
  },
]
