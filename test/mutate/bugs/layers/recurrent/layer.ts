// Bugs to be planted in src/layers/recurrent/layer.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'between: (rows) => this.drop(rows, this.dropout)',
        replace: 'between: (rows) => dropout(rows, this.dropout, this.generator)',
        why: 'drops out in evaluation too',
      },
      {
        find: 'between: (rows) => this.drop(rows, this.dropout)',
        replace: 'between: (rows) => (this.training ? dropout(rows, this.dropout) : rows)',
        why: 'what is dropped between layers is not drawn from the generator given',
      },
      {
        find: 'this.training ? dropout(t, p, this.generator) : t',
        replace: 'dropout(t, p, this.generator)',
        why: 'drops weights in evaluation too',
      },
      {
        find: 'this.training ? dropout(t, p, this.generator) : t',
        replace: 'this.training ? dropout(t, p) : t',
        why: 'dropped weights and elements of h are not drawn from the generator given',
      },
      {
        find: 'this.drop(own.weight_hh as Tensor, weightDrop)',
        replace: 'this.drop(own.weight_hh as Tensor, this.regularisation.recurrentDropout)',
        why: 'weights are dropped with the probability of h',
      },
      {
        find: 'this.drop(own.weight_hh as Tensor, weightDrop)',
        replace: 'this.drop((own.weight_hh as Tensor).detach(), weightDrop)',
        why: 'dropped weights off the tape',
      },
      {
        find: 'String(name)',
        replace: "'h'",
        why: 'the learned h in the place of c',
      },
      {
        find: ': zeros([widths[name as',
        replace: '.detach() : zeros([widths[name as',
        why: 'the first states are not learned',
      },
      {
        find: 'fresh: (name) =>',
        replace: "fresh: (name, suffix = 'l0') =>",
        why: 'all layers begin from the learned state of the first',
      },
      {
        find: 'all.push([first, this[first], [this.widths[name]]])',
        replace: '',
        why: 'learned states of a wrong shape or dtype are not seen',
      },
      {
        find: 'isReverse: k === 1,',
        replace: 'isReverse: false,',
        why: 'both directions run forward',
      },
      {
        find: 'this.widths.h * suffixes.length',
        replace: 'this.widths.h',
        why: 'upper layers too narrow for two directions',
      },
      {
        find: 'this.widths.h * suffixes.length',
        replace: 'this.hiddenSize * suffixes.length',
        why: 'upper layers too wide for a projected h',
      },
      {
        find: 'given[name].select(0, k)',
        replace: 'given[name].select(0, 0)',
        why: 'all scans begin from the first state',
      },
      {
        find: 'every: options.every ?? false',
        replace: 'every: false',
        why: 'no states after every step',
      },
      {
        find: 'if (this.learnState)\n        for (const name of states)',
        replace: 'if (false)\n        for (const name of states)',
        why: 'there is no learned state',
      },
    ],
  },
]
