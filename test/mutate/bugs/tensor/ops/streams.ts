// Bugs to be planted in src/tensor/ops/streams.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    tests: ['test/tensor/ops/random.test.ts', 'test/tensor/transforms/checkpoint.test.ts'],
    bugs: [
      {
        find: '    this.#blocks = blocks\n',
        replace: '',
        why: 'a restored stream goes on where it was',
      },
      {
        find: '    this.#seed = seed\n    this.#blocks',
        replace: '    this.#blocks',
        why: 'a restored stream keeps its seed',
      },
      {
        find: 'this.#noteForCheckpoint()\n    this.#seed',
        replace: 'this.#seed',
        why: 'a stream that was restored inside a checkpoint draws other numbers in its replay',
      },
      {
        find: "const read = requireState('setRandomState', state, 'randomState()')",
        replace: 'const read = state',
        why: 'a state is read twice, and refused by another name',
      },
      {
        find: 'const next = new Generator()\n  next.restore(read)',
        replace: 'const next = new Generator(read.seed)',
        why: 'the default stream begins anew',
      },
      {
        find: 'counter + blocks > Number.MAX_SAFE_INTEGER',
        replace: 'counter > Number.MAX_SAFE_INTEGER',
        why: 'blocks beyond 2⁵³ repeat',
      },
      {
        find: 'this.#blocks += blocks',
        replace: 'this.#blocks += 1',
        why: 'numbers are drawn again',
      },
      {
        find: 'Math.floor(this.#seed / 2 ** 32)',
        replace: '0',
        why: 'seeds that differ by 2³² give one stream',
      },
      {
        find: 'outer !== null && !outer.has(generator)',
        replace: 'outer !== null',
        why: 'a checkpoint around another one goes back too little',
      },
      { find: 'shared = before.shared', replace: '', why: 'a replay moves the default stream' },
      {
        find: 'if (read.algorithm !== ALGORITHM)',
        replace: 'if (false)',
        why: 'the state of another algorithm is let in',
      },
    ],
  },
]
