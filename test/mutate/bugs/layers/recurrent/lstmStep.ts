// Bugs to be planted in src/layers/recurrent/lstmStep.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'const [zf, zg, zo] = gates.slice(-3)',
        replace: 'const [zf, zo, zg] = gates.slice(-3)',
        why: 'the gate order i, f, o, g',
      },
      {
        find: 'gate(gates[0], c, p.weight_ci)',
        replace: 'gate(zf, c, p.weight_ci)',
        why: 'the forget gate in the place of the input gate',
      },
      { find: 'f.mul(c).add', replace: 'f.add', why: 'the cell state forgotten' },
      {
        find: 'coupled ? f.neg().add(1) : gate(gates[0], c, p.weight_ci)',
        replace: 'f.neg().add(1)',
        why: 'coupled gates whether wanted or not',
      },
      { find: "named('g', zg.tanh())", replace: "named('g', zg.sigmoid())", why: 'σ for tanh' },
      { find: 'o.mul(seen.tanh())', replace: 'o.mul(seen)', why: 'the output’s tanh forgotten' },
      { find: 'c: cNext }', replace: 'c }', why: 'the old cell state is handed on' },
      { find: 'c: cNext }', replace: 'c: seen }', why: 'the normalised cell state is handed on' },
      { find: 'c: cNext }', replace: 'c: sum }', why: 'the cell state is handed on unclipped' },
      {
        find: '.clamp(-clip, clip)',
        replace: '.clamp(0, clip)',
        why: 'negative cell states clipped off',
      },
      {
        find: 'gate(zf, c, p.weight_cf)',
        replace: 'gate(zf, c, p.weight_ci)',
        why: 'the peephole of the input gate in the forget gate',
      },
      {
        find: 'gate(zo, cNext, p.weight_co)',
        replace: 'gate(zo, c, p.weight_co)',
        why: 'the output gate sees the old cell state',
      },
      {
        find: 'gate(zo, cNext, p.weight_co)',
        replace: 'gate(zo, sum, p.weight_co)',
        why: 'the output gate sees the cell state unclipped',
      },
      {
        find: 'product(hidden, p.weight_hh, p.weight_ln_hh, p.bias_hh,',
        replace: 'product(hidden, p.weight_hh, p.weight_ln_ih, p.bias_hh,',
        why: 'the gain of the input’s product for that of h’s',
      },
      {
        find: 'affine(x, weight, null)), gain, bias, of)',
        replace: 'affine(x, weight, bias)), gain, null, of)',
        why: 'biases before the normalisation',
      },
      {
        find: 'centred.square().mean(1, true).add(EPSILON)',
        replace: 'centred.square().sum(1, true).add(EPSILON)',
        why: 'a sum of squares for the variance',
      },
      { find: 'z.sub(z.mean(1, true))', replace: 'z', why: 'rows are not centred' },
      { find: 'EPSILON = 1e-5', replace: 'EPSILON = 1e-3', why: 'Keras’s ε' },
      {
        find: 'normalised(cNext, gain, bias_ln_c,',
        replace: 'normalised(cNext, gain, null,',
        why: 'the bias of the cell state’s normalisation is passed over',
      },
      {
        find: 'weight_ln_c: { ...vector, value: 1 }',
        replace: 'weight_ln_c: vector',
        why: 'the gains of normalisation are drawn',
      },
      {
        find: "affine(named('m', m), p.weight_hr, null)",
        replace: "affine(named('m', m), p.weight_hr, null).tanh()",
        why: 'a function of the projection',
      },
      {
        find: 'h: projSize ?? H, c: H',
        replace: 'h: H, c: H',
        why: 'h has the size of c where it is projected',
      },
      {
        find: 'if (peepholes && !coupledGates)',
        replace: 'if (peepholes)',
        why: 'coupled gates have a peephole that they do not use',
      },
      {
        find: 'coupledGates ? 0 : H',
        replace: '0',
        why: 'forgetBias in the input gate',
      },
      {
        find: '[bias_hh, 0],',
        replace: '',
        why: 'the forget gate’s bias begins at forgetBias and a number drawn',
      },
      {
        find: 'if (known !== undefined) return known\n',
        replace: '',
        why: 'programs are built again for each layer',
        equivalent: 'it costs time',
      },
      {
        find: "!(typeof cellClip === 'number' && cellClip > 0)",
        replace: 'cellClip < 0',
        why: 'a clip of 0 or NaN is taken',
      },
      {
        find: 'if (forgetBias !== undefined && bias === false)',
        replace: 'if (false)',
        why: 'forgetBias without biases is passed over',
      },
    ],
  },
]
