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
        why: 'first states of sequences with steps, too, as the last ones',
        equivalent: 'their last states are written over them',
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
        why: 'equal rows of x, which programs read as well',
        equivalent: 'the cotangent of x is then that of every row, and shared work is lost',
      },
      {
        find: 'add: isOnto || bias !== 0 ? 1 : 0',
        replace: 'add: isOnto ? 1 : 0',
        why: 'a product overwrites its bias',
      },
      {
        find: 'statePlaces.after[k].at + firstEnded',
        replace: 'statePlaces.before[k].at + firstEnded',
        why: 'the states before the last steps',
      },
      {
        find: 'const separate = distinct(inputs)',
        replace: 'const separate = inputs',
        why: 'one tensor in two places of a recorded pass',
      },
      {
        find: 'first?.level === 0 && first.transposed',
        replace: 'first?.level === 0',
        why: 'equal rows of x: x·W as x·Wᵀ',
      },
      {
        find: '(bias === null || bias !== first.bias)',
        replace: 'true',
        why: 'equal rows of x: the bias of two products',
      },
      {
        find: '&& operands.dVectors.size === 0',
        replace: '',
        why: 'equal rows of x: a bias that is a vector as well',
      },
      {
        find: 'if (y.node === null) return needsGrad.map(() => null)\n',
        replace: '',
        why: 'a recorded pass fails where nothing depends on x',
      },
    ],
  },
]
