// Bugs to be planted in src/kernels/assembly/panels.ts.

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
        find: 'for (let w = lines; w < width; w++) store<T>(to + w * sizeof<T>(), 0)',
        replace: '',
        why: 'panels are not padded',
        equivalent: 'what stands in the padding only reaches places of a tile that are not copied',
      },
      {
        find: 'j < i ? whole : 0, depth',
        replace: 'j < i ? whole : depth, depth',
        why: 'odd last rows are not packed',
      },
      { find: 'depth & (line == 1 ? ~1 : ~3)', replace: 'depth', why: 'packs beyond the depth' },
      {
        find: 'v128.store(to + stripBytes, v128.shuffle<f64>(x, y, 1, 3))',
        replace: 'v128.store(to + stripBytes, v128.shuffle<f64>(x, y, 0, 2))',
        why: 'packing: one pair of lines twice',
      },
      {
        find: 'v128.shuffle<f32>(x, y, 2, 6, 3, 7), 16)',
        replace: 'v128.shuffle<f32>(x, y, 2, 6, 3, 7), 0)',
        why: 'packing: half of the depth is lost',
      },
      {
        find: 'whole = depth & ~(lanes<T>() - 1)',
        replace: 'whole = depth',
        why: 'packs beyond the depth, in strips',
      },
      {
        find: '  packPart<T>(dst, src, width, lines, whole, depth',
        replace: '  packPart<T>(dst, src, width, lines, depth, depth',
        why: 'the odd end of the depth is not packed',
      },
      {
        find: 'lines == width && line == 1',
        replace: 'line == 1',
        why: 'packing reads beyond the last line',
      },
      {
        find: 'to != end; to += 32',
        replace: 'to < end; to += 32',
        why: 'nothing is packed that ends where addresses do',
      },
      {
        find: '} else if (lines == width) {',
        replace: '} else {',
        why: 'packing reads beyond the last line, transposed',
      },
      {
        find: 'min(width, count - j), depth, line,',
        replace: 'width, depth, line,',
        why: 'the last strip of columns is taken to be whole',
      },
    ],
  },
]
