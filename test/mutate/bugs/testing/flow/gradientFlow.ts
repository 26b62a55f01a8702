// Bugs to be planted in src/testing/flow/gradientFlow.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'parameters.length + k',
        replace: 'k',
        why: 'gradients of parameters are taken for those of states',
      },
      {
        find: 'layer.batchFirst ? placed.permute([1, 0, 2]) : placed',
        replace: 'placed',
        why: 'the batch is taken for time',
      },
      {
        find: 'layer.batchFirst ? placed.shape : [placed.shape[1], placed.shape[0]]',
        replace: 'placed.shape',
        why: 'where the batch is second, its size is taken for T',
      },
      {
        find: 'size === 0 ? 0 : size / own',
        replace: 'own === 0 ? 0 : size / own',
        why: 'the share of a parameter of zeros is 0',
      },
      {
        find: 'call > 1 ? `${name} (call ${call})` : name',
        replace: 'name',
        why: 'calls of one layer have one name',
      },
      {
        find: 'watching(() => grad(L, all, { allowUnused: true }))',
        replace: '[grad(L, all, { allowUnused: true })]',
        why: 'what checkpoint runs again is another op: refused',
      },
      {
        find: 'steps.h.some(({ node }) => node?.consumed)',
        replace: 'steps.h.length > 0',
        why: 'states that the pass did not reach are said to have 0',
      },
    ],
  },
]
