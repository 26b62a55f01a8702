// Bugs to be planted in src/tensor/sequence/sequence.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'if (!recording) return backward(g, call)',
        replace: 'if (g !== null) return backward(g, call)',
        why: 'a recorded pass through programs: no second derivative',
      },
      {
        find: 'gradOutputs: g, createGraph: true',
        replace: 'gradOutputs: g.detach(), createGraph: true',
        why: 'second derivative by the cotangent lost',
      },
      {
        find: 'multiply(to.at, from.at, n, add)',
        replace: 'multiply(to.at, from.at, n, 0)',
        why: 'the product with x forgotten',
      },
      {
        find: 'const skipped = (sizes[0] ?? 0) * rowBytes[k]',
        replace: 'const skipped = 0',
        why: 'lengths of 0: the last state is not the first',
      },
      {
        find: 'const firstEnded = (n - ended) * rowBytes[k]',
        replace: 'const firstEnded = 0',
        why: 'ragged: last states from the first rows',
      },
      {
        find: 'else freeWithGraph(out, kept)',
        replace: 'else for (const t of kept) discard(t.storage)',
        why: 'saved for backward is freed before the backward pass',
      },
      {
        find: 'biases[base] = noGrad(() => biases[base]?.add(bias)) ?? bias',
        replace: 'biases[base] = bias',
        why: 'one of two biases is forgotten',
      },
      {
        find: 'level > 0 && weight !== first.weight',
        replace: 'weight !== first.weight',
        why: 'equal rows of x: other products with x are shared, too',
      },
      {
        find: 'isAlone && !readsX',
        replace: 'isAlone',
        why: 'equal rows of x: what programs give to x is lost',
      },
    ],
  },
]
