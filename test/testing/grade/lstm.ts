// What students write in the LSTMs of D2 (rows) and D0 (columns) instead of what stands there, by
// the mistake that it is.
import type { Edit } from './students.ts'

const loop = 'for (let t = caches.length - 1; t >= 0; t--)'
const candidate = (text: string): Edit[] => [['(1 - g * g) * dg, z_g, dz_g', `${text}, z_g, dz_g`]]
const gates = (text: string): Edit[] => [['(1 - z) * z * dz', text]]
const gate = (k: string): Edit[] => [[`dsigmoid(z_${k}, dz_${k})`, `dz_${k}`]]
const memory = (text: string): Edit[] => [['o * (1 - t * t) * dh + dc', text]]
const throughH = 'each((o, t, dh) => o * (1 - t * t) * dh, z_o, z_t, dnext_h)'
/** The lines in which s is used, each with s replaced. */
const lines: Record<string, (s: string) => Edit> = {
  i: (s) => ['z_g, dc_t)', `z_g, ${s})`],
  f: (s) => ['c * dc, prev_c, dc_t)', `c * dc, prev_c, ${s})`],
  g: (s) => ['i * dc, z_i, dc_t)', `i * dc, z_i, ${s})`],
  c: (s) => ['f * dc, z_f, dc_t)', `f * dc, z_f, ${s})`],
}
const line = (k: string, s: string): Edit[] => [lines[k](s)]
const place = (order: string): Edit[] => [
  [
    'da_i.map((row, n) => [...row, ...da_f[n], ...da_o[n], ...da_g[n]])',
    `da_i.map((_, n) => [${[...order].map((k) => `...da_${k}[n]`)}])`,
  ],
]
/** One term less in the sums over the gates. */
const forgotten = (k: number): Edit[] => {
  const rest = `each((v, n, j) => v, da.map((row) => row.map((v, j) => Math.floor(j / Wh.length) === ${k} ? 0 : v)))`
  return [
    ['times(da, transpose(Wx))', `times(${rest}, transpose(Wx))`],
    ['times(da, transpose(Wh))', `times(${rest}, transpose(Wh))`],
  ]
}
/** A matrix for each gate, transposed by itself. */
const untransposed = (W: string): Edit => [
  `times(da, transpose(${W}))`,
  `[0, 1, 2, 3].map((k) => [k * Wh.length, (k + 1) * Wh.length]).map(([a, b]) => times(columns(da, a, b), columns(${W}, a, b))).reduce((a, b) => add(a, b))`,
]
const mean = (text: string): string => `each((v) => v / x.length, ${text})`
const bias = (text: string): Edit[] => [['sumRows(da)', text]]
const weightMeans: Edit[] = [
  ['times(transpose(x), da)', mean('times(transpose(x), da)')],
  ['times(transpose(prev_h), da)', mean('times(transpose(prev_h), da)')],
]
const weightsOfFirst: Edit[] = [
  ['times(transpose(x), da)', 'times(transpose([x[0]]), [da[0]])'],
  ['times(transpose(prev_h), da)', 'times(transpose([prev_h[0]]), [da[0]])'],
]
const received = (h: string, c: string): Edit[] => [
  ['add(rowsAt(dh, t), dprev_h), dprev_c', `${h}, ${c}`],
]
const both = 'add(rowsAt(dh, t), dprev_h)'
const zero = 'zerosLike(dprev_c)'
const weightsOfOne: Edit[] = [
  ['add(dWx, g.dWx)', 'g.dWx'],
  ['add(dWh, g.dWh)', 'g.dWh'],
]
const biasOfOne: Edit[] = [['add([db], [g.db])[0]', 'g.db']]

const isLast = 't === caches.length - 1'
const weightsOfLast: Edit[] = [
  ['add(dWx, g.dWx)', `${isLast} ? g.dWx : dWx`],
  ['add(dWh, g.dWh)', `${isLast} ? g.dWh : dWh`],
]
const biasOfLast: Edit[] = [['add([db], [g.db])[0]', `${isLast} ? g.db : db`]]
const shifted = (t: string): Edit[] => received(`add(rowsAt(dh, ${t}), dprev_h)`, 'dprev_c')
const zeroInputs: Edit[] = [
  ['const dx: Matrix[] = []', 'const dx: Matrix[] = caches.map(({ x }) => zerosLike(x))'],
]

