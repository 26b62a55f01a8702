// Bugs to be planted in src/kernels/memory/heap.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    tests: ['test/kernels/engine.test.ts'],
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
    tests: [
      'test/kernels/memory/heap.test.ts',
      'test/tensor/evacuation.test.ts',
      'test/tensor/memory.test.ts',
      'test/tensor/core/lifetime.test.ts',
      'test/tensor/overBudget.test.ts',
    ],
    bugs: [
      { find: '>> 3) - 6, 0)', replace: '>> 3) - 7, 0)', why: 'blocks overlap from 512 bytes on' },
      {
        find: 'arenaEnd += lines',
        replace: 'arenaEnd += lines - 1',
        why: 'the next block begins in the last line of the one before',
      },
      {
        find: '(block - arenaStart - chunk * CHUNK_LINES) * LINE',
        replace: '(block - arenaStart - chunk * CHUNK_LINES)',
        why: 'small numbers come back from another place of their page',
      },
      {
        find: 'CHUNK_LINES * LINE + SMALL',
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
    tests: [
      'test/kernels/memory/heap.test.ts',
      'test/kernels/threads/threads.lost.test.ts',
      'test/kernels/threads/threads.test.ts',
    ],
    bugs: [
      {
        find: '    freeList.pop() // The block itself is not free.\n',
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
]
