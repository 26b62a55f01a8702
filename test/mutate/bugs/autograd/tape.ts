// Bugs to be planted in src/autograd/tape.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'tape',
    bugs: [
      {
        find: '    recording = before\n',
        replace: '    recording = true\n',
        why: 'recording is on after any switch',
      },
      {
        find: '  recording = on\n',
        replace: '  recording = recording && on\n',
        why: 'recording cannot be switched on again',
      },
      {
        find: 'readonly id = ++lastId',
        replace: 'readonly id = lastId++ >> 1',
        why: 'two nodes share an id',
      },
      {
        find: 'export const now = (): number => lastId',
        replace: 'export const now = (): number => lastId - 1',
        why: 'the clock is late: a change right after a node goes unseen',
      },
    ],
  },
]
