// Bugs in the checkers themselves: what makes them pass what is wrong, or reject what is right.

import type { Planting } from '../mutants.ts'

const own = [
  'test/testing/sleep.test.ts',
  'test/testing/smooth.test.ts',
  'test/testing/gradients.test.ts',
]
const area = 'checkers'
// Without against.test.ts: what it expects of shrinking is not done here.
const further = [
  'test/testing/forward.test.ts',
  'test/testing/module.test.ts',
  'test/testing/matchers.test.ts',
  'test/museum',
]

export const checkers: readonly Planting[] = [
  {
    area,
    file: 'src/testing/verdict.ts',
    tests: own,
    further,
    bugs: [
      {
        find: 'apart > tolerance + bound',
        replace: 'apart > tolerance + bound + 1e-8',
        why: 'a tolerance that is absolute',
      },
      {
        find: "? 'holds' : 'undecided'",
        replace: "? 'holds' : 'holds'",
        why: 'what cannot be told holds',
      },
      {
        find: "if (!Number.isFinite(apart)) return 'differs'",
        replace: '',
        why: 'NaN is undecided',
      },
      {
        find: 'return rtol * sizes[k]',
        replace: 'return rtol',
        why: 'a law that is absolute',
      },
    ],
  },
  {
    area,
    file: 'src/testing/gradients/differences.ts',
    tests: own,
    further,
    bugs: [
      {
        find: '(EPSILON * size) / h',
        replace: '(EPSILON * 0 * size) / h',
        why: 'rounding is not counted',
      },
      {
        find: 'small.filter((step) => step < bottom)',
        replace: '[]',
        why: 'no steps as small as the inputs',
      },
      {
        find: 'FINE.map((p) => unit * 2 ** p)',
        replace: '[]',
        why: 'no steps below the usual ones',
      },
      {
        find: 'COARSE.map((p) => unit * 2 ** p)',
        replace: '[]',
        why: 'no steps above the usual ones',
      },
      {
        find: 'bound && bound <= rtol * near',
        replace: 'bound',
        why: 'a derivative of 0 holds wherever rounding hides another',
      },
      {
        find: 'Math.abs(value) <= bound && bound <=',
        replace: 'bound <=',
        why: 'a derivative of 0 is taken for any other',
      },
      {
        find: 'change < Math.abs(analytic) / 2',
        replace: 'change < 0',
        why: 'what cancels is compared to the change of nothing',
      },
      {
        find: 'before(finest) / 4, 1e-6',
        replace: 'before(finest) * 4, 1e-6',
        why: 'kinks are not seen',
      },
      { find: '!(last.length === 4 && grows)', replace: 'true', why: 'jumps are not seen' },
    ],
  },
  {
    area,
    tests: own,
    further,
    file: 'src/testing/gradients/extrapolation.ts',
    bugs: [
      {
        find: 'contradiction(value) - Math.abs(value - slope)',
        replace: '0',
        why: 'what fn is far away counts',
      },
    ],
  },
  {
    area,
    file: 'src/testing/gradients/examine.ts',
    tests: own,
    further,
    bugs: [
      {
        find: 'flat || Math.abs(bend[k]) <= rtol * Math.abs(value)',
        replace: 'true',
        why: 'the first look sees no kink',
      },
      { find: '!rounding && !(most <= atol)', replace: 'false', why: 'what is undecided passes' },
      {
        find: 'if (isWrong() && !rounding) throw',
        replace: 'if (analytic === 1e99) throw',
        why: 'what differs is undecided',
      },
      {
        find: 'slope = doubts.again()',
        replace: '',
        why: 'numbers that cancel on the way are forgotten',
      },
    ],
  },
  {
    area,
    file: 'src/testing/gradients/directions.ts',
    tests: own,
    further,
    bugs: [
      {
        find: 'Math.floor(Math.log2(most / part) / APART)',
        replace: '0',
        why: 'small elements are summed with large ones',
      },
      {
        find: '!(most / least > 2 ** APART)',
        replace: 'true',
        why: 'small outputs are summed with large ones',
      },
      {
        find: 'weights[k] * (value - centre[k])',
        replace: 'weights[k] * value',
        why: 'large values are summed',
      },
      { find: 'return Math.round(v / unit) * unit', replace: 'return v', why: 'x + h is rounded' },
    ],
  },
  {
    area,
    file: 'src/testing/gradients/gradients.ts',
    tests: own,
    further,
    bugs: [
      {
        find: 'if (doubt !== null && !parts) throw doubt',
        replace: '',
        why: 'what no op settles passes',
      },
      {
        find: 'if (comparisons === 0 && !parts)\n        throw',
        replace: 'if (comparisons < 0) throw',
        why: 'nothing compared passes',
      },
      {
        find: 'levelled(drawn, slopes) ?? drawn',
        replace: 'drawn',
        why: 'second derivatives of small outputs are hidden',
      },
      { find: '    atol = 0,', replace: '    atol = 1e-8,', why: 'what is small need not be told' },
    ],
  },
  {
    area,
    file: 'src/testing/gradients/culprit.ts',
    tests: own,
    further,
    bugs: [
      {
        find: ' && isRecorded(point, nodes)',
        replace: '',
        why: 'numbers read off the tape pass where rounding hides them',
      },
      {
        find: 'faultOf(node, 1, checkOp) === null',
        replace: 'node',
        why: 'ops that are not settled settle others',
      },
    ],
  },
  {
    area,
    file: 'src/testing/gradients/forward.ts',
    tests: ['test/testing/sleep.test.ts', 'test/testing/forward.test.ts'],
    further,
    bugs: [
      {
        find: 'levelled(held, Jv) ?? ',
        replace: '',
        why: 'the transpose of a small output is hidden',
      },
      {
        find: 'if (report.comparisons === 0) throw',
        replace: 'if (report.comparisons < 0) throw',
        why: 'nothing compared passes',
      },
    ],
  },
  {
    area,
    file: 'src/testing/verdict.ts',
    tests: ['test/testing/sleep.test.ts'],
    further,
    bugs: [
      {
        find: "judge(a, n, 0, rtol) === 'holds'",
        replace: "judge(a, n, 0, rtol) === 'holds' || Math.abs(a - n) <= rtol",
        why: 'a reference is held to an absolute tolerance',
      },
    ],
  },
  {
    area,
    file: 'src/testing/gradients/against.ts',
    tests: ['test/testing/sleep.test.ts'],
    further,
    bugs: [
      {
        find: 'held < undecided || held + zeros === 0',
        replace: 'false',
        why: 'nothing compared passes',
      },
    ],
  },
  {
    area,
    tests: ['test/testing/sleep.test.ts'],
    further,
    file: 'src/testing/gradients/evaluation.ts',
    bugs: [
      {
        find: 'Object.keys(formulas).length === 0',
        replace: 'false',
        why: 'a reference may name nothing',
      },
    ],
  },
  {
    area,
    file: 'src/testing/modules/examination.ts',
    tests: ['test/testing/sleep.test.ts', 'test/testing/module.test.ts'],
    further,
    bugs: [
      {
        find: 'this.laws.get(name)?.has(law) || this.isExempt(name)',
        replace: 'true',
        why: 'a law that no run could tell is kept',
      },
      {
        find: 'this.moved.has(name) || this.isExempt(name)',
        replace: 'this.moved.has(name)',
        why: 'nothing is exempt',
      },
      {
        find: "law !== 'gradient' || this.moved.has(name)",
        replace: 'law',
        why: 'an exempt parameter is said to receive a gradient',
      },
    ],
  },
  {
    area,
    file: 'src/testing/modules/module.ts',
    tests: ['test/testing/sleep.test.ts'],
    further,
    bugs: [
      {
        find: 'subject.parameters.length === 0',
        replace: 'false',
        why: 'a module without parameters passes',
      },
      { find: '!names.includes(name)', replace: 'false', why: 'exempt may name what is not there' },
    ],
  },
  {
    area,
    file: 'src/testing/modules/batch.ts',
    tests: ['test/testing/sleep.test.ts', 'test/testing/module.test.ts'],
    further,
    bugs: [
      {
        find: 'Math.max(0, ...wanted',
        replace: 'Math.max(1e-4, ...wanted',
        why: 'batches are compared in units of 1',
      },
    ],
  },
  {
    area,
    file: 'src/testing/modules/optimizerLaws.ts',
    tests: ['test/testing/sleep.test.ts', 'test/testing/optimizer.test.ts'],
    further,
    bugs: [
      {
        find: 'Math.max(rtol * moved, ',
        replace: 'Math.max(rtol, ',
        why: 'small steps are compared in units of 1',
      },
    ],
  },
  {
    area,
    file: 'src/testing/report.ts',
    tests: ['test/testing/sleep.test.ts'],
    further,
    bugs: [
      {
        find: 'largest(x.filter(Number.isFinite))',
        replace: 'largest(x)',
        why: 'beside a NaN or an infinity nothing differs',
      },
    ],
  },
  {
    area,
    file: 'src/testing/matchers.ts',
    tests: ['test/testing/sleep.test.ts'],
    further,
    bugs: [{ find: '[1] * size }', replace: '[1] }', why: 'small numbers are all close' }],
  },
]
