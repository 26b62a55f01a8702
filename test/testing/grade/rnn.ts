// What students write in the RNNs of D0 (columns) and D2 (rows) instead of what stands there, by
// the mistake that it is.
import type { Edit } from './students.ts'

const loop = 'for (let t = caches.length - 1; t >= 0; t--)'
const isLast = 't === caches.length - 1'
const slope = (text: string): Edit[] => [['(1 - a * a) * da', text]]
const received = (text: string): Edit[] => [
  ['add(columnsAt(da, t), da_prevt), caches', `${text}, caches`],
]
const mean = (text: string): string => `each((v) => v / xt[0].length, ${text})`
const weightsOfOne: Edit[] = [
  ['add(dWax, g.dWax)', 'g.dWax'],
  ['add(dWaa, g.dWaa)', 'g.dWaa'],
]
const biasOfOne: Edit[] = [['add(dba, g.dba)', 'g.dba']]
const zeroInputs: Edit[] = [
  ['const dx: Matrix[] = []', 'const dx: Matrix[] = caches.map(({ xt }) => zerosLike(xt))'],
]
const weightsOfLast: Edit[] = [
  ['add(dWax, g.dWax)', `${isLast} ? g.dWax : dWax`],
  ['add(dWaa, g.dWaa)', `${isLast} ? g.dWaa : dWaa`],
]
const biasOfLast: Edit[] = [['add(dba, g.dba)', `${isLast} ? g.dba : dba`]]
const shifted = (t: string): Edit[] => received(`add(columnsAt(da, ${t}), da_prevt)`)
const bias = (text: string): Edit[] => [['sumColumns(dtanh)', text]]
const weightMeans: Edit[] = [
  ['times(dtanh, transpose(xt))', mean('times(dtanh, transpose(xt))')],
  ['times(dtanh, transpose(a_prev))', mean('times(dtanh, transpose(a_prev))')],
]
const firstOf = (other: string): string =>
  `times(columns(dtanh, 0, 1), transpose(columns(${other}, 0, 1)))`
const weightsOfFirst: Edit[] = [
  ['times(dtanh, transpose(xt))', firstOf('xt')],
  ['times(dtanh, transpose(a_prev))', firstOf('a_prev')],
]
const Wax = 'times(transpose(parameters.Wax), dtanh)'
const Waa = 'times(transpose(parameters.Waa), dtanh)'
const inLoopOrder: Edit[] = [['joinColumns(dx)', 'joinColumns([...dx].reverse())']]

/** In the step of D0; its sequence calls the step. */
export const steps: Record<string, readonly Edit[]> = {
  'the upstream gradient is ignored': slope('(1 - a * a)'),
  '1 − y instead of 1 − y²': slope('(1 - a) * da'),
  'the derivative of tanh is missing': slope('da'),
  'y(1 − y) instead of 1 − y²': slope('a * (1 - a) * da'),
  'tanh is taken twice': slope('(1 - tanh(a) ** 2) * da'),
  '1 − z² instead of 1 − y²': slope('(1 - Math.atanh(a) ** 2) * da'),
  '1 + y² instead of 1 − y²': slope('(1 + a * a) * da'),
  'y instead of 1 − y²': slope('a * da'),
  '−2y instead of 1 − y²': slope('-2 * a * da'),
  'the weights of the state are not transposed': [[Waa, 'times(parameters.Waa, dtanh)']],
  'the weights of the input are not transposed': [[Wax, 'times(parameters.Wax, dtanh)']],
  'no weights are transposed': [
    [Waa, 'times(parameters.Waa, dtanh)'],
    [Wax, 'times(parameters.Wax, dtanh)'],
  ],
  'the weights of input and state are exchanged on the way back': [
    [Waa, 'times(transpose(parameters.WAX), dtanh)'],
    [Wax, Waa],
    ['parameters.WAX', 'parameters.Wax'],
  ],
  'a instead of a⁻ in the gradient of the state’s weights': [
    ['times(dtanh, transpose(a_prev))', 'times(dtanh, transpose(a_next))'],
  ],
  'the derivative of tanh is missing in δx and δa⁻': [
    [Wax, 'times(transpose(parameters.Wax), da_next)'],
    [Waa, 'times(transpose(parameters.Waa), da_next)'],
  ],
  'the bias is not summed': bias('dtanh'),
  'the bias is averaged': bias(mean('sumColumns(dtanh)')),
  'the bias is that of the first example': bias('columns(dtanh, 0, 1)'),
  'the bias is summed over the wrong axis': bias('transpose(sumColumns(transpose(dtanh)))'),
  'the weights are those of the first example': weightsOfFirst,
  'weights and bias are those of the first example': [
    ...weightsOfFirst,
    ...bias('columns(dtanh, 0, 1)'),
  ],
  'the weights are averaged over the batch': weightMeans,
  'weights and bias are averaged over the batch': [
    ...weightMeans,
    ...bias(mean('sumColumns(dtanh)')),
  ],
  'the weights’ gradients are transposed': [
    ['times(dtanh, transpose(xt))', 'times(xt, transpose(dtanh))'],
    ['times(dtanh, transpose(a_prev))', 'times(a_prev, transpose(dtanh))'],
  ],
  'the sign of everything is wrong': slope('-(1 - a * a) * da'),
}