/** In the step of D2; its sequence calls the step. */
export const steps: Record<string, readonly Edit[]> = {
  'the upstream gradient is ignored': [
    [
      'const { z_i, z_f, z_o, z_g, z_t, prev_c } = cache',
      'const { z_i, z_f, z_o, z_g, z_t, prev_c } = cache; dnext_h = each(() => 1, dnext_h)',
    ],
  ],
  '1 − y instead of 1 − y², in the candidate': candidate('(1 - g) * dg'),
  'the derivative of tanh is missing, in the candidate': candidate('dg'),
  'y(1 − y) instead of 1 − y², in the candidate': candidate('g * (1 - g) * dg'),
  'tanh is taken twice, in the candidate': candidate('(1 - tanh(g) ** 2) * dg'),
  '1 − z² instead of 1 − y², in the candidate': candidate('(1 - Math.atanh(g) ** 2) * dg'),
  '1 + y² instead of 1 − y², in the candidate': candidate('(1 + g * g) * dg'),
  'y instead of 1 − y², in the candidate': candidate('g * dg'),
  '−2y instead of 1 − y², in the candidate': candidate('-2 * g * dg'),
  'the derivatives of the gates are missing': gates('dz'),
  'the derivative of the input gate is missing': gate('i'),
  'the derivative of the forget gate is missing': gate('f'),
  'the derivative of the output gate is missing': gate('o'),
  '1 − y² instead of y(1 − y)': gates('(1 - z * z) * dz'),
  '1 − y instead of y(1 − y)': gates('(1 - z) * dz'),
  'y instead of y(1 − y)': gates('z * dz'),
  'y(1 + y) instead of y(1 − y)': gates('(1 + z) * z * dz'),
  'the sigmoid is taken twice': gates('(1 - sigmoid(z)) * sigmoid(z) * dz'),
  'δc is dropped': memory('o * (1 - t * t) * dh'),
  'δc is dropped in the line of the input gate': line('i', throughH),
  'δc is dropped in the line of the forget gate': line('f', throughH),
  'δc is dropped in the line of the candidate': line('g', throughH),
  'δc is dropped in the line of the memory before, δc⁻': line('c', throughH),
  'what reaches the memory through h is dropped': memory('dc'),
  'what comes through h is dropped in the line of the input gate': line('i', 'dnext_c'),
  'what comes through h is dropped in the line of the forget gate': line('f', 'dnext_c'),
  'what comes through h is dropped in the line of the candidate': line('g', 'dnext_c'),
  'what comes through h is dropped in the line of the memory before, δc⁻': line('c', 'dnext_c'),
  'tanh of c is forgotten in its derivative': memory('o * (1 - Math.atanh(t) ** 2) * dh + dc'),
  '1 − tanh(c) instead of 1 − tanh²(c)': memory('o * (1 - t) * dh + dc'),
  'the derivative of tanh(c) is missing': memory('o * dh + dc'),
  'o is missing on the way to the memory': memory('(1 - t * t) * dh + dc'),
  'δc is taken through the output gate': memory('o * (1 - t * t) * (dh + dc)'),
  'tanh of c is forgotten in the output gate': [['=> t * dh, z_t', '=> Math.atanh(t) * dh, z_t']],
  's instead of δh in the output gate': [
    ['const dz_f =', 'const dz_O = each((t, dc) => t * dc, z_t, dc_t); const dz_f ='],
    ['dsigmoid(z_o, dz_o)', 'dsigmoid(z_o, dz_O)'],
  ],
  'c instead of c⁻ in the forget gate': [
    ['c * dc, prev_c, dc_t)', 'Math.atanh(c) * dc, z_t, dc_t)'],
  ],
  'c⁻ is missing in the forget gate': [['c * dc, prev_c', 'dc, prev_c']],
  'g is missing in the input gate': [['g * dc', 'dc']],
  'i is missing in the candidate': [['i * dc', 'dc']],
  'i and g are exchanged': [
    ['g * dc, z_g', 'g * dc, z_I'],
    ['i * dc, z_i', 'i * dc, z_g'],
    ['z_I', 'z_i'],
  ],
  'f is missing in δc⁻': [['f * dc, z_f', 'dc, z_f']],
  'i instead of f in δc⁻': [['f * dc, z_f', 'f * dc, z_i']],
  'gate i is forgotten on the way back': forgotten(0),
  'gate f is forgotten on the way back': forgotten(1),
  'gate o is forgotten on the way back': forgotten(2),
  'gate g is forgotten on the way back': forgotten(3),
  'the gates i and f are in each other’s place': place('fiog'),
  'the gates o and g are in each other’s place': place('ifgo'),
  'the gates are in the order f, i, g, o': place('figo'),
  'the weights of the state are not transposed': [untransposed('Wh')],
  'the weights of the input are not transposed': [untransposed('Wx')],
  'no weights are transposed': [untransposed('Wh'), untransposed('Wx')],
  'the weights of input and state are exchanged on the way back': [
    ['times(da, transpose(Wx))', 'times(da, transpose(WH))'],
    ['times(da, transpose(Wh))', 'times(da, transpose(Wx))'],
    ['transpose(WH)', 'transpose(Wh)'],
  ],
  'h instead of h⁻ in the gradient of the state’s weights': [
    ['times(transpose(prev_h), da)', 'times(transpose(each((o, t) => o * t, z_o, z_t)), da)'],
    ['{ x, prev_h, Wx, Wh }', '{ x, z_o, z_t, prev_h, Wx, Wh }'],
  ],
  'the bias is not summed': bias('da'),
  'the bias is averaged': bias(`${mean('[sumRows(da)]')}[0]`),
  'the bias is that of the first example': bias('da[0]'),
  'the weights are those of the first example': weightsOfFirst,
  'weights and bias are those of the first example': [...weightsOfFirst, ...bias('da[0]')],
  'the weights are averaged over the batch': weightMeans,
  'weights and bias are averaged over the batch': [
    ...weightMeans,
    ...bias(`${mean('[sumRows(da)]')}[0]`),
  ],
  'the sign of everything is wrong': [
    [
      '{ ...affineBackward(da, cache), dprev_c }',
      '{ ...affineBackward(each((v) => -v, da), cache), dprev_c: each((v) => -v, dprev_c) }',
    ],
  ],
}

