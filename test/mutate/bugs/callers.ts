// Bugs in what callers run into: a state carried on, options in the first place, what a scope hands back, and tensors in expect().

import type { Planting } from '../mutants.ts'

export const callers: readonly Planting[] = [
  {
    area: 'layers',
    file: 'src/layers/recurrent/state.ts',
    tests: ['test/layers/recurrent/recurrence.test.ts'],
    further: ['test/layers'],
    bugs: [
      {
        find: '(t as Tensor).detach()])',
        replace: '(t as Tensor)])',
        why: 'a state that is carried on stays on the tape',
      },
      {
        find: 'if (state === undefined) return state\n',
        replace: '',
        why: 'there is no state before the first stretch',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/recurrent/recurrent.ts',
    tests: ['test/layers/recurrent/recurrence.test.ts'],
    further: ['test/layers'],
    bugs: [
      {
        find: '[undefined, second as SequenceOptions]',
        replace: '[undefined, {}]',
        why: 'lengths in the place of a state are passed over',
      },
      {
        find: 'third === undefined && ',
        replace: '',
        why: 'options beside options are passed over',
      },
    ],
  },
  {
    area: 'tape',
    file: 'src/tensor/transforms/gradient.ts',
    tests: ['test/tensor/transforms/gradient.test.ts'],
    further: ['test/tensor'],
    bugs: [
      {
        find: '[null, first as BackwardOptions]',
        replace: '[null, {}]',
        why: 'options in the first place are passed over',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/core/lifetime.ts',
    tests: ['test/tensor/core/lifetime.test.ts', 'test/tensor/transforms/gradient.test.ts'],
    further: ['test/tensor'],
    bugs: [
      {
        find: 'if (Array.isArray(part)) return part',
        replace: 'if (Array.isArray(part)) return part.slice(0, 1e5)',
        why: 'what stands far behind in a list is recycled',
      },
      {
        find: "if (['Map', 'Set'].includes(tagOf(part)))",
        replace: "if (tagOf(part) === 'Map')",
        why: 'what is returned in a Set is recycled',
      },
      {
        find: '  } catch {\n    return undefined\n  }',
        replace: '  } finally {\n  }',
        why: 'a getter that throws is the scope’s error',
      },
    ],
  },
  {
    area: 'memory',
    tests: ['test/tensor/core/lifetime.test.ts', 'test/tensor/transforms/gradient.test.ts'],
    further: ['test/tensor'],
    file: 'src/tensor/core/scopes.ts',
    bugs: [
      {
        find: 'inner.made.length === 0 ? []',
        replace: 'inner.made.length > 0 ? []',
        why: 'what a scope returns is recycled',
      },
    ],
  },
  {
    area: 'tape',
    file: 'src/testing/matchers.ts',
    tests: ['test/testing/matchers.test.ts'],
    further: ['test/testing'],
    bugs: [
      {
        find: 'firstChanged(a.toTypedArray(), b.toTypedArray()) < 0',
        replace: 'firstChanged(a.toTypedArray(), b.toTypedArray()) < 9',
        why: 'tensors of one shape are equal',
      },
      { find: ' ||\n    a.dtype !== b.dtype', replace: '', why: 'tensors of two dtypes are equal' },
      {
        find: 'atol + rtol * Math.abs(b)',
        replace: 'atol + rtol * Math.abs(a - b) + 1',
        why: 'numbers a whole one apart are close',
      },
    ],
  },
  {
    area: 'tape',
    file: 'src/testing/verdict.ts',
    tests: ['test/testing/matchers.test.ts'],
    further: ['test/testing'],
    bugs: [{ find: 'Number.isFinite(n) && ', replace: '', why: 'everything is close to infinity' }],
  },
]
