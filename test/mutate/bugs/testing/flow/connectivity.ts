// Bugs to be planted in src/testing/flow/connectivity.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'const share = isExact ? N : N * K',
        replace: 'const share = isExact ? 1 : N * K',
        why: 'norms of a batch are sums',
      },
      {
        find: 'isExact ? N : N * K',
        replace: 'isExact ? N : N',
        why: 'estimates are not divided by the number of probes',
      },
      {
        find: 'const K = isExact ? O : probes',
        replace: 'const K = isExact ? O - 1 : probes',
        why: 'the last output is left out',
      },
      {
        find: 'isExact ? 0 : 1 / Math.sqrt(2 * K)',
        replace: 'isExact ? 0 : 1 / (2 * K)',
        why: 'the error is understated',
      },
      { find: 'r < 0.5 ? -1 : 1', replace: '1', why: 'directions are not random' },
      {
        find: 'const first = rowOf(n, s) * D',
        replace: 'const first = rowOf(n, T - 1 - s) * D',
        why: 'steps are counted from the end',
      },
      {
        find: 'norms[s] = Math.hypot(norms[s], g[first + d])',
        replace: 'norms[s] += Math.abs(g[first + d])',
        why: 'another norm',
      },
      {
        find: 't < k ? [] : [row[t - k]]',
        replace: 't < k ? [] : [row[k]]',
        why: 'lags are taken for steps',
      },
      {
        find: 's <= t || norm === 0',
        replace: 's <= t || norm < 1',
        why: 'what comes later is passed over in silence',
      },
      {
        find: 'if (N > 1) passes.requireApart(who, generator)',
        replace: '',
        why: 'sequences are mixed',
      },
      {
        find: 'n === own ? u[t * O + o] : 0',
        replace: 'n === own ? u[o] : 0',
        why: 'what is moved between steps is not seen',
      },
      { find: 'if (!isReached)', replace: 'if (false)', why: 'what does not depend on x passes' },
    ],
  },
]