/** In the loop of D2. */
export const sequences: Record<string, readonly Edit[]> = {
  'the sign of everything is wrong': [
    [
      'dx: joinRows(dx), dh0: dprev_h, dWx, dWh, db }',
      `dx: joinRows(dx.map((d) => each((v) => -v, d))), db: db.map((v) => -v), ${[
        'dh0: dprev_h',
        'dWx: dWx',
        'dWh: dWh',
      ].map((pair) => pair.replace(': ', ': each((v) => -v, ').concat(')'))} }`,
    ],
  ],
  'the upstream gradient is ignored': received(
    'add(each(() => 1, rowsAt(dh, t)), dprev_h)',
    'dprev_c',
  ),
  'nothing is carried': received('rowsAt(dh, t)', zero),
  'δh⁻ is not carried': received('rowsAt(dh, t)', 'dprev_c'),
  'δc⁻ is not carried': received(both, zero),
  'the upstream gradient enters at the last step only': received(
    't === caches.length - 1 ? rowsAt(dh, t) : dprev_h',
    'dprev_c',
  ),
  'the upstream gradient is that of the step before, and at the first step that of the last':
    shifted('(t + caches.length - 1) % caches.length'),
  'the upstream gradient is that of the step before, and none at the first step': received(
    't === 0 ? dprev_h : add(rowsAt(dh, t - 1), dprev_h)',
    'dprev_c',
  ),
  'the upstream gradient is that of the step before, and at the first step its own':
    shifted('Math.max(0, t - 1)'),
  'the upstream gradient is that of the step after, and none at the last step': received(
    't === caches.length - 1 ? dprev_h : add(rowsAt(dh, t + 1), dprev_h)',
    'dprev_c',
  ),
  'the upstream gradient is that of the step after, and at the last step its own': shifted(
    'Math.min(caches.length - 1, t + 1)',
  ),
  'the first step is left out': [...zeroInputs, [loop, loop.replace('>=', '>')]],
  'the last step is left out': [...zeroInputs, [loop, loop.replace('1;', '2;')]],
  'weights and bias are those of the last step': [...weightsOfLast, ...biasOfLast],
  'the weights are those of the last step': weightsOfLast,
  'the bias is that of the last step': biasOfLast,
  'the carry grows instead of being replaced': [
    ['g.dprev_h,\n      g.dprev_c', 'add(dprev_h, g.dprev_h),\n g.dprev_c'],
  ],
  'the carry is subtracted': received('each((a, b) => a - b, rowsAt(dh, t), dprev_h)', 'dprev_c'),
  'the steps are walked from the first to the last': [
    [loop, 'for (let t = 0; t < caches.length; t++)'],
  ],
  'the inputs’ gradients are in the order of the loop': [
    ['joinRows(dx)', 'joinRows([...dx].reverse())'],
  ],
  'weights and bias are those of one step': [...weightsOfOne, ...biasOfOne],
  'the weights are those of one step': weightsOfOne,
  'the bias is that of one step': biasOfOne,
  'weights and bias are averaged over time': [
    [
      'dh0: dprev_h, dWx, dWh, db',
      `dh0: dprev_h, ${['dWx', 'dWh'].map((k) => `${k}: each((v) => v / caches.length, ${k})`)}, db: db.map((v) => v / caches.length)`,
    ],
  ],
  'the first state’s gradient is zero': [['dh0: dprev_h', 'dh0: zerosLike(dprev_h)']],
  'the first state’s gradient is that of one step later': [
    ['const g = lstmStepBackward(', 'before = dprev_h; const g = lstmStepBackward('],
    ['const dx: Matrix[] = []', 'const dx: Matrix[] = []; let before'],
    ['dh0: dprev_h', 'dh0: before'],
  ],
}

