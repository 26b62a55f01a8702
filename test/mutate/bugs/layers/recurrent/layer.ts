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
        find: 'const isDropped = training && recurrentDropout > 0',
        replace: 'const isDropped = recurrentDropout > 0',
        why: 'a product with ones in evaluation',
        equivalent: 'h times 1 is h',
      },
      {
        find: 'drop(ones([M, widths.h], { dtype }), recurrentDropout)',
        replace: 'drop(ones([1, widths.h], { dtype }), recurrentDropout)',
        why: 'all sequences drop the same elements of h',
      },
      {
        find: 'drop(ones([M, widths.h], { dtype }), recurrentDropout)',
        replace: 'drop(ones([M, widths.h], { dtype }), this.regularisation.weightDrop)',
        why: 'h is dropped with the probability of the weights',
      },
      {
        find: 'if (!training || p === 0) return p',
        replace: 'if (!training) return 0',
        why: 'evaluation without its share of the old state',
      },
      {
        find: 'if (!training || p === 0) return p',
        replace: 'if (p === 0) return p',
        why: 'holds states back at random in evaluation',
      },
      {
        find: 'if (!training || p === 0) return p',
        replace: 'return p',
        why: 'shares in the place of chance in training',
      },
      {
        find: '.lt(p).to(dtype)',
        replace: '.lt(1 - p).to(dtype)',
        why: 'holds back the share that should go on',
      },
      {
        find: 'const p = zoneout[k]',
        replace: 'const p = zoneout[0]',
        why: 'the zoneout of h for all states',
      },
      {
        find: '{ dtype, generator }).lt(p)',
        replace: '{ dtype }).lt(p)',
        why: 'what is held back is not drawn from the generator given',
      },
      {
        find: 'rand([R, widths[name]]',
        replace: 'rand([1, widths[name]]',
        why: 'the same elements are held back at every step',
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
