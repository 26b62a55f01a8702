// Bugs to be planted in src/tensor/ops/sequence.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'repeats.rowOf.address() + 4 * at',
        replace: 'repeats.rowOf.address()',
        why: 'looked up: the kinds of the first rows for all parts',
      },
      {
        find: 'i === 0 && isObserved(repeats.picked)',
        replace: 'false',
        why: 'looked up: who asks for the cotangent of a row sees that of its kind',
      },
      {
        find: 'needsGrad[0] && dx === null',
        replace: 'false',
        why: 'looked up: the table gets nothing',
      },
      {
        find: '        addToDh(dy + after, n)\n',
        replace: '',
        why: 'the outputs’ cotangents are lost',
      },
      {
        find: 'copyBytes(dhs, dy + (N + total) * row, N * row)',
        replace: 'copyBytes(dhs, dy + total * row, N * row)',
        why: 'the last state’s cotangent from the wrong rows',
      },
      {
        find: 'copyBytes(dcs, dy + (N + total + N) * row, N * row)',
        replace: 'copyBytes(dcs, dy + (N + total) * row, N * row)',
        why: 'dh for dc',
      },
      {
        find: '      addToDh(dy, N)\n',
        replace: '',
        why: 'the first state’s own cotangent is lost',
      },
      {
        find: 'times(dhs, dzStep, n, 0)',
        replace: 'k.fill(dhs, N * H, 0)',
        why: 'BPTT cut to one step',
      },
      {
        find: 'times(dhs, dzStep, n, 0)',
        replace: 'times(dhs, dzStep, n, 1)',
        why: 'the cotangent of h goes around the cell as well',
      },
      {
        find: 't === 0 ? 0 : N + at - sizes[t - 1]',
        replace: 't === 0 ? 0 : N + at - n',
        why: 'ragged: the state before from the wrong rows',
      },
      {
        find: 'ended: n - (sizes[t + 1] ?? 0)',
        replace: 'ended: t === sizes.length - 1 ? n : 0',
        why: 'ragged: only the longest have a last state',
      },
      {
        find: 'total === N * sizes.length ? y : make(total, H)',
        replace: 'y',
        why: 'ragged: the weights’ gradient from the wrong states',
      },
      {
        find: 'if (hBefore !== y) copyBytes(hs + at * row, ys + before * row',
        replace: 'if (hBefore !== y) copyBytes(hs + at * row, ys + after',
        why: 'ragged: the state after for the one before',
      },
      {
        find: 'cBefore = cs + before * row',
        replace: 'cBefore = cs + after',
        why: 'the cell state after for the one before',
      },
      {
        find: 'k.sum(dBias.address(), dzs, 1, rows, G, accumulate)',
        replace: 'k.sum(dBias.address(), dzs, 1, N, G, accumulate)',
        why: 'the bias’s gradient from the first step',
      },
      {
        find: 'm: G, n, k: rows, transA: 1',
        replace: 'm: G, n, k: N, transA: 1',
        why: 'the weights’ gradients from the first step',
      },
      {
        find: 'dWeightIn.address(), xs + at * D * bytes',
        replace: 'dWeightIn.address(), hs + at * row',
        why: 'h for x',
      },
      {
        find: 'k: G, transA: 0, transB: 0',
        replace: 'k: G, transA: 0, transB: 1',
        why: 'the weight transposed',
      },
      {
        find: 'Number(end < total)',
        replace: '0',
        why: 'the weights’ gradients from the first 256 rows',
      },
      {
        find: 'Number(end < total)',
        replace: '1',
        why: 'the weights’ gradients on top of what lay there',
      },
      {
        find: 'dx.address() + at * D * bytes',
        replace: 'dx.address()',
        why: 'the input’s gradient in the first rows, whichever they are of',
      },
      {
        find: 'xs + at * D * bytes, D',
        replace: 'xs, D',
        why: 'the input of the first rows for that of all',
      },
      {
        find: 'hs + at * row, H',
        replace: 'hs, H',
        why: 'h before the first rows for that of all',
      },
      {
        find: 'end - at + N <= capacity',
        replace: 'end - at <= capacity',
        why: 'the last rows of a part overwrite what lies before its room',
      },
      { find: '        end = at\n', replace: '', why: 'every part but the first is too long' },
      {
        find: 'if (at > 0 || needsGrad[3]) times',
        replace: 'if (at > 0) times',
        why: 'the first state’s gradient stops at the first cell',
      },
      {
        find: 'if (!recording) return fusedVjp',
        replace: 'if (recording || !recording) return fusedVjp',
        why: 'a recorded walk through kernels: no second derivative',
      },
      {
        find: 'gradOutputs: g, createGraph: true',
        replace: 'gradOutputs: g.detach(), createGraph: true',
        why: 'second derivative by the cotangent lost',
      },
      {
        find: 'times(z, ys + before * row, n, 1)',
        replace: 'times(z, ys + before * row, n, 0)',
        why: 'the input forgotten',
      },
      {
        find: 'ys + after, cs + before * row',
        replace: 'ys + after, cs',
        why: 'every step from the first cell state',
      },
      {
        find: 'copyBytes(lastH + N * row, cs + after + firstEnded',
        replace: 'copyBytes(lastH + N * row, ys + after + firstEnded',
        why: 'h for the last c',
      },
      {
        find: 'else freeWithGraph(out, forBackward)',
        replace: 'else for (const t of saved) discard(t.storage)',
        why: 'saved for backward is freed before the backward pass',
      },
      {
        find: 'const BIAS = cell.carries ? 5 : 4',
        replace: 'const BIAS = 5',
        why: 'the bias is looked for in the wrong place',
      },
    ],
  },
]