/** In the step of D0, which writes s out in every line. */
export const columnSteps: Record<string, readonly Edit[]> = {
  'δc is dropped in the line of the input gate': [['dc * cc + o', 'o']],
  'δc is dropped in the line of the forget gate': [['dc * cp + o', 'o']],
  'δc is dropped in the line of the candidate': [['dc * i + o', 'o']],
  'δc is dropped in the line of the memory before, δc⁻': [['dc * f + o', 'o']],
  'what comes through a is dropped in the line of the forget gate': [
    ['dc * cp + o * (1 - square(tanh(c))) * cp * da', 'dc * cp'],
  ],
  'tanh of c is forgotten in its derivative': [['square(tanh(c))', 'square(c)']],
  '1 − tanh(c) instead of 1 − tanh²(c)': [['square(tanh(c))', 'tanh(c)']],
  'o is missing on the way to the memory': [['o * (1 - square(tanh(c)))', '(1 - square(tanh(c)))']],
  'tanh of c is forgotten in the output gate': [['da * tanh(c) * o', 'da * c * o']],
  'c instead of c⁻ in the forget gate': [
    ['    c_prev,\n    ot,\n    c_next,', '    c_next,\n    ot,\n    c_next,'],
  ],
  '1 − y instead of 1 − y², in the candidate': [['(1 - square(cc))', '(1 - cc)']],
  'the weights’ gradients are those of [x; a⁻]': [
    ['transpose([...a_prev, ...xt])', 'transpose([...xt, ...a_prev])'],
  ],
  'the weights are cut after the input’s columns': [
    ['dxt: back(n_a), da_prev: back(0, n_a)', 'dxt: back(0, xt.length), da_prev: back(xt.length)'],
  ],
  'the gates i and f are in each other’s place': [
    ['const concatT', 'const [dF, dI] = [dit, dft]; const concatT'],
    ['part(Wf, dft), part(Wi, dit)', 'part(Wf, dF), part(Wi, dI)'],
    ['[dft, dit, dcct, dot]', '[dF, dI, dcct, dot]'],
  ],
  'the weights of the state are not transposed': [
    [
      'da_prev: back(0, n_a)',
      'da_prev: add(...[[Wf, dft], [Wi, dit], [Wc, dcct], [Wo, dot]].map(([W, d]) => times(columns(W, 0, n_a), d)))',
    ],
  ],
  'the bias is averaged': [
    ['.map(sumColumns)', '.map((d) => each((v) => v / d[0].length, sumColumns(d)))'],
  ],
}
