// Bugs to be planted in src/layers/recurrent/lstm.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'const [i, f, g, o] = z',
        replace: 'const [f, i, g, o] = z',
        why: 'input and forget gate swapped',
      },
      {
        find: 'const [i, f, g, o] = z',
        replace: 'const [i, f, o, g] = z',
        why: 'the gate order i, f, o, g',
      },
      { find: 'f.sigmoid().mul(c)', replace: 'f.sigmoid()', why: 'the cell state forgotten' },
      {
        find: 'f.sigmoid().mul(c)',
        replace: 'i.sigmoid().neg().add(1).mul(c)',
        why: 'coupled gates',
      },
      {
        find: 'i.sigmoid().mul(g.tanh())',
        replace: 'i.sigmoid().mul(g.sigmoid())',
        why: 'σ for tanh',
      },
      {
        find: 'o.sigmoid().mul(cNext.tanh())',
        replace: 'o.sigmoid().mul(cNext)',
        why: 'the output’s tanh forgotten',
      },
      {
        find: 'o.sigmoid().mul(cNext.tanh()), c: cNext',
        replace: 'o.sigmoid().mul(cNext.tanh()), c',
        why: 'the old cell state is handed on',
      },
      {
        find: 'o.sigmoid().mul(cNext.tanh()), c: cNext',
        replace: 'o.sigmoid().mul(cNext.tanh()), c: cNext.detach()',
        why: 'the cell state off the tape',
      },
      {
        find: 'options: CellOptions = {}) {\n    super(lstm',
        replace:
          'options: CellOptions = {}) {\n    super({ ...lstm, step: (z, s) => lstm.step(z, { h: s.h, c: s.h }) }',
        why: 'h in the place of c',
      },
    ],
  },
]
