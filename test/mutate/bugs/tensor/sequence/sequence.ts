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
        find: 'products[i].isOnto || bias !== 0 ? 1 : 0',
        replace: 'bias !== 0 ? 1 : 0',
        why: 'the product with x forgotten',
      },
      {
        find: 'const skipped = (sizes[0] ?? 0) * rowBytes[k]',
        replace: 'const skipped = 0',
        why: 'first states of sequences with steps, too, as the last ones',
        equivalent: 'their last states are written over them',
      },
      {
        find: 'places.stateAfter(k, at) + staying * rowBytes[k]',
        replace: 'places.stateAfter(k, at)',
        why: 'ragged: last states from the first rows',
      },
      {
        find: 'else freeWithGraph(out, kept)',
        replace: 'else for (const t of kept) discard(t.storage)',
        why: 'saved for backward is freed before the backward pass',
      },
      {
        find: 'repeatRow(bytes as 4 | 8, z, bias, n, products[i].width)',
        replace: 'repeatRow(bytes as 4 | 8, z, bias, 1, products[i].width)',
        why: 'a bias in the first row alone',
      },
      {
        find: '  if (b !== null) repeatRow(BYTES[dtype] as 4 | 8, rows.address(), b, R, width)\n',
        replace: '',
        why: 'the bias next to a product of x without transpose is what lay there',
      },
      {
        find: 'multiplyInto(rows, x, weight, b === null ? 0 : 1)',
        replace: 'multiplyInto(rows, x, weight, 0)',
        why: 'the bias next to a product of x without transpose is lost',
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
        find: 'products[i].isOnto || bias !== 0 ? 1 : 0',
        replace: 'products[i].isOnto ? 1 : 0',
        why: 'a product overwrites its bias',
      },
      {
        find: 'places.stateAfter(k, at) + staying',
        replace: 'places.stateBefore(k, at) + staying',
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
      {
        find: 'if (places.moveBefore(offsetBefore(sizes, t, N))) places.tell(codes)',
        replace: 'places.moveBefore(offsetBefore(sizes, t, N))',
        why: 'ragged: programs are not told that the states before a step lie elsewhere',
      },
      {
        find: '    if (places.moveBefore(offsetBefore(sizes, t, N))) places.tell(codes)\n',
        replace: '',
        why: 'ragged: the states before a step from the rows of equal steps',
      },
      {
        find: '  places.setStates(states, origins, N)\n',
        replace: '  if (places.stateAfter(0, 0) === 0) places.setStates(states, origins, N)\n',
        why: 'a second call writes the states of the first',
      },
      {
        find: '  places.setSources(x, masks, outside, saved, passing)\n',
        replace:
          '  if (places.rows[0].at === 0) places.setSources(x, masks, outside, saved, passing)\n',
        why: 'a second call reads the x of the first',
      },
      {
        find: 'addressOf(from, at), n, products',
        replace: 'from.at, n, products',
        why: 'the first state is multiplied at every step',
      },
      {
        find: 'const z = addressOf(to, at)',
        replace: 'const z = to.at',
        why: 'the products of every step in the rows of the first',
      },
    ],
  },
]
