// Bugs in the derivatives of the ops that sum, multiply, move, pick and join.

import type { Planting } from '../mutants.ts'

const further = ['test/tensor', 'test/layers', 'test/documents']
const tests = [
  'test/tensor/ops/shape.test.ts',
  'test/tensor/ops/reduce.test.ts',
  'test/tensor/ops/elementwise.test.ts',
  'test/tensor/ops/registry.test.ts',
]

export const ops: readonly Planting[] = [
  {
    area: 'derivatives',
    file: 'src/tensor/ops/reduce.ts',
    tests: [...tests, 'test/tensor/ops/limits.test.ts'],
    further,
    bugs: [
      {
        op: 'sum',
        find: 'g.reshape([outer, 1, inner]).broadcastTo',
        replace: 'g.reshape([1, outer, inner]).broadcastTo',
        why: 'wrong axis',
      },
      {
        op: 'sum',
        find: 'add(at, at, from + o * step, 1, n, 0, 1, 0, 0)',
        replace: 'add(at, at, from, 1, n, 0, 1, 0, 0)',
        why: 'add-into: the first row’s cotangent for all',
      },
      {
        op: 'sum',
        find: 'add(at, at, from + o * inner * step, n, inner',
        replace: 'add(at, at, from, n, inner',
        why: 'add-into: the first block’s cotangent for all',
      },
      {
        op: 'sum',
        find: 'const at = to + o * n * inner * step',
        replace: 'const at = to + o * n * step',
        why: 'add-into: the wrong place',
      },
      {
        op: 'sum',
        find: 'n, inner, inner, 1, 0, 1)',
        replace: 'n, inner, inner, 1, inner, 1)',
        why: 'add-into: does not repeat the cotangent',
      },
      {
        op: 'mean',
        find: 'span.n === 0 ? sumSpan([x], span).add(NaN) : ',
        replace: '',
        why: 'over an empty axis, NaN in the second order',
      },
      {
        op: 'mean',
        find: '.div(span.n)',
        replace: '.div(this.size)',
        why: 'divides by all elements, not by those summed',
      },
      {
        op: 'max',
        find: 'spread(g).div(winners.sum(1, true)).mul(winners)',
        replace: 'spread(g).mul(winners)',
        why: 'equal elements each take all',
      },
      {
        op: 'max',
        find: 'spread(g).div(winners.sum(1, true)).mul(winners)',
        replace: 'spread(g).div(winners.sum(1, true))',
        why: 'no mask',
      },
      {
        op: 'min',
        find: 'winners.sum(1, true)',
        replace: 'winners.sum()',
        why: 'shared among the winners of all groups',
      },
      {
        op: 'sum',
        find: 'x.permute([...rest, ...axes])',
        replace: 'x.permute([...axes, ...rest])',
        why: 'sums the other axes',
      },
      { op: 'sumTo', find: 'i < missing || ', replace: '', why: 'leading axes are not summed' },
      {
        op: 'sumTo',
        find: 'shape[i - missing] === 1 && n !== 1',
        replace: 'shape[i] === 1 && n !== 1',
        why: 'axes counted from the wrong end',
      },
    ],
  },
  {
    area: 'derivatives',
    file: 'src/tensor/ops/softmax.ts',
    tests,
    further,
    bugs: [
      {
        op: 'logSumExp',
        find: 'g.unsqueeze(-1).mul(x.sub(total.unsqueeze(-1)).exp())',
        replace: 'x.sub(total.unsqueeze(-1)).exp()',
        why: 'ignores the cotangent',
      },
      {
        op: 'logSumExp',
        find: 'x.sub(total.unsqueeze(-1)).exp()',
        replace: 'x.exp()',
        why: 'not normalised',
      },
      {
        op: 'logSumExp',
        find: 'const total = y.where(y.ne(-Infinity), 0)',
        replace: 'const total = y',
        why: 'NaN where nothing weighs anything',
      },
      {
        op: 'softmax',
        find: 'vjp: (g, { y }) => [softmaxGrad([g, y])]',
        replace: 'vjp: (g, { y }) => [softmaxGrad([y, g])]',
        why: 'operands swapped',
      },
      {
        op: 'softmax',
        find: 'vjp: (g, { y }) => [softmaxGrad([g, y])]',
        replace: 'vjp: (g, { y }) => [g.mul(y)]',
        why: 'the diagonal of the Jacobian alone',
      },
      {
        op: 'softmax',
        find: '[\n    softmaxGrad([h, y]),\n    h.mul(',
        replace: '[softmaxGrad([g, y]), h.mul(',
        why: 'second derivative: g for h',
      },
      {
        op: 'softmax',
        find: '.sub(g.mul(h.mul(y).sum(-1, true)))',
        replace: '',
        why: 'second derivative: one term forgotten',
      },
      {
        op: 'softmax',
        find: 'h.mul(g.sub(g.mul(y).sum(-1, true)))',
        replace: 'h.mul(g.sub(g.mul(y).sum(0, true)))',
        why: 'second derivative: wrong axis',
      },
      {
        op: 'logSoftmax',
        find: 'h.sub(h.mul(y.exp()).sum(-1, true))',
        replace: 'h.sub(h.mul(y).sum(-1, true))',
        why: 'second derivative: log y for y',
      },
      {
        op: 'logSoftmax',
        find: '.mul(g.sum(-1, true)).neg()',
        replace: '.mul(g.sum(-1, true))',
        why: 'second derivative: sign',
      },
      {
        op: 'logSoftmax',
        find: 'h.mul(y.exp()).mul(g.sum(-1, true)).neg()',
        replace: 'h.mul(y.exp()).mul(g).neg()',
        why: 'second derivative: not summed',
      },
      {
        op: 'softmax',
        find: 'op([x.transpose(k, -1)]).transpose(k, -1)',
        replace: 'op([x]).transpose(k, -1).transpose(k, -1)',
        why: 'always the last axis',
      },
    ],
  },
  {
    area: 'derivatives',
    file: 'src/tensor/ops/matmul.ts',
    tests,
    further,
    bugs: [
      {
        op: 'matmul',
        find: '[\n    needsGrad[0] ? multiply(g, b.transpose(-1, -2)) : null,\n    ',
        replace:
          '[needsGrad[0] ? multiply(b, g.transpose(-1, -2)).transpose(-1, -2).neg() : null, ',
        why: 'sign',
      },
      {
        op: 'matmul',
        find: 'needsGrad[1] ? multiply(a.transpose(-1, -2), g) : null,\n  ],',
        replace: 'needsGrad[0] ? multiply(a.transpose(-1, -2), g) : null],',
        why: 'the right operand only with the left',
      },
      {
        op: 'matmul',
        find: 'multiplyInto(sum, g, b.transpose(-1, -2), 1)',
        replace: 'multiplyInto(sum, g, b.transpose(-1, -2), 0)',
        why: 'add-into: overwrites the left sum',
      },
      {
        op: 'matmul',
        find: 'else multiplyInto(sum, a.transpose(-1, -2), g, 1)',
        replace: 'else multiplyInto(sum, a.transpose(-1, -2), g, 0)',
        why: 'add-into: overwrites the right sum',
      },
      {
        op: 'matmul',
        find: 'right + i * k * n * bytes',
        replace: 'right',
        why: 'the first matrix of a stack for all',
      },
      {
        op: 'matmul',
        find: 'Number(a.transposed),\n      transB: Number(b.transposed)',
        replace: 'Number(b.transposed),\n      transB: Number(a.transposed)',
        why: 'transposes the other operand',
      },
      {
        op: 'matmul',
        find: 'left + i * m * k * bytes',
        replace: 'left + i * m * n * bytes',
        why: 'strides of the result for the operand’s',
      },
    ],
  },
  {
    area: 'derivatives',
    file: 'src/tensor/ops/matmul.ts',
    tests: ['test/tensor/ops/matmul.affine.test.ts'],
    further: ['test/layers', 'test/tensor', 'test/documents'],
    bugs: [
      {
        find: 'g.sumTo(bias.shape)',
        replace: 'g.select(0, 0)',
        why: 'affine: the bias’s gradient from the first row',
      },
      {
        find: 'needsGrad[0] ? multiply(g, weight) : null',
        replace: 'needsGrad[0] ? multiply(g, weight).mul(2) : null',
        why: 'affine: factor in the input’s gradient',
      },
      {
        find: 'needsGrad[1] ? multiply(g.t(), x) : null',
        replace: 'needsGrad[1] ? multiply(g.t(), x.detach()) : null',
        why: 'affine: a detached input',
      },
      {
        find: 'multiplyInto(sum, g, weight, 1)',
        replace: 'multiplyInto(sum, g, weight, 0)',
        why: 'affine, add-into: overwrites the input’s sum',
      },
      {
        find: 'multiplyInto(sum, g.t(), x, 1)',
        replace: 'multiplyInto(sum, g.t(), x, 0)',
        why: 'affine, add-into: overwrites the weight’s sum',
      },
      {
        find: 'else addSumInto(sum, g)',
        replace: 'else addSumInto(sum, g.select(0, 0))',
        why: 'affine, add-into: one row of the bias’s gradient',
      },
      {
        find: 'accumulate: Number(bias !== null)',
        replace: 'accumulate: 0',
        why: 'affine: the bias forgotten',
      },
    ],
  },
  {
    area: 'derivatives',
    file: 'src/tensor/ops/shape.ts',
    tests,
    further,
    bugs: [
      {
        op: 'broadcastTo',
        find: '(g, x) => g.sumTo(x.shape)',
        replace: '(g) => g',
        why: 'broadcasting not undone',
      },
      {
        op: 'slice',
        find: 'const offset = from * strides[k]',
        replace: 'const offset = 0',
        why: 'always from the start',
      },
      { op: 'slice', find: '    strides[k] *= step\n', replace: '', why: 'the step forgotten' },
      {
        op: 'flip',
        find: '(this.shape[k] - 1) * strides[k]',
        replace: 'this.shape[k] * strides[k]',
        why: 'one beyond the end',
      },
      {
        op: 'permute',
        find: 'strides: order.map((axis) => strides[axis])',
        replace: 'strides: order.map((_, i) => strides[order.indexOf(i)])',
        why: 'the inverse permutation',
      },
      {
        op: 'select',
        find: 'offset: at * strides[k],\n      strides: strides.toSpliced',
        replace: 'offset: at, strides: strides.toSpliced',
        why: 'place without its stride',
      },
      {
        op: 'chunk',
        find: '(i + 1) * step',
        replace: '(i + 1) * chunks',
        why: 'chunks of the wrong size',
      },
      {
        op: 'transpose',
        find: 'Math.min(a, b) === this.rank - 2',
        replace: 'Math.abs(a - b) === 1',
        why: 'neighbouring axes taken for the last two',
      },
    ],
  },
  {
    area: 'derivatives',
    tests,
    further,
    file: 'src/tensor/ops/strided.ts',
    bugs: [
      {
        op: 'slice',
        find: "move('add', shape, g.dtype, to + offset * BYTES[g.dtype], strides",
        replace: "move('add', shape, g.dtype, to, strides",
        why: 'add-into: from the start',
      },
      {
        op: 'slice',
        find: 'out.ptr + offset * BYTES[out.dtype]',
        replace: 'out.ptr',
        why: 'the cotangent lands at the start',
      },
      {
        op: 'select',
        find: '    kernelsOf(out).fill(out.ptr, out.size, 0)\n    places',
        replace: '    places',
        why: 'the rest of the gradient is not cleared',
      },
      {
        op: 'slice',
        find: 'readBack(h, view)',
        replace: 'readBack(h, { ...view, offset: 0 })',
        why: 'second derivative: from the start',
      },
      {
        op: 'slice',
        find: 'gs[i].ptr]',
        replace: 'gs[0].ptr]',
        why: 'recorded: the first cotangent in every place',
      },
      {
        op: 't',
        find: 'vjp: (g) => [swapLast(g)]',
        replace:
          'vjp: (g) => [g.reshape([...g.shape.slice(0, -2), g.shape.at(-1) as number, g.shape.at(-2) as number])]',
        why: 'reshaped, not transposed',
      },
      {
        op: 't',
        find: 'lastSwapped(stridesOf(g.shape))',
        replace: 'stridesOf(g.shape)',
        why: 'add-into: not transposed',
      },
    ],
  },
  {
    area: 'derivatives',
    file: 'src/tensor/ops/gather.ts',
    tests,
    further,
    bugs: [
      {
        find: ' && index.storage.changedAt < node.id',
        replace: '',
        why: 'an index that was changed since still tells which rows are equal',
      },
      {
        find: 'index.rank === x.rank - 1',
        replace: 'true',
        why: 'whole sequences that were picked are taken for rows',
      },
      {
        op: 'indexSelect',
        find: 'fill(out.ptr, out.size, 0)\n    places.forEach((index, i)',
        replace: 'fill(out.ptr, 0, 0)\n    places.forEach((index, i)',
        why: 'rows that were not picked are not cleared',
      },
      {
        op: 'gather',
        find: 'fill(out.ptr, out.size, 0)\n    places.forEach(({ index',
        replace: 'fill(out.ptr, 0, 0)\n    places.forEach(({ index',
        why: 'elements that were not picked are not cleared',
      },
      {
        op: 'indexSelect',
        find: 'scatterAddRows(to, from, at, index.size,',
        replace: 'scatterAddRows(to, from, at, index.size - 1,',
        why: 'add-into: the last row is lost',
      },
      {
        op: 'indexSelect',
        find: 'needsGrad[i] ? pickRows(h, index) : null',
        replace: 'null',
        why: 'second derivative missing',
      },
      {
        op: 'gather',
        find: 'needsGrad[i] ? pickElements([h], place) : null',
        replace: 'null',
        why: 'second derivative missing',
      },
      {
        op: 'indexSelect',
        find: 'order.toSpliced(k, 0, ...ofIndex)',
        replace: 'order.toSpliced(0, 0, ...ofIndex)',
        why: 'the picked axes in front',
      },
      {
        op: 'gather',
        find: 'shape[axis],\n  sizeOf(index.shape.slice(axis + 1)),',
        replace: 'index.shape[axis],\n  sizeOf(index.shape.slice(axis + 1)),',
        why: 'the index’s length for the input’s',
      },
      {
        op: 'gather',
        find: '(i === k || n === t.shape[i] ? t : t.slice(i, 0, n))',
        replace: 't',
        why: 'an index shorter than the input reads the wrong rows',
      },
    ],
  },
  {
    area: 'derivatives',
    file: 'src/tensor/ops/join.ts',
    tests,
    further,
    bugs: [
      {
        op: 'cat',
        find: 'g.slice(axis, start, end)',
        replace: 'g.slice(axis, 0, end - start)',
        why: 'always the first piece',
      },
      {
        op: 'cat',
        find: 'end += input.shape[axis]',
        replace: 'if (needsGrad[i]) end += input.shape[axis]',
        why: 'pieces nobody wants are not skipped',
      },
      {
        op: 'stack',
        find: 'g.select(axis, i)',
        replace: 'g.select(axis, 0)',
        why: 'always the first place',
      },
      {
        op: 'cat',
        find: "const k = axisOf('cat', axis, first.rank)",
        replace: 'const k = Math.abs(axis)',
        why: 'a negative axis taken for a positive one',
      },
      {
        op: 'stack',
        find: "axisOf('stack', axis, first.rank + 1)",
        replace: "axisOf('stack', axis < 0 ? axis + first.rank : axis, first.rank + 1)",
        why: 'a negative axis counted without the new one',
      },
    ],
  },
  {
    area: 'derivatives',
    file: 'src/tensor/ops/convert.ts',
    tests,
    further,
    bugs: [
      { find: 'g.to(x.dtype)', replace: 'g', why: 'a gradient of the wrong dtype' },
      {
        find: 'isFloat(x.dtype) ? g.to(x.dtype) : null',
        replace: 'null',
        why: 'conversion cuts the tape',
      },
      {
        op: 'clone',
        find: 'vjp: (g) => [g]',
        replace: 'vjp: (g) => [g.add(g)]',
        why: 'a factor 2',
      },
      {
        find: '    result.storage.pinned = true\n',
        replace: '',
        why: 'a clone is recycled with its graph',
      },
    ],
  },
  {
    area: 'derivatives',
    file: 'src/tensor/ops/crossEntropy.ts',
    tests: ['test/tensor/ops/crossEntropy.test.ts'],
    further: ['test/layers', 'test/tensor', 'test/documents'],
    bugs: [
      {
        find: '[crossEntropyGrad([g, logits], attrs)]',
        replace: '[crossEntropyGrad([g.mul(0).add(1), logits], attrs)]',
        why: 'ignores the upstream gradient',
      },
      {
        find: 'h.mul(w).mul(p.sub(hits)).sum(-1)',
        replace: 'h.mul(p.sub(hits)).sum(-1)',
        why: 'second derivative: the weights forgotten',
      },
      { find: 'p.sub(hits)', replace: 'p', why: 'second derivative: the target forgotten' },
      {
        find: 'h.mul(p).sum(-1, true)',
        replace: 'h.mul(p).sum(0, true)',
        why: 'second derivative: wrong axis',
      },
      {
        find: '        .mul(w)\n        .mul(p.mul',
        replace: '        .mul(p.mul',
        why: 'second derivative by the logits: the weights forgotten',
      },
      {
        find: 'logits.where(w.ne(0), 0).softmax()',
        replace: 'logits.softmax()',
        why: 'second derivative: NaN in a row that does not count',
      },
    ],
  },
]
