// Bugs to be planted in src/layers/recurrent/scan.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'isDropped ? before.h.mul(masks[0]) : before.h',
        replace: 'before.h',
        why: 'h is not dropped',
      },
      {
        find: 'mul(mask).add(after[name].mul(mask.neg().add(1)))',
        replace: 'mul(mask.neg().add(1)).add(after[name].mul(mask))',
        why: 'zoneout holds the others',
      },
      {
        find: 'before[name].mul(share).add(after[name].mul(1 - share))',
        replace: 'before[name].mul(1 - share).add(after[name].mul(share))',
        why: 'in evaluation the other share stays',
      },
      {
        find: "typeof share === 'number' ? share : 'mask'))",
        replace: "typeof share === 'number' ? 0 : 'mask'))",
        why: 'a step with another share',
      },
      {
        find: 'at + M * width, R, width',
        replace: 'at, R, width',
        why: 'the states before every step',
      },
      {
        find: 'isDropped ? masks.slice(1) : [...masks]',
        replace: '[...masks]',
        why: 'the mask of h for that of a state',
      },
      {
        find: 'here(mask, isFixed ? 0 : at)',
        replace: 'here(mask, 0)',
        why: 'step by step: the mask of the first step for all',
      },
      {
        find: 'oneStep(here(x, at), own',
        replace: 'oneStep(here(x, 0), own',
        why: 'step by step: the first step for all',
      },
      {
        find: 'ended[k].unshift(state.slice(',
        replace: 'ended[k].push(state.slice(',
        why: 'step by step: last states in the order in which they ended',
      },
      {
        find: '    else key += ` no ${name}`\n',
        replace: '',
        why: 'a step with biases for one without',
      },
      { find: 'rowsIn(y, states[k].last,', replace: 'rowsIn(y, states[0].last,', why: 'h for c' },
      {
        find: 'let key = kindOf(rows.held)',
        replace: "let key = ''",
        why: 'a step that holds nothing back for one that does',
      },
      {
        find: 'if (isWatched()) {',
        replace: 'if (false) {',
        why: 'watched layers have no states between steps',
      },
    ],
  },
]
