// Bugs in where numbers lie: the heap's blocks and their evacuation, and the loops that merge what lies side by side.

import type { Planting } from '../mutants.ts'

export const memory: readonly Planting[] = [
  {
    area: 'memory',
    file: 'src/kernels/memory/heap.ts',
    tests: [
      'test/kernels/heap.test.ts',
      'test/tensor/evacuation.test.ts',
      'test/tensor/memory.test.ts',
      'test/tensor/core/lifetime.test.ts',
      'test/tensor/overBudget.test.ts',
    ],
    further: ['test/tensor', 'test/properties'],
    bugs: [
      { find: '>> 3) - 6, 0)', replace: '>> 3) - 7, 0)', why: 'blocks overlap from 512 bytes on' },
      {
        find: 'arenaEnd += lines',
        replace: 'arenaEnd += lines - 1',
        why: 'the next block begins in the last line of the one before',
      },
      {
        find: '(block - arenaStart - chunk * CHUNK) * LINE',
        replace: '(block - arenaStart - chunk * CHUNK)',
        why: 'small numbers come back from another place of their page',
      },
      {
        find: 'CHUNK * LINE + SMALL',
        replace: 'CHUNK * LINE',
        why: 'what lies across the end of a page is cut off',
      },
      {
        find: 'for (const storage of residents) storage.block = 0',
        replace: '',
        why: 'what was moved out is still read where it was',
      },
      {
        find: '    last.index = storage.index\n',
        replace: '',
        why: 'a resident that took a freed one’s place is not found there',
      },
      {
        find: 'for (const storage of residents) storage.evacuated = null',
        replace: '',
        why: 'after an evacuation that failed, numbers are read from a copy of then',
      },
      {
        find: '    return false\n  }\n  for (const storage of residents) storage.block',
        replace: '  }\n  for (const storage of residents) storage.block',
        why: 'what could not be moved out is emptied all the same',
      },
      {
        find: '    releaseBlock(storage)\n    return false',
        replace: '    return false',
        why: 'what could not be moved in is read where it should have come to lie',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/kernels/memory/heap.ts',
    tests: [
      'test/kernels/heap.test.ts',
      'test/kernels/lostThreads.test.ts',
      'test/kernels/threads.test.ts',
    ],
    further: ['test/kernels'],
    bugs: [
      {
        find: '    freeList.pop()\n',
        replace: '',
        why: 'what a lost thread may still write is given to another tensor',
      },
      {
        find: 'if (abandonedEnd > arenaStart) arenaStart = scratchStart = abandonedEnd',
        replace: '',
        why: 'what a lost thread may still write is given to another tensor after an evacuation',
      },
      {
        find: 'at < end * LINE',
        replace: 'at < block',
        why: 'what a lost thread was to write is still read',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/kernels/threads/cuts.ts',
    tests: ['test/kernels/cuts.test.ts'],
    further: ['test/kernels'],
    bugs: [
      {
        find: 'work, [p, m, v], call',
        replace: 'work, [p], call',
        why: 'the moments of Adam are still read when a thread was lost that wrote them',
      },
      {
        find: '[z, cNext, h], moved',
        replace: '[cNext, h], moved',
        why: 'gates are still read when a thread was lost that wrote them in the place of z',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/kernels/threads/pool.ts',
    tests: ['test/kernels/lostThreads.test.ts', 'test/kernels/threads.test.ts'],
    further: ['test/kernels'],
    bugs: [
      {
        find: 'const lost = this.#join(n - untaken - 1, began)',
        replace: 'const lost = null',
        why: 'the next call begins while others still do parts of one that failed',
      },
      {
        find: 'if (patience < 0) return',
        replace: 'if (patience < 0) return null && ',
        why: 'a part that was not done counts as done',
      },
      {
        find: 'scratch: scratch + i * scratchBytes',
        replace: 'scratch',
        why: 'threads pack their operands in one place',
      },
    ],
  },
  {
    area: 'memory',
    file: 'src/tensor/core/shape.ts',
    tests: ['test/tensor/ops/shape.test.ts', 'test/tensor/ops/registry.test.ts'],
    further: ['test/tensor', 'test/properties'],
    bugs: [
      {
        find: 'strides[k][axis] === merged[k][at]',
        replace: 'strides[k][axis] >= merged[k][at]',
        why: 'loops are merged that are walked differently',
      },
      {
        find: 'joins &&= strides[k][axis]',
        replace: 'joins = strides[k][axis]',
        why: 'loops are merged where only the last tensor walks them alike',
      },
      {
        find: 'if (joins) sizes[at] *= size',
        replace: 'if (joins) sizes[at] = size',
        why: 'a merged loop with the rounds of the outer one',
      },
      {
        find: 'advance(axis, -sizes[axis])',
        replace: '',
        why: 'an outer loop goes on from where the last round ended',
      },
      {
        find: 'inOrder &&= shape[i] === 1 ||',
        replace: 'inOrder = shape[i] === 1 ||',
        why: 'taken for a view by its first axis',
      },
      {
        find: 'strides[i] === step',
        replace: 'strides[i] >= step',
        why: 'a reading with gaps is taken for a view',
      },
    ],
  },
]
