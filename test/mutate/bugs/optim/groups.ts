// Bugs to be planted in src/optim/groups.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'optimisers',
    bugs: [
      {
        find: '...deepCopy(requireOptions(',
        replace: '...(requireOptions(',
        why: 'the caller’s betas are the optimiser’s',
      },
      {
        find: '{ ...common, ...deepCopy(own) }',
        replace: '{ ...common, ...own }',
        why: 'the caller’s betas are the group’s',
      },
      {
        find: '{ ...common, ...deepCopy(own) }',
        replace: '{ ...deepCopy(own), ...common }',
        why: 'a group does not have its own options',
      },
      {
        find: '    from += one.params.length\n',
        replace: '',
        why: 'groups share the states of the first',
      },
      {
        find: 'new Set(labels).size < labels.length',
        replace: 'labels.length < 0',
        why: 'two parameters of one name are let in',
      },
      {
        find: 'named !== undefined && one.names === null && one.params.length > 0',
        replace: 'one.params.length < 0',
        why: 'groups without names beside others with names are let in',
      },
      {
        find: '{ ...options, [name]: deepCopy(value) }',
        replace: '{ ...options, [name]: value }',
        why: 'betas that were set are still the caller’s',
      },
      { find: '  group.options = next\n', replace: '', why: 'options cannot be set' },
      {
        find: 'if (before !== after)',
        replace: 'if (false)',
        why: 'an option that needs other moments is let in',
      },
      {
        find: 'initialLr: one.options.lr }',
        replace: 'initialLr: common.lr as number }',
        why: 'schedules begin at one learning rate for all groups',
      },
    ],
  },
]
