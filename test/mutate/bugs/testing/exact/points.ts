// Bugs to be planted in src/testing/exact/points.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'if (found.length > 0 && sides.oneSided === 0) break',
        replace: 'if (found.length > 0) break',
        why: 'one side of each kink',
      },
      {
        find: 'if (sides.isOfCotangent) {',
        replace: 'if (sides.isOfCotangent && attempt < 0) {',
        why: 'one sign of cotangents at each point',
      },
      {
        find: 'attempt === 0 || reaches.length === 0',
        replace: 'attempt >= 0 || reaches.length === 0',
        why: 'far kinks are not gone for',
      },
      {
        find: '    if (isDifferent(result) && !result.isDoubtful) return result\n',
        replace: '    return { ...result, kind: undefined } as unknown as Compared\n',
        why: 'a difference that no relation explains passes',
      },
      {
        find: 'if (kernels === true && found.length === 0) checkWhole',
        replace: 'if (kernels !== true && found.length < 0) checkWhole',
        why: 'kernels are never looked at',
      },
      {
        find: 'if (isDifferent(total) || total.bound < BOUND) return total',
        replace: 'return total',
        why: 'one point, however high the degree',
      },
    ],
  },
]
