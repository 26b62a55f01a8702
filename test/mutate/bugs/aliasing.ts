// Bugs in who shares numbers with whom: views, the copies by which transposes are read, in-place changes, and what a caller's code may do with numbers.

import type { Planting } from '../mutants.ts'

export const aliasing: readonly Planting[] = [
  {
    area: 'memory',
    file: 'src/kernels/memory/heap.ts',
    tests: ['test/tensor/ops/update.test.ts'],
    further: ['test/tensor'],
    bugs: [],
  },
  {
    area: 'memory',
    tests: ['test/tensor/ops/update.test.ts'],
    further: ['test/tensor'],
    file: 'src/kernels/memory/storage.ts',
    bugs: [
      {
        find: '    this.version++\n',
        replace: '',
        why: 'the copies that transposes were read by are not told of a change',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/core/tensor.ts',
    tests: [
      'test/tensor/ops/update.test.ts',
      'test/tensor/ops/update.selections.test.ts',
      'test/tensor/core/lifetime.test.ts',
      'test/tensor/core/forward.test.ts',
    ],
    further: ['test/tensor', 'test/optim'],
    bugs: [
      {
        find: ' && last.version === storage.version)',
        replace: ')',
        why: 'a transpose that was read once gives the old numbers for ever',
      },
      {
        find: 'last?.freed === null && last.copied',
        replace: 'last?.copied === true',
        why: 'a transpose cannot be read once the copy it was read by is recycled',
      },
      {
        find: ' && last.copied &&',
        replace: ' &&',
        why: 'a transpose is read by a copy that has become a sum of cotangents',
      },
      {
        find: '    copy.copied = true\n',
        replace: '',
        why: 'what is read of a transpose is changed without it',
      },
      {
        find: 'return this.transposed ? this.materialize().storedAddress() : this.storedAddress()',
        replace: 'return this.storedAddress()',
        why: 'a transpose is read as it is stored',
      },
      {
        find: '    if (transposed) noteTransposed(this)\n',
        replace: '',
        why: 'what a transpose is read by outlives the scope',
      },
    ],
  },
  {
    area: 'memory',
    tests: [
      'test/tensor/ops/update.test.ts',
      'test/tensor/ops/update.selections.test.ts',
      'test/tensor/core/lifetime.test.ts',
      'test/tensor/core/forward.test.ts',
    ],
    further: ['test/tensor', 'test/optim'],
    file: 'src/tensor/core/blank.ts',
    bugs: [
      {
        find: '  refuseInForward(maker)\n',
        replace: '',
        why: 'a forward that computes with tensors loses its result now and then',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/core/forward.ts',
    tests: ['test/tensor/core/forward.test.ts'],
    further: ['test/tensor'],
    bugs: [
      {
        find: '    runningForward = null\n  }',
        replace: '  }',
        why: 'after a forward that threw no tensor can be made',
      },
      { find: '  runningForward = op\n', replace: '', why: 'no forward is known to run' },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/define/op.ts',
    tests: ['test/tensor/core/forward.test.ts'],
    further: ['test/tensor'],
    bugs: [
      {
        find: 'runForward(op.name, () => op.forward(numbersOf(out), inputs.map(numbersOf), attrs))',
        replace: 'op.forward(numbersOf(out), inputs.map(numbersOf), attrs)',
        why: 'defineOp: the forward may make tensors',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/core/transposed.ts',
    tests: ['test/tensor/core/forward.test.ts'],
    further: ['test/tensor'],
    bugs: [
      {
        find: '  if (runningForward !== null) return copyOutsideMemory(tensor)\n',
        replace: '',
        why: 'the memory may grow in the middle of a forward',
        equivalent:
          'growing detaches views only where the memory is not shared, as in a page without isolation',
      },
      {
        find: '(i - row * cols - col + col * rows + row)',
        replace: '(col * rows + row)',
        why: 'a forward reads the first of a stack of transposes for all',
      },
      {
        find: 'byteOffset + (i - row',
        replace: '(i - row',
        why: 'a forward reads a transposed selection from the beginning of what it was taken from',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/ops/update.ts',
    tests: [
      'test/tensor/ops/update.test.ts',
      'test/tensor/ops/update.selections.test.ts',
      'test/tensor/core/lifetime.test.ts',
    ],
    further: ['test/tensor', 'test/optim'],
    bugs: [
      {
        find: '    writeTransposed(tensor.storedAddress(), copy.address(), lastSwapped(shape), dtype)\n',
        replace: '',
        why: 'a change of a transpose is lost',
      },
      {
        find: 'copy.address(), lastSwapped(shape)',
        replace: 'copy.address(), shape',
        why: 'a change of a transpose is written back the wrong way round',
      },
      {
        find: '    discard(copy.storage)\n',
        replace: '',
        why: 'what a transpose is changed by is never freed',
      },
      {
        find: '  if (!tensor.storage.copied) return\n',
        replace: '  return\n',
        why: 'a change of a copied selection is lost',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/ops/shape.ts',
    tests: ['test/tensor/ops/update.test.ts', 'test/tensor/ops/update.selections.test.ts'],
    further: ['test/tensor'],
    bugs: [],
  },
  {
    area: 'memory',
    tests: ['test/tensor/ops/update.test.ts', 'test/tensor/ops/update.selections.test.ts'],
    further: ['test/tensor'],
    file: 'src/tensor/ops/strided.ts',
    bugs: [
      {
        find: '    out.storage.copied = true\n',
        replace: '',
        why: 'a change of a selection that was copied is lost',
      },
      {
        find: 'record(rule, [x], view, shared)',
        replace: '(whole ? x : record(rule, [x], view, shared))',
        why: 'what changes nothing gives its input',
      },
      {
        find: '(!x.transposed && isContiguous',
        replace: '(isContiguous',
        why: 'a view of a transpose reads it as it is stored',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/ops/gather.ts',
    tests: ['test/tensor/ops/update.selections.test.ts'],
    further: ['test/tensor'],
    bugs: [
      {
        find: '  out.storage.copied = true\n',
        replace: '',
        why: 'a change of rows picked by index is lost',
      },
      {
        find: '    picked.storage.copied = true\n',
        replace: '',
        why: 'a change of elements picked by index is lost',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/core/lifetime.ts',
    tests: ['test/tensor/ops/update.selections.test.ts', 'test/tensor/core/lifetime.test.ts'],
    further: ['test/tensor', 'test/optim'],
    bugs: [
      {
        find: '\n    if (output.materialized !== null && storage.bytes > SMALL)\n      pendingFree.push(output.materialized.storage)\n  ',
        replace: '',
        why: 'what a transpose was read by outlives its graph',
      },
    ],
  },
  {
    area: 'memory',
    tests: ['test/tensor/ops/update.selections.test.ts', 'test/tensor/core/lifetime.test.ts'],
    further: ['test/tensor', 'test/optim'],
    file: 'src/tensor/core/scopes.ts',
    bugs: [
      {
        find: '  if (storage.temporary) storage.copied = false',
        replace: '  //',
        why: 'a transpose that a walk adds to is read by the sum while the walk goes on',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/transforms/gradient.ts',
    tests: ['test/tensor/ops/update.selections.test.ts'],
    further: ['test/tensor', 'test/optim'],
    bugs: [],
  },
  {
    area: 'memory',
    tests: ['test/tensor/ops/update.selections.test.ts'],
    further: ['test/tensor', 'test/optim'],
    file: 'src/tensor/transforms/pass.ts',
    bugs: [
      {
        find: '\n    g.storage.copied = false //',
        replace: '          //',
        why: 'a gradient refuses to be changed in place where its derivative had to copy',
      },
    ],
  },
  {
    area: 'tape',
    file: 'src/tensor/ops/convert.ts',
    tests: ['test/tensor/ops/shape.unchanged.test.ts'],
    further: ['test/tensor'],
    bugs: [
      {
        find: 'dtype === this.dtype ? copy([this])',
        replace: 'dtype === this.dtype ? this',
        why: 'to() the same dtype gives its input',
      },
    ],
  },
  {
    area: 'optimisers',
    file: 'src/optim/clip.ts',
    tests: ['test/optim/clip.test.ts'],
    further: ['test/optim'],
    bugs: [
      {
        find: 'if (before === undefined) kept.push(g)',
        replace: 'kept.push(g)\n    if (before === undefined) continue',
        why: 'numbers that two gradients show are scaled twice',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/kernels/memory/heap.ts',
    tests: ['test/kernels/start.test.ts'],
    further: ['test/kernels'],
    bugs: [
      {
        find: '  budget.bytes = Math.min(budget.bytes, ceiling / 2)\n',
        replace: '',
        why: 'a memory that may not grow is not emptied in time',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/core/numbers.ts',
    tests: ['test/tensor/core/forward.test.ts'],
    further: ['test/tensor'],
    bugs: [
      {
        find: "    requireForward('ptr')\n",
        replace: '',
        why: 'an address that a forward kept is read when the numbers may have moved',
      },
      {
        find: "    requireForward('data')\n",
        replace: '',
        why: 'numbers that a forward kept are written when a graph may have saved them',
      },
      {
        find: 'return this.#tensor.address()',
        replace: 'return this.#tensor.storedAddress()',
        why: 'a transpose is read in the order of its storage',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/core/language.ts',
    tests: ['test/tensor/core/forward.test.ts', 'test/tensor/core/language.test.ts'],
    further: ['test/tensor'],
    bugs: [
      {
        find: "['data', 'ptr']",
        replace: "['ptr']",
        why: 'data of a tensor is undefined in silence',
      },
      {
        find: 'EXPECT in globalThis ? undefined : iterate',
        replace: 'EXPECT in globalThis ? undefined : undefined',
        why: 'Array.from gives [] in silence',
      },
      {
        find: ' || EXPECT in globalThis',
        replace: '',
        why: 'toEqual of a tensor with itself throws',
      },
    ],
  },
  {
    area: 'tape',
    file: 'src/tensor/define/op.ts',
    tests: ['test/tensor/define/define.test.ts', 'test/tensor/transforms/pass.test.ts'],
    further: ['test/tensor'],
    bugs: [
      {
        find: 'op.vjp.length > 2',
        replace: 'false',
        why: 'the older form of a derivative is taken, and fails in the middle of a pass',
      },
      {
        find: 'inputs === vjpCall.inputs ? vjpCall : { ...vjpCall, inputs }',
        replace: 'vjpCall',
        why: 'a derivative cannot tell two uses of one tensor apart',
      },
    ],
  },
]
