// Bugs in the kernels of the matrix product, of moving numbers, and of random ones.

import type { Planting } from '../mutants.ts'

const folder = 'src/kernels/assembly'
const further = ['test/kernels', 'test/layers', 'test/tensor']

export const products: readonly Planting[] = [
  {
    area: 'kernels',
    file: `${folder}/matmul.ts`,
    tests: ['test/kernels/matmul.test.ts'],
    further,
    bugs: [
      {
        find: 'add = accumulate != 0 || pc > 0',
        replace: 'add = accumulate != 0',
        why: 'blocks of depth beyond the first overwrite',
      },
      {
        find: 'add = accumulate != 0 || pc > 0',
        replace: 'add = pc > 0',
        why: 'the accumulate flag is ignored',
      },
      {
        find: 'else if (!accumulate) memory.fill',
        replace: 'else memory.fill',
        why: 'a product of depth 0 clears the sum',
      },
      {
        find: 'finish<T>(out + 96, y6, y7, add)',
        replace: 'finish<T>(out + 96, y7, y6, add)',
        why: 'a row’s last columns swapped',
      },
      {
        find: 'let y = add ? loadNext<T>(out, j, zero()) : zero()',
        replace: 'let y = zero()',
        why: 'a row’s tail overwrites',
      },
      {
        find: '<usize>min(2, last) * step',
        replace: '<usize>min(1, last) * step',
        why: 'a row of the transposed operand twice',
      },
      {
        find: 'add ? <f64>load<T>(out) + sum : sum',
        replace: 'sum',
        why: 'dot products overwrite',
      },
      {
        find: 'let at = x, p = k\n',
        replace: 'let at = x, p = k & ~(lanes<T>() - 1)\n',
        why: 'the odd end of a dot product is lost',
      },
      {
        find: 'if (last > 2) put<T>(out + 3 * sizeof<T>(), y3, add)',
        replace: 'put<T>(out + 3 * sizeof<T>(), y3, add)',
        why: 'writes beyond the last column',
      },
      {
        find: 'strip += width * depth * size',
        replace: 'strip += min(width, right - j) * depth * size',
        why: 'packed weights: padding is not counted',
      },
      {
        find: 'if (whole) panel = strip',
        replace: '',
        why: 'packed weights: each block of depth with the first one’s',
      },
      {
        find: 'if (j >= j0 && j < j1)',
        replace: 'if (j + width > j0 && j < j1)',
        why: 'a strip that is cut is added by both parts',
      },
      {
        find: 'depth, add, height - i, right - j)',
        replace: 'depth, add, height - i, width)',
        why: 'a tile writes beyond the columns',
      },
      {
        find: 'depth, add, height - i, right - j)',
        replace: 'depth, add, MR, right - j)',
        why: 'a tile writes beyond the rows',
      },
      {
        find: 'i + 1 < i1 ? line : 0',
        replace: 'line',
        why: 'small products read beyond the last row',
      },
      {
        find: 'step: usize = whole ? row : width * size',
        replace: 'step: usize = row',
        why: 'small products: a packed strip is read as if it lay in its rows',
      },
      {
        find: 'const whole = j + width <= j1, strip',
        replace: 'const whole = true, strip',
        why: 'small products read beyond the last column',
      },
      {
        find: '!transA && !transB && isSmall',
        replace: '!transA && isSmall',
        why: 'small products: a transposed operand is read as it is not stored',
      },
      {
        find: 'return k <= KC && (m <= 8',
        replace: 'return (m <= 8',
        why: 'small products: one block of depth with other bits than several',
      },
      {
        find: 'const aRow = transA ? 1 : k, aCol = transA ? m : 1',
        replace: 'const aRow = transA ? 1 : k, aCol = transA ? k : 1',
        why: 'a transposed left operand with the wrong stride',
      },
      {
        find: 'if (transA) rowTimes<T>(out + i0 * size, b, a + i0 * size, i1 - i0, k, m, add)\n    else ',
        replace: '',
        why: 'a transposed matrix times a vector is read as it is not stored',
      },
      {
        find: 'return columns * k',
        replace: 'return n * k',
        why: 'too little room for packed weights',
      },
      {
        find: 'for (let ic = i0; ic < i1; ic += MC) {\n        const height = min(MC, i1 - ic)',
        replace: 'for (let ic = i0; ic < i1; ic += MC) {\n        const height = min(MC, i1)',
        why: 'the last block of rows too tall',
      },
    ],
  },
  {
    area: 'kernels',
    file: `${folder}/panels.ts`,
    tests: ['test/kernels/matmul.test.ts', 'test/kernels/endOfMemory.test.ts'],
    further,
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
  {
    area: 'kernels',
    file: `${folder}/tiles.ts`,
    tests: ['test/kernels/matmul.test.ts', 'test/kernels/endOfMemory.test.ts'],
    further,
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
  {
    area: 'kernels',
    file: 'src/kernels/trial.ts',
    tests: ['test/kernels/trial.test.ts'],
    further: [],
    bugs: [
      {
        find: 'if (!isProduct(numbers)) return false',
        replace: '',
        why: 'fast and wrong tiles are taken',
      },
      {
        find: 'ofTall < CLEARLY * ofWide',
        replace: 'ofTall < ofWide',
        why: 'hardly faster tiles are taken',
      },
      {
        find: 'time(tall) / (TALL[0] * TALL[1])',
        replace: 'time(tall) / (WIDE[0] * WIDE[1])',
        why: 'times of different work',
      },
      {
        find: 'viewOf(memory, Float32Array, start,',
        replace: 'viewOf(memory, Float32Array, 0,',
        why: 'writes where others’ tables are',
      },
    ],
  },
  {
    area: 'kernels',
    file: `${folder}/vector.ts`,
    tests: [
      'test/kernels/elementwise.test.ts',
      'test/kernels/reductions.test.ts',
      'test/kernels/strided.test.ts',
    ],
    further,
    bugs: [
      {
        find: 'if (count > 2) x = v128.load_lane<T>(p, x, 2, 8)',
        replace: '',
        why: 'the third number of a tail is not read',
      },
      {
        find: 'if (count > 1) v128.store_lane<T>(p, x, 1, 4)',
        replace: '',
        why: 'the second number of a tail is not written',
      },
      {
        find: 'v128.extract_lane<f64>(y, 0) + v128.extract_lane<f64>(y, 1)',
        replace: 'v128.extract_lane<f64>(y, 0)',
        why: 'half of the lanes',
      },
      {
        find: 'v128.store(to + toRow, v128.shuffle<f64>(r0, r1, 1, 3))',
        replace: 'v128.store(to + toRow, v128.shuffle<f64>(r0, r1, 3, 1))',
        why: 'a transposed pair swapped',
      },
      {
        find: 'v128.shuffle<f64>(t1, t3, 0, 2)',
        replace: 'v128.shuffle<f64>(t1, t3, 1, 3)',
        why: 'a transposed row twice',
      },
    ],
  },
  {
    area: 'kernels',
    file: `${folder}/strided.ts`,
    tests: ['test/kernels/strided.test.ts'],
    further,
    bugs: [
      {
        find: 'if (<u32>n * sizeof<T>() >= 512) {',
        replace: 'if (<u32>n * sizeof<T>() >= 512 && n < 0) {',
        why: 'long runs one vector at a time',
        equivalent: 'memory.copy is only faster',
      },
      {
        find: 'copyTransposed<T>(to, from, n2, n3, d2 * size, s3 * size)',
        replace: 'copyTransposed<T>(to, from, n2, n3, d2 * size, n2 * size)',
        why: 'a transposition out of a larger block',
      },
      {
        find: 'height == lanes<T>() && width == lanes<T>()',
        replace: 'height == lanes<T>()',
        why: 'a transposition writes beyond the last columns',
      },
      {
        find: 'store<T>(p, load<T>(p) + load<T>(q))',
        replace: 'store<T>(p, load<T>(q))',
        why: 'adding through strides overwrites',
      },
      {
        find: 'addRun<T>(dst + load<i32>(index + 4 * i) * bytes, src + i * bytes, rowLength)',
        replace: 'memory.copy(dst + load<i32>(index + 4 * i) * bytes, src + i * bytes, bytes)',
        why: 'repeated indices overwrite',
      },
      {
        find: 'store<T>(p, load<T>(p) + load<T>(src))',
        replace: 'store<T>(p, load<T>(src))',
        why: 'repeated elements overwrite',
      },
      {
        find: 'dst += nIn * inner * sizeof<T>()',
        replace: 'dst += nOut * inner * sizeof<T>()',
        why: 'the index’s length for the target’s',
      },
      {
        find: 'a += nIn * inner * sizeof<T>()',
        replace: 'a += nOut * inner * sizeof<T>()',
        why: 'the index’s length for the source’s',
      },
    ],
  },
  {
    area: 'kernels',
    file: `${folder}/random.ts`,
    tests: ['test/kernels/random.test.ts', 'test/tensor/ops/random.test.ts'],
    further,
    bugs: [
      { find: 'round < 10', replace: 'round < 9', why: 'a round too few' },
      { find: '0xbb67ae85', replace: '0xbb67ae84', why: 'a constant of Philox' },
      { find: '<u32>(block >> 32)', replace: '0', why: 'streams repeat after 2³² blocks' },
      { find: 'load<u32>(p) >> 8', replace: 'load<u32>(p) >> 9', why: 'uniform in [0, ½)' },
      {
        find: 'const flipX = (<i32>quarter + 1) & 2',
        replace: 'const flipX = <i32>quarter & 2',
        why: 'normal: a sign',
      },
      {
        find: 'nearest(4 * turn)',
        replace: 'floor(4 * turn)',
        why: 'normal: sine and cosine beyond π/4',
      },
      {
        find: '(<f64>load<u32>(p) + 1) * 2.3283064365386963e-10',
        replace: '<f64>load<u32>(p) * 2.3283064365386963e-10',
        why: 'normal: log 0',
      },
      {
        find: 'low + <i32>(product >> 32)',
        replace: 'low + <i32>(product % (range - 1))',
        why: 'randint never gives the highest',
      },
      {
        find: '<u32>product < surplus',
        replace: 'false',
        why: 'randint: every third number twice as likely',
      },
      {
        find: 'block, t)',
        replace: 'block, t + 1)',
        why: 'randint: the first spare is passed over',
      },
      {
        find: 'load<u32>(again + at)',
        replace: 'load<u32>(again)',
        why: 'randint: the four words of a block share their second try',
      },
      {
        find: 'words() + 16\n',
        replace: 'words()\n',
        why: 'randint: a second try overwrites the words of its block',
      },
    ],
  },
  {
    area: 'kernels',
    file: 'src/kernels/threads/cuts.ts',
    tests: ['test/kernels/cuts.test.ts'],
    further,
    bugs: [
      {
        find: '3, rowBytes, 0, 4)',
        replace: '3, rowBytes, 0, 0)',
        why: 'every thread copies the first rows',
      },
      {
        find: 'byRows ? [...args, from, to, 0, n] : [...args, 0, m, from, to]',
        replace: '[...args, 0, m, from, to]',
        why: 'columns where rows were meant',
      },
    ],
  },
]