/** In the loop of D0. */
export const sequences: Record<string, readonly Edit[]> = {
  'the sign of everything is wrong': [
    [
      'dx: joinColumns(dx), da0: da_prevt, dWax, dWaa, dba',
      `dx: joinColumns(dx.map((d) => each((v) => -v, d))), da0: each((v) => -v, da_prevt), ${[
        'dWax',
        'dWaa',
        'dba',
      ].map((k) => `${k}: each((v) => -v, ${k})`)}`,
    ],
  ],
  'the upstream gradient is ignored': received('add(each(() => 1, a0), da_prevt)'),
  'the carry is forgotten': received('columnsAt(da, t)'),
  'the upstream gradient enters at the last step only': received(
    't === caches.length - 1 ? columnsAt(da, t) : da_prevt',
  ),
  'the upstream gradient is that of the step before, and at the first step that of the last':
    shifted('(t + caches.length - 1) % caches.length'),
  'the upstream gradient is that of the step before, and none at the first step': received(
    't === 0 ? da_prevt : add(columnsAt(da, t - 1), da_prevt)',
  ),
  'the upstream gradient is that of the step before, and at the first step its own':
    shifted('Math.max(0, t - 1)'),
  'the upstream gradient is that of the step after, and none at the last step': received(
    't === caches.length - 1 ? da_prevt : add(columnsAt(da, t + 1), da_prevt)',
  ),
  'the upstream gradient is that of the step after, and at the last step its own': shifted(
    'Math.min(caches.length - 1, t + 1)',
  ),
  'the first step is left out': [...zeroInputs, [loop, loop.replace('>=', '>')]],
  'the last step is left out': [...zeroInputs, [loop, loop.replace('1;', '2;')]],
  'weights and bias are those of the last step': [...weightsOfLast, ...biasOfLast],
  'the weights are those of the last step': weightsOfLast,
  'the bias is that of the last step': biasOfLast,
  'the carry grows instead of being replaced': [['g.da_prev,', 'add(da_prevt, g.da_prev),']],
  'the carry is subtracted': received('each((a, b) => a - b, columnsAt(da, t), da_prevt)'),
  'the steps are walked from the first to the last': [
    [loop, 'for (let t = 0; t < caches.length; t++)'],
  ],
  'the inputs’ gradients are in the order of the loop': inLoopOrder,
  'weights and bias are those of one step': [...weightsOfOne, ...biasOfOne],
  'the weights are those of one step': weightsOfOne,
  'the bias is that of one step': biasOfOne,
  'weights and bias are averaged over time': [
    [
      'da0: da_prevt, dWax, dWaa, dba',
      `da0: da_prevt, ${['dWax', 'dWaa', 'dba'].map((k) => `${k}: each((v) => v / caches.length, ${k})`)}`,
    ],
  ],
  'the first state’s gradient is zero': [['da0: da_prevt, dWax', 'da0: zerosLike(a0), dWax']],
  'the first state’s gradient is that of one step later': [
    ['const g = rnnCellBackward(', 'before = da_prevt; const g = rnnCellBackward('],
    ['const dx: Matrix[] = []', 'const dx: Matrix[] = []; let before'],
    ['da0: da_prevt, dWax', 'da0: before, dWax'],
  ],
}

/** In the step of D2. */
export const rowSteps: Record<string, readonly Edit[]> = {
  '1 − y instead of 1 − y²': [['dh * (1 - h * h)', 'dh * (1 - h)']],
  'the weights of the state are not transposed': [['times(da, transpose(Wh))', 'times(da, Wh)']],
  'the bias is not summed': [['sumRows(da)', 'da']],
  'the bias is summed over the wrong axis': [['sumRows(da)', 'sumRows(transpose(da))']],
  'h instead of h⁻ in the gradient of the state’s weights': [
    ['times(transpose(prev_h), da)', 'times(transpose(next_h), da)'],
    ['{ x, prev_h, Wx, Wh }', '{ x, prev_h, next_h, Wx, Wh }'],
  ],
}

/** Sums over time that begin with what the last step gives, of whatever shape. */
export const sumsOfAnyShape = {
  d0: ['dWax', 'dWaa', 'dba'].map(
    (k): Edit => [`add(${k}, g.${k})`, `${isLast} ? g.${k} : add(${k}, g.${k})`],
  ),
  d2: [
    [
      'add([db], [g.db])[0]',
      `${isLast} ? g.db : Array.isArray(db[0]) ? add(db, g.db) : add([db], [g.db])[0]`,
    ],
  ] as Edit[],
}
