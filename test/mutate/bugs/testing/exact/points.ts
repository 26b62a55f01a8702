// Bugs to be planted in src/testing/exact/points.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'if (sides.count < Math.min(line + 1, 2) && sides.oneSided === 0) break',
        replace: 'break',
        why: 'no line through kinks',
      },
      {
        find: 'if (sides.isOfCotangent) {',
        replace: 'if (sides.isOfCotangent && attempt < 0) {',
        why: 'one sign of cotangents at each point',
      },
      {
        find: 'scale = reaches.length === 0 ? 1',
        replace: 'scale = reaches.length >= 0 ? 1',
        why: 'far kinks of cotangents are not gone for',
      },
      {
        find: '1 + Math.min(MOST_LINES, ',
        replace: '1 + Math.min(0, ',
        why: 'inputs change their signs together',
      },
      {
        find: 'else if (!next.isDoubtful) return next',
        replace: 'else return { ...first, kind: undefined } as unknown as Compared',
        why: 'a difference that no relation explains passes',
      },
      {
        find: 'if (!next.hasRoots) return next',
        replace: 'return next',
        why: 'roots of the other sign pass, where it is chosen by chance',
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
