// Bugs in the kernels' elementwise loops, functions, reductions, gates and updates.

import type { Planting } from '../mutants.ts'

const folder = 'src/kernels/assembly'
const further = ['test/kernels', 'test/layers', 'test/optim', 'test/tensor']

export const kernels: readonly Planting[] = [
  {
    area: 'kernels',
    file: `${folder}/pairs.ts`,
    tests: ['test/kernels/elementwise.test.ts'],
    further,
    bugs: [
      { find: 'v128.sub<T>(x, y)', replace: 'v128.sub<T>(y, x)', why: 'operands swapped' },
      {
        find: 'v128.max<T>(x, y)',
        replace: 'v128.pmax<T>(x, y)',
        why: 'maximum loses a NaN on the right',
      },
      {
        find: 'at < 64; at += 16',
        replace: 'at < 32; at += 16',
        why: 'a repeated number fills two vectors of four',
      },
      {
        find: 'bStep: usize = bInner ? 16 : 0',
        replace: 'bStep: usize = 16',
        why: 'a repeated right operand runs on',
      },
      {
        find: 'v128.load(a, 48), v128.load(b, 48)',
        replace: 'v128.load(a, 48), v128.load(b, 32)',
        why: 'the fourth vector from the third’s place',
      },
      {
        find: 'v128.store(out, z, 48)',
        replace: 'v128.store(out, y, 48)',
        why: 'the third vector twice',
      },
      {
        find: 'b += bOuter * sizeof<T>()',
        replace: '',
        why: 'the right operand’s rows do not advance',
      },
    ],
  },
  {
    area: 'kernels',
    file: `${folder}/unary.ts`,
    tests: ['test/kernels/elementwise.test.ts', 'test/kernels/transcendental.test.ts'],
    further,
    bugs: [
      {
        find: 'v128.max<T>(x, zero())',
        replace: 'v128.pmax<T>(zero(), x)',
        why: 'relu of NaN is 0',
      },
      {
        find: 'return v128.bitselect(one, x, v128.gt<T>(v128.abs<T>(x), zero()))',
        replace: 'return one',
        why: 'sign of 0 and of NaN is ±1',
      },
      {
        find: 'v128.store(out, y, 32)',
        replace: 'v128.store(out, x, 32)',
        why: 'the second vector twice',
      },
      {
        find: 'rest >= 4 * lanes<T>(); rest -=',
        replace: 'rest >= 3 * lanes<T>(); rest -=',
        why: 'writes beyond the end',
      },
    ],
  },
  {
    area: 'kernels',
    file: `${folder}/compare.ts`,
    tests: ['test/kernels/elementwise.test.ts'],
    further,
    bugs: [
      { find: 'v128.le<T>(x, y)', replace: 'v128.lt<T>(x, y)', why: '< for ≤' },
      { find: '0x204081', replace: '0x204001', why: 'one of four results is lost' },
      { find: 'mask >> l', replace: 'mask >> (rest - 1 - l)', why: 'the tail back to front' },
      {
        find: 'a += aOuter * sizeof<T>()',
        replace: '',
        why: 'the left operand’s rows do not advance',
      },
    ],
  },
  {
    area: 'kernels',
    file: `${folder}/grads.ts`,
    tests: ['test/kernels/elementwise.test.ts', 'test/kernels/transcendental.test.ts'],
    further,
    bugs: [
      {
        find: 'v128.add<T>(one, y))',
        replace: 'v128.sub<T>(one, y))',
        why: '(1 − y)² for (1 − y)(1 + y)',
      },
      {
        find: 'v128.mul<T>(v128.mul<T>(g, v128.sub<T>(one, y)), v128.add<T>(one, y))',
        replace: 'v128.mul<T>(g, v128.sub<T>(one, v128.mul<T>(y, y)))',
        why: '1 − y² cancels',
      },
      {
        find: 'v128.sub<T>(v128.splat<T>(1), y)',
        replace: 'v128.add<T>(v128.splat<T>(1), y)',
        why: '1 + y for 1 − y',
      },
      {
        find: 'v128.gt<T>(y, zero())',
        replace: 'v128.ge<T>(y, zero())',
        why: 'derivative 1 at the kink',
      },
    ],
  },
  {
    area: 'kernels',
    file: `${folder}/maths.ts`,
    tests: ['test/kernels/transcendental.test.ts'],
    further,
    bugs: [
      { find: '-104, 89, 1.44269504', replace: '-104, 88, 1.44269504', why: 'exp stops at e⁸⁸' },
      { find: '-746, 710', replace: '-700, 710', why: 'exp ends before the denormals' },
      { find: '-2.12194440e-4', replace: '-2.12e-4', why: 'ln 2 with too few digits' },
      { find: '0.4999999701976776', replace: '0.49999', why: 'a coefficient of exp' },
      {
        find: '4.13813679705723846039e-08',
        replace: '4.1e-08',
        why: 'the last coefficient of exp',
        equivalent: 'its share is below 10⁻¹⁷ of the result: no float64 is another',
      },
      {
        find: '0.40000972152',
        replace: '0.4000',
        why: 'a coefficient of log',
        equivalent:
          'it moves log x by at most 4·10⁻⁹ of itself, a tenth of a place of float32: within the 1 ulp that is claimed',
      },
      {
        find: '1.479819860511658591e-01',
        replace: '1.4e-01',
        why: 'the last coefficient of log',
        equivalent: 'its share is below the 4 ulp that are allowed',
      },
      {
        find: 'v128.pmax<T>(v128.pmin<T>(x, ofExp<T>(HIGHEST)), ofExp<T>(LOWEST))',
        replace: 'v128.pmax<T>(ofExp<T>(LOWEST), v128.pmin<T>(ofExp<T>(HIGHEST), x))',
        why: 'exp loses NaN',
      },
      {
        find: 'v128.bitselect(z, common<T>(ONE), v128.lt<T>(x, zero()))',
        replace: 'common<T>(ONE)',
        why: 'σ(−x) for σ(x)',
      },
      {
        find: 'v128.and(x, common<T>(SIGN)))\n}',
        replace: 'v128.and(v128.abs<T>(x), common<T>(SIGN)))\n}',
        why: 'tanh without its sign',
      },
      {
        find: 'const y = v128.add<T>(expm1Reduced<T>(',
        replace: 'const y = v128.add<T>((',
        why: 'e^r − 1 taken for r',
      },
      {
        find: 'common<T>(TWO), c)',
        replace: 'common<T>(ONE), c)',
        why: 'a constant of the float64 exp',
      },
      {
        find: 'k = v128.sub<T>(k, v128.and(denormal, ofLog<T>(LIFTED)))\n',
        replace: '',
        why: 'log of denormals',
      },
      {
        find: 'v128.bitselect(finite, common<T>(INVALID), v128.ge<T>(x, zero()))',
        replace: 'finite',
        why: 'log of negative numbers is a number',
      },
      {
        find: 'v128.bitselect(y, x, v128.lt<T>(x, common<T>(INFINITE)))',
        replace: 'y',
        why: 'log of Infinity',
      },
    ],
  },
  {
    area: 'kernels',
    file: `${folder}/lines.ts`,
    tests: ['test/kernels/reductions.test.ts'],
    further,
    bugs: [
      { find: '<T>-Infinity', replace: '0', why: 'the maximum of negative numbers is 0' },
      { find: 'v128.max<T>(x, y)', replace: 'v128.pmax<T>(x, y)', why: 'the maximum loses NaN' },
      {
        find: 'min(rest / (4 * lanes<T>()), 16)',
        replace: 'rest / (4 * lanes<T>())',
        why: 'a float32 total loses digits with length',
      },
      {
        find: 'v128.add<T>(v128.add<T>(s0, s1), v128.add<T>(s2, s3))',
        replace: 'v128.add<T>(v128.add<T>(s0, s1), s2)',
        why: 'a quarter of the sum is lost',
      },
      {
        find: 'loadNext<T>(a, rest, none)',
        replace: 'loadNext<T>(a, rest, zero())',
        why: 'a tail’s padding takes part in the maximum',
      },
      {
        find: 'op.at(op.at(x, x1), op.at(x2, x3))',
        replace: 'op.at(op.at(x, x1), x2)',
        why: 'a quarter of the numbers is not compared',
      },
      {
        find: 'if (sizeof<T>() == 4) x = op.at(x, v128.shuffle<f32>(x, x, 1, 0, 3, 2))',
        replace: '',
        why: 'two of four lanes are not compared',
      },
      {
        find: 'v128.mul<T>(loadNext<T>(a, rest, zero()), loadNext<T>(b, rest, zero()))',
        replace: 'loadNext<T>(a, rest, zero())',
        why: 'the tail of a dot product is a sum',
      },
    ],
  },
  {
    area: 'kernels',
    file: `${folder}/reduce.ts`,
    tests: ['test/kernels/reductions.test.ts'],
    further,
    bugs: [
      {
        find: 'addTotal<T>(totals + 24 * lanes<T>(), s3)',
        replace: 'addTotal<T>(totals + 16 * lanes<T>(), s3)',
        why: 'two vectors of columns in one total',
      },
      {
        find: 'if (accumulate) x = v128.add<T>(loadNext<T>(to, end - j, zero()), x)',
        replace: '',
        why: 'column sums overwrite',
      },
      {
        find: 'accumulate ? <T>(<f64>load<T>(out) + s) : <T>s',
        replace: '<T>s',
        why: 'row sums overwrite',
      },
      {
        find: 'memory.fill(totals, 0, COLUMNS * 8)',
        replace: 'if (start == 0) memory.fill(totals, 0, COLUMNS * 8)',
        why: 'the totals of the first 512 columns go on',
      },
      {
        find: 'const rows = n - i < 64 ? n - i : 64',
        replace: 'const rows = n < 64 ? n : 64',
        why: 'rows beyond the last are summed',
      },
      { find: '!(x <= best)', replace: 'x > best', why: 'argmax passes over NaN' },
      { find: '!(x <= best)', replace: '!(x < best)', why: 'the last of equals' },
      { find: ' && best == best', replace: '', why: 'the last NaN, not the first' },
      {
        find: 'x = op.at(x, loadNext<T>(p, inner - j, zero()))',
        replace: 'x = op.at(x, loadNext<T>(p, lanes<T>(), zero()))',
        why: 'reads beyond the columns',
        equivalent: 'what is read too much is not stored; the heap’s blocks end behind it',
      },
      {
        find: 'store<i32>(out, at)',
        replace: 'store<i32>(out, at > 0 ? at - 1 : at)',
        why: 'one too early',
      },
    ],
  },
  {
    area: 'kernels',
    file: `${folder}/rows.ts`,
    tests: [
      'test/kernels/reductions.test.ts',
      'test/tensor/ops/registry.test.ts',
      'test/tensor/ops/crossEntropy.test.ts',
      'test/layers/losses.test.ts',
    ],
    further,
    bugs: [
      {
        find: 'v128.sub<T>(x, v128.load(scratch + REDUCED)))',
        replace: 'x)',
        why: 'the largest is not subtracted before exp',
      },
      {
        find: 'v128.splat<T>(<T>-Infinity)',
        replace: 'v128.splat<T>(0)',
        why: 'a tail’s padding weighs e⁰',
      },
      {
        find: 'abs<T>(most) == <T>Infinity ? most : ',
        replace: '',
        why: 'log Σ e of infinities is NaN',
      },
      {
        find: 'most + logSumExpAbove<T>(a, cols)',
        replace: 'logSumExpAbove<T>(a, cols)',
        why: 'the largest is not added back',
      },
      {
        find: 'reduceTo<T>(REDUCED, <T>dotLine<T>(g, y, cols))',
        replace: 'reduceTo<T>(REDUCED, <T>sumLine<T>(g, cols))',
        why: 'softmax’s derivative: Σ g for Σ g·y',
      },
      {
        find: 'v128.mul<T>(maths.exp<T>(y), v128.load(scratch + REDUCED))',
        replace: 'v128.mul<T>(y, v128.load(scratch + REDUCED))',
        why: 'logSoftmax’s derivative: log y for y',
      },
      { find: 'loss = weight * (', replace: 'loss = (', why: 'cross-entropy without its weight' },
      {
        find: 'store<T>(at, scale * (hit - 1))',
        replace: 'store<T>(at, scale * hit)',
        why: 'the target’s −1 forgotten',
      },
      {
        find: 'scale = load<T>(g) * weight',
        replace: 'scale = weight',
        why: 'cross-entropy’s derivative ignores the cotangent',
      },
      {
        find: 'memory.fill(out, 0, cols * sizeof<T>())',
        replace: '',
        why: 'the gradient of a row that does not count is not cleared',
      },
      {
        find: 'if (weight != 0) {\n      const most',
        replace: 'if (weight == weight) {\n      const most',
        why: 'NaN · 0 in a row that does not count',
      },
    ],
  },
  {
    area: 'kernels',
    file: `${folder}/gates.ts`,
    tests: ['test/tensor/ops/sequence.test.ts', 'test/layers/pytorch.test.ts'],
    further,
    bugs: [
      {
        find: 'mapRow<T, Tanh<T>>(g, g, H)',
        replace: 'mapRow<T, Sigmoid<T>>(g, g, H)',
        why: 'σ for tanh',
      },
      {
        find: 'mapRow<T, Sigmoid<T>>(z, z, 2 * H)',
        replace: 'mapRow<T, Sigmoid<T>>(z, z, H)',
        why: 'the forget gate is not squashed',
      },
      {
        find: 'pairRow<T, Mul<T>>(h, o, h, H, 1, 1)',
        replace: 'pairRow<T, Mul<T>>(h, o, cNext, H, 1, 1)',
        why: 'the output’s tanh forgotten',
      },
      {
        find: 'z += 4 * row, c += row',
        replace: 'z += 4 * row',
        why: 'the first sequence’s cell state for all',
      },
      {
        find: 'mapRow<T, Tanh<T>>(dz + 3 * row, cNext, H)',
        replace: 'mapRow<T, Tanh<T>>(dz + 3 * row, c, H)',
        why: 'tanh of the cell state before',
      },
      {
        find: 'gates += 3 * row, cNext += row',
        replace: 'gates += 3 * row',
        why: 'the first sequence’s next cell state for all',
      },
      {
        find: 'v128.mul<T>(v128.mul<T>(d, o), tanhSlope<T>(t, one))',
        replace: 'v128.mul<T>(d, o)',
        why: 'tanh(c)’s slope forgotten',
      },
      {
        find: 'v128.mul<T>(v128.mul<T>(dNext, g), sigmoidSlope<T>(i, one))',
        replace: 'v128.mul<T>(v128.mul<T>(dNext, i), sigmoidSlope<T>(i, one))',
        why: 'i for g',
      },
      {
        find: 'v128.mul<T>(dNext, loadNext<T>(c, rest, zero()))',
        replace: 'v128.mul<T>(dNext, g)',
        why: 'g for c',
      },
      {
        find: 'v128.mul<T>(v128.mul<T>(dNext, i), tanhSlope<T>(g, one))',
        replace: 'v128.mul<T>(v128.mul<T>(dNext, i), sigmoidSlope<T>(g, one))',
        why: 'σ’s slope for tanh’s',
      },
      {
        find: 'v128.mul<T>(v128.mul<T>(d, t), sigmoidSlope<T>(o, one))',
        replace: 'v128.mul<T>(v128.mul<T>(d, t), o)',
        why: 'o’s slope forgotten',
      },
      {
        find: 'storeNext<T>(dc, v128.mul<T>(dNext, f), rest)',
        replace: 'storeNext<T>(dc, dNext, rest)',
        why: 'the cell’s cotangent passes the forget gate',
      },
      {
        find: 'v128.add<T>(loadNext<T>(dc, rest, zero()), ',
        replace: 'v128.add<T>(zero(), ',
        why: 'the cotangent of the next cell state is lost',
      },
    ],
  },
  {
    area: 'kernels',
    file: `${folder}/update.ts`,
    tests: ['test/kernels/elementwise.test.ts', 'test/optim'],
    further,
    bugs: [
      { find: 'if (a == 0) mapRow', replace: 'if (a != a) mapRow', why: '0 · NaN' },
      {
        find: 'load<u8>(condition + i) ? a : b',
        replace: 'load<u8>(condition + i) ? b : a',
        why: 'the other branch',
      },
      {
        find: 'v128.add<T>(v128.div<T>(v128.sqrt<T>(second), scalar(ROOT)), scalar(EPS))',
        replace: 'v128.div<T>(v128.sqrt<T>(v128.add<T>(second, scalar(EPS))), scalar(ROOT))',
        why: 'ε under the root',
      },
      {
        find: 'v128.add<T>(v128.div<T>(v128.sqrt<T>(second), scalar(ROOT)), scalar(EPS))',
        replace: 'v128.div<T>(v128.add<T>(v128.sqrt<T>(second), scalar(EPS)), scalar(ROOT))',
        why: 'ε before the correction',
      },
      {
        find: 'v128.mul<T>(scalar(GAMMA2), v128.mul<T>(d, d))',
        replace: 'v128.mul<T>(scalar(GAMMA2), d)',
        why: 'g for g²',
      },
      {
        find: 'setScalar<T>(GAMMA2, 1 - beta2)',
        replace: 'setScalar<T>(GAMMA2, 1 - beta1)',
        why: 'β₁ for β₂',
      },
      { find: 'v128.mul<T>(scalar(DECAY), q)', replace: 'zero()', why: 'no coupled decay' },
      {
        find: 'v128.mul<T>(loadNext<T>(p, rest, zero()), scalar(SHRINK))',
        replace: 'loadNext<T>(p, rest, zero())',
        why: 'no decoupled decay',
      },
      {
        find: 'if (rest > 0) adamStep<T>(p, g, m, v, rest)',
        replace: '',
        why: 'the tail does not move',
      },
      {
        find: 'storeNext<T>(out, x, rest)',
        replace: 'storeNext<T>(out, x, lanes<T>())',
        why: 'fill writes beyond the end',
      },
    ],
  },
]
