// Bugs to be planted in src/layers/recurrent/gru.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'h: h.sub(n).mul(z).add(n)',
        replace: 'h: n.sub(h).mul(z).add(h)',
        why: 'z and 1 − z swapped, as in the paper',
      },
      {
        find: 'const [xr, xz, xn] = affine(x, weight_ih, bias_ih)',
        replace: 'const [xz, xr, xn] = affine(x, weight_ih, bias_ih)',
        why: 'the gate order z, r, n in x’s product',
      },
      {
        find: 'const [hr, hz, m] =',
        replace: 'const [hz, hr, m] =',
        why: 'the gate order z, r, n in h’s product',
      },
      {
        find: "xn.add(r.mul(named('m', m))).tanh()",
        replace: "xn.add(named('m', m)).mul(r).tanh()",
        why: 'the reset gate acts on x as well',
      },
      {
        find: "xn.add(r.mul(named('m', m))).tanh()",
        replace: "xn.add(r.mul(named('m', m))).sigmoid()",
        why: 'σ for tanh',
      },
      {
        find: 'return mixed(z, h, ',
        replace: 'return mixed(z, hidden, ',
        why: 'h is dropped out where it is carried over',
      },
      {
        find: "mixed(named('z', xz.add(hz).sigmoid()), h, n)",
        replace: "mixed(named('z', xz.add(hz).sigmoid()), hidden, n)",
        why: 'h is dropped out where it is carried over, reset before',
      },
      {
        find: "named('m', r.mul(hidden))",
        replace: "named('m', r.mul(h))",
        why: 'the candidate sees h without dropout',
      },
      {
        find: "affine(named('m', r.mul(hidden)), ...candidate)",
        replace: 'r.mul(affine(hidden, ...candidate))',
        why: 'resets after the product whether wanted or not',
      },
      {
        find: 'const [hr, hz] = affine',
        replace: 'const [hz, hr] = affine',
        why: 'the gate order z, r, reset before',
      },
      {
        find: 'candidate: [weight_hh.slice(0, at), bias_hh?.slice(0, at) ?? null]',
        replace: 'candidate: [weight_hh.slice(0, at), null]',
        why: 'no bias of h in the candidate, reset before',
      },
      {
        find: 'resetAfter ? gru : gruResetBefore',
        replace: 'gru',
        why: 'resetAfter is passed over',
      },
      { find: 'resetAfter = true', replace: 'resetAfter = false', why: 'the paper’s by default' },
    ],
  },
]
