// Bugs in the values at the edge of the tape: what callers hand in and may change, whole numbers, data of other realms, and what leaves.

import type { Planting } from '../mutants.ts'

const callers = ['test/tensor/callers.test.ts']
const whole = ['test/tensor/ops/int32.test.ts']
const further = ['test/tensor']

export const values: readonly Planting[] = [
  {
    area: 'tape',
    file: 'src/tensor/ops/join.ts',
    tests: callers,
    further,
    bugs: [
      {
        find: 'const tensors = [...given]',
        replace: 'const tensors = given',
        why: 'the caller’s list is the tape’s',
      },
    ],
  },
  {
    area: 'tape',
    file: 'src/tensor/ops/shape.ts',
    tests: callers,
    further,
    bugs: [
      {
        find: 'unknown < 0 ? [...wish]',
        replace: 'unknown < 0 ? wish',
        why: 'the caller’s shape is the result’s: reshape',
      },
      {
        find: '{ shape: [...shape], offset: 0',
        replace: '{ shape, offset: 0',
        why: 'the caller’s shape is the result’s: broadcastTo',
      },
    ],
  },
  {
    area: 'tape',
    file: 'src/tensor/define/define.ts',
    tests: callers,
    further,
    bugs: [
      {
        find: 'call(deepCopy(inputs), ',
        replace: 'call(inputs, ',
        why: 'the caller’s list of inputs is the tape’s',
      },
      {
        find: 'deepCopy(attrs))',
        replace: 'attrs)',
        why: 'the caller’s attributes are the tape’s',
      },
    ],
  },
  {
    area: 'tape',
    file: 'src/tensor/core/deepCopy.ts',
    tests: callers,
    further,
    bugs: [
      { find: "'slice' in part ?", replace: 'part === null ?', why: 'typed arrays are not copied' },
      {
        find: 'to[name] = copyOf((from as Record<string, unknown>)[name])',
        replace: 'to[name] = (from as Record<string, unknown>)[name]',
        why: 'only the outermost array is copied',
      },
      {
        find: 'if (!Array.isArray(part) && !isOptions(part)) return part',
        replace: '',
        why: 'tensors are taken to pieces',
      },
    ],
  },
  {
    area: 'tape',
    file: 'src/tensor/define/op.ts',
    tests: callers,
    further,
    bugs: [
      {
        find: 'op.shape === undefined ? shape : [...shape]',
        replace: 'shape',
        why: 'an op’s shape is whatever its definition hands out',
      },
    ],
  },
  {
    area: 'tape',
    tests: callers,
    further,
    file: 'src/tensor/define/elementwise.ts',
    bugs: [
      {
        find: 'const attrs = deepCopy(given)',
        replace: 'const attrs = given',
        why: 'unary keeps the caller’s attributes',
      },
    ],
  },
  {
    area: 'optimisers',
    file: 'src/optim/optimizer.ts',
    tests: callers,
    further: ['test/optim'],
    bugs: [
      {
        find: 'deepCopy(requireOptions(',
        replace: '(requireOptions(',
        why: 'the caller’s betas are the optimiser’s',
      },
    ],
  },
  {
    area: 'derivatives',
    file: 'src/tensor/ops/arithmetic.ts',
    tests: whole,
    further,
    bugs: [
      {
        find: 'fInt32: Math.imul,\n  ',
        replace: '',
        why: 'products of whole numbers through doubles',
      },
    ],
  },
  {
    area: 'derivatives',
    file: 'src/tensor/ops/elementwise.ts',
    tests: whole,
    further,
    bugs: [
      {
        find: 'fInt32: (x) => Math.imul(x, x),\n  ',
        replace: '',
        why: 'squares of whole numbers through doubles',
      },
    ],
  },
  {
    area: 'derivatives',
    file: 'src/tensor/ops/reduce.ts',
    tests: whole,
    further,
    bugs: [
      {
        find: 'if ((total | 0) !== total)\n    throw',
        replace: 'if (total !== total) throw',
        why: 'a sum of whole numbers wraps around',
      },
      {
        find: 'high += from[at] >> 16',
        replace: 'high += from[at] >>> 16',
        why: 'negative numbers are summed as large ones',
      },
      {
        find: '[high, low] = [0, 0]',
        replace: '[high, low] = [0, 0.5]',
        why: 'a sum of whole numbers is off',
      },
      {
        find: 'Math.floor(i / inner) * n * inner + (i % inner), n, inner)',
        replace: 'Math.floor(i / inner) * n * inner + (i % inner), n, 1)',
        why: 'whole numbers: neighbours for a column',
      },
    ],
  },
  {
    area: 'derivatives',
    file: 'src/tensor/ops/convert.ts',
    tests: whole,
    further,
    bugs: [
      {
        find: "if (dtype === 'int32') requireWithin(x.data)",
        replace: '',
        why: 'NaN becomes 0 unseen',
      },
      {
        find: 'x > -(2 ** 31) - 1 && x < 2 ** 31',
        replace: 'x >= -(2 ** 31) && x <= 2 ** 31',
        why: '2³¹ for an int32',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/core/lifetime.ts',
    tests: ['test/tensor/realms.test.ts'],
    further,
    bugs: [
      {
        find: "['Map', 'Set'].includes(tagOf(part))",
        replace: 'part instanceof Map || part instanceof Set',
        why: 'results in a map of another realm are recycled',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/kernels/memory/heap.ts',
    tests: ['test/tensor/core/language.serialising.test.ts'],
    further,
    bugs: [],
  },
  {
    area: 'memory',
    tests: ['test/tensor/core/language.serialising.test.ts'],
    further,
    file: 'src/kernels/memory/storage.ts',
    bugs: [
      {
        find: 'Object.assign([], {',
        replace: 'Object.assign([], null && {',
        why: 'a clone has lost its numbers',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/core/require.ts',
    tests: ['test/refusals/messages/gradient.test.ts'],
    further,
    bugs: [
      {
        find: "if (typeof result === 'function') return 'a function: call it inside'",
        replace: '',
        why: 'work in a returned function escapes its scope',
      },
      {
        find: "return iterates ? 'an iterator: run through it inside' : null",
        replace: 'return null',
        why: 'a generator’s work escapes its scope',
      },
      {
        find: 'Symbol.iterator in result || ',
        replace: '',
        why: 'a generator’s work escapes its scope',
      },
      {
        find: 'Symbol.asyncIterator in result || ',
        replace: '',
        why: 'an asynchronous generator’s work escapes its scope',
      },
    ],
  },
  {
    area: 'derivatives',
    file: 'src/tensor/ops/creation.ts',
    tests: ['test/tensor/ops/creation.test.ts', 'test/tensor/realms.test.ts'],
    further,
    bugs: [
      {
        find: 'while (n > 0 && atEnd(from + (n - 1) * step)) n--',
        replace: '',
        why: 'arange has its end',
      },
      {
        find: 'held === x ? to : rounded(to, dtype)',
        replace: 'to',
        why: 'arange has what float32 rounds to its end',
      },
      {
        find: 'held === x ? to : rounded(to, dtype)',
        replace: 'rounded(to, dtype)',
        why: 'arange leaves out an exact number below its end',
      },
      {
        find: '2 * i < steps ? start',
        replace: 'i < steps ? start',
        why: 'linspace goes beyond its end',
      },
      {
        find: "if (kind === 'Int32Array') return 'int32'",
        replace: "if (data instanceof Int32Array) return 'int32'",
        why: 'whole numbers of another realm become float32',
      },
    ],
  },
]
