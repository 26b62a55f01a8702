// Bugs to be planted in src/kernels/assembly/tiles.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: [
      'test/kernels/assembly/matmul.test.ts',
      'test/kernels/assembly/matmul.endOfMemory.test.ts',
    ],
    bugs: [
      {
        find: 'v128.relaxed_madd<T>(a, b, c)',
        replace: 'v128.relaxed_madd<T>(a, c, b)',
        why: 'fused: the sum multiplied, a factor added',
      },
      {
        find: 'finish<T>(c + 32, c02, c03, add)\n  finish<T>(c + step, c10, c11, add)',
        replace: 'finish<T>(c + 32, c02, c03, add)\n  finish<T>(c + step, c00, c01, add)',
        why: 'the first row’s columns twice',
      },
      {
        find: 'if (end == 19) break\n    z = v128.load(b, 80)',
        replace: 'if (end == 19) break\n    z = v128.load(b, 64)',
        why: 'a vector of the panel twice',
      },
      {
        find: 'if (end == 7) break',
        replace: 'if (end == 4) break',
        why: 'an exit that is taken where an operand ends where addresses do',
      },
      {
        find: 'c + step + 64, c14, c15, add',
        replace: 'c + step + 64, c04, c05, add',
        why: 'wide tiles: the first row’s last columns twice',
      },
      {
        find: 'addTo<T>(f, c30, c31, c32, c33)',
        replace: 'addTo<T>(f, c20, c21, c22, c23)',
        why: 'tall tiles: the third row twice',
      },
      {
        find: 'if (!add) for (let i = 0, row = c;',
        replace: 'if (add) for (let i = 0, row = c;',
        why: 'tall tiles: cleared when they should be added to',
      },
      {
        find: 'add ? v128.add<T>(loadNext<T>(p, cols - j, zero()), x) : x, cols - j)',
        replace: 'x, cols - j)',
        why: 'edges overwrite',
      },
      {
        find: 'x = v128.load(edge + i * row + j * sizeof<T>())',
        replace: 'x = v128.load(edge + i * row)',
        why: 'edges repeat their first columns',
      },
      {
        find: 'b, bStep, depth, false)',
        replace: 'b, bStep, depth, true)',
        why: 'edges add to what the last one left',
      },
    ],
  },
]
