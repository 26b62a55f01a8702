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
        find: '? repeated(this[`first_${String(name)}_${suffix}`], N)',
        replace: '? repeated(this[`first_${String(name)}_${suffix}`].detach(), N)',
        why: 'the first states are not learned',
      },
      {
        find: 'fresh: (name, N) =>',
        replace: "fresh: (name, N, suffix = 'l0') =>",
        why: 'all layers begin from the learned state of the first',
      },
      {
        find: 'all.push([first, this[first], [sizes[name]]])',
        replace: '',
        why: 'learned states of a wrong shape or dtype are not seen',
      },
      {
        find: 'isReverse: k === 1,',
        replace: 'isReverse: false,',
        why: 'both directions run forward',
      },
      {
        find: 'input = sizes.h * suffixes.length',
        replace: 'input = sizes.h',
        why: 'upper layers too narrow for two directions',
      },
      {
        find: 'input = sizes.h * suffixes.length',
        replace: 'input = H * suffixes.length',
        why: 'upper layers too wide for a projected h',
      },
      {
        find: 'drawnParameters(this.recurrence, D, H, read.init)',
        replace: 'drawnParameters(this.recurrence, D, this.widths[0], read.init)',
        why: 'all layers as wide as the first',
      },
      {
        find: 'this.recurrence.states(H)',
        replace: 'this.recurrence.states(this.widths[0])',
        why: 'the states of all layers as wide as those of the first',
      },
      {
        find: "typeof this.hiddenSize !== 'number'",
        replace: 'new Set(this.widths).size > 1',
        why: 'the widths in a list decide whether states are lists',
      },
      {
        find: "typeof this.hiddenSize !== 'number'",
        replace: 'this.widths.length > 1',
        why: 'the states of one number for more layers are lists',
      },
      {
        find: 'every: options.every ?? false',
        replace: 'every: false',
        why: 'no states after every step',
      },
      {
        find: 'if (this.learnState)\n        for (const name of this.names)\n          Object',
        replace: 'if (false)\n        for (const name of this.names)\n          Object',
        why: 'there is no learned state',
      },
    ],
  },
]
