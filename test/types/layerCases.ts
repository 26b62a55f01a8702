// The rows of cases.ts that are of layers and losses.

export const ACCEPTED_LAYERS: readonly (readonly [code: string, shape: string])[] = [
  ['crossEntropy(of([4, 10, 27]), of([4, 10], int32))', '()'],
  ["crossEntropy(of([4, 27]), of([4], int32), { reduction: 'none' })", '(4)'],
  ['mseLoss(of([4, 2]), of([4, 2]))', '()'],
  ['new Linear(27, 64).forward(of([4, 10, 27]))', '(4, 10, 64)'],
  ['new Linear(27, 64).weight', '(…)'],
  ['new Linear(n, 64).forward(of([2, 5]))', '(2, 64)'],
  ['new Linear(3, 64).forward(plain)', '(…)'],
  ['new LSTM(3, 64).forward(plain.unsqueeze(0)).output', '(…)'],
  ['new LSTM(3, 64).forward(plain.unsqueeze(0)).state.h', '(…)'],
  ['new LSTMCell(3, 64).forward(plain).c', '(…)'],
  ['new Sequential(new Linear(3, 8), new Linear(8, 2)).forward(plain)', '(…)'],
  ['crossEntropy(plain, randint(0, 3, [2]))', '(…)'],
  ['new Embedding(27, 8).forward(of([4, 10], int32))', '(4, 10, 8)'],
  ['new Dropout(0.5).forward(of([2, 3]))', '(2, 3)'],
  ['new RNNCell(3, 5).forward(of([2, 3])).h', '(2, 5)'],
  ['new LSTMCell(3, 5).forward(of([2, 3]), { h: of([2, 5]), c: of([2, 5]) }).c', '(2, 5)'],
  ['new LSTM(27, 64).forward(of([32, 10, 27])).output', '(32, 10, 64)'],
  ['new LSTM(27, 64).forward(of([32, 10, 27])).state.c', '(1, 32, 64)'],
  [
    "new LSTM(27, 64).forward(of([32, 10, 27]), { mask: of([32, 10], { dtype: 'bool' }) }).output",
    '(32, 10, 64)',
  ],
  [
    'new RNN(27, 64, { batchFirst: false }).forward(of([10, 32, 27]), ' +
      "{ lengths: undefined, resets: of([10, 32], { dtype: 'bool' }) }).state.h",
    '(1, 32, 64)',
  ],
  [
    'new LSTM(27, 64, { numLayers: 2, bidirectional: true }).forward(of([32, 10, 27])).output',
    '(32, 10, 128)',
  ],
  [
    'new LSTM(27, 64, { numLayers: 2, bidirectional: true }).forward(of([32, 10, 27])).state.h',
    '(4, 32, 64)',
  ],
  ['new RNN(27, 64, { batchFirst: false }).forward(of([10, 32, 27])).state.h', '(1, 32, 64)'],
  ['new Recurrent(new LSTMCell(3, 5)).forward(of([2, 4, 3])).state.c', '(…)'],
  [
    'new Recurrent((D) => new GRUCell(D, 5), { inputSize: 3, numLayers: 2 }).forward(of([2, 4, 3]))' +
      '.state.h',
    '(…)',
  ],
  ['new GRUCell(3, 5, { resetAfter: false }).forward(of([2, 3])).h', '(2, 5)'],
  ['new GRU(27, 64, { numLayers: 2 }).forward(of([32, 10, 27])).state.h', '(2, 32, 64)'],
  ['new GRU(27, 64).forward(of([32, 10, 27]), { every: true }).output', '(32, 10, 64)'],
  ['new GRU(27, 64).forward(of([32, 10, 27]), { every: true }).states.h', '(…)'],
  ['new LSTM(27, 64).forward(of([32, 10, 27]), undefined, { every: true }).states.c', '(…)'],
  ['new LSTM(27, 64, { peepholes: true }).forward(of([32, 10, 27])).output', '(32, 10, 64)'],
  ['new LSTM(27, 64, { projSize: 8 }).forward(of([32, 10, 27])).output', '(32, 10, number)'],
  ['new LSTM(27, 64, { projSize: 8 }).forward(of([32, 10, 27])).state.c', '(1, 32, number)'],
  ['new LSTMCell(3, 8, { projSize: n }).forward(of([2, 3])).h', '(2, number)'],
  ['new LSTM(27, [64, 32]).forward(of([32, 10, 27])).output', '(32, 10, 32)'],
  ['new LSTM(27, [64, 32]).forward(of([32, 10, 27])).state.c[0]', '(1, 32, 64)'],
  ['new LSTM(27, [64, 32]).forward(plain.unsqueeze(0).matmul(of([3, 27]))).state.h[1]', '(…)'],
  [
    'new LSTM(27, [64, 32], { projSize: 8 }).forward(of([32, 10, 27])).state.h[0]',
    '(1, 32, number)',
  ],
  [
    'new GRU(27, [64, 32], { bidirectional: true }).forward(of([32, 10, 27])).output',
    '(32, 10, 64)',
  ],
  [
    'new GRU(27, [64, 32], { bidirectional: true }).forward(of([32, 10, 27])).state.h[0]',
    '(2, 32, 64)',
  ],
  ['new GRU(27, [64, 32]).forward(of([32, 10, 27]), { every: true }).states.h[1]', '(…)'],
  ['new RNN(27, [n, 32]).forward(of([32, 10, 27])).state.h[0]', '(1, 32, number)'],
  ['new RNN(27, [n].concat(32)).forward(of([32, 10, 27])).output', '(32, 10, number)'],
  [
    'new RNN(3, [5, 4]).forward(of([2, 10, 3]), { h: [of([1, 2, 5]), of([1, 2, 4])] }).output',
    '(2, 10, 4)',
  ],
  [
    'new RNN(27, 64, { bias: false }).forward(of([n, 10, 27]), { h: of([1, 5, 64]) }).output',
    '(number, 10, 64)',
  ],
  [
    'new Sequential(new Linear(4, 8), new Dropout(0.1), new Sequential(new Linear(8, ' +
      '2))).forward(of([3, 4]))',
    '(3, 2)',
  ],
  [
    'new Sequential(new Embedding(27, 4), new Linear(4, 2)).forward(of([3, 6], int32))',
    '(3, 6, 2)',
  ],
]

export const REFUSED_LAYERS: readonly (readonly [code: string, message: string])[] = [
  [
    'crossEntropy(of([4, 10, 27]), of([4, 9], int32))',
    'crossEntropy: expected targets of shape (4, 10), got (4, 9)',
  ],
  ['crossEntropy(of([]), of([4], int32))', 'crossEntropy: expected logits of shape (…, V), got ()'],
  ['mseLoss(of([2, 1]), of([2]))', 'mseLoss: expected target of shape (2, 1), got (2)'],
  [
    'new Linear(27, 64).forward(of([32, 26]))',
    'Linear(27 → 64): expected x of shape (…, 27), got (32, 26)',
  ],
  ['new Linear(27, 64).forward(of([]))', 'Linear(27 → 64): expected x of shape (…, 27), got ()'],
  ['new RNNCell(3, 5).forward(of([3]))', 'RNNCell(3 → 5): expected x of shape (N, 3), got (3)'],
  [
    'new LSTMCell(3, 5).forward(of([2, 3]), { h: of([2, 5]), c: of([2, 4]) })',
    'LSTMCell(3 → 5): expected state.c of shape (2, 5), got (2, 4)',
  ],
  [
    'new LSTM(27, 64).forward(of([32, 10, 26]))',
    'LSTM(27 → 64): expected x of shape (N, T, 27), got (32, 10, 26)',
  ],
  [
    'new RNN(27, 64, { batchFirst: false }).forward(of([27]))',
    'RNN(27 → 64): expected x of shape (T, N, 27), got (27)',
  ],
  [
    'new RNN(27, 64, { numLayers: 2 }).forward(of([32, 10, 27]), { h: of([1, 32, 64]) })',
    'RNN(27 → 64): expected state.h of shape (2, 32, 64), got (1, 32, 64)',
  ],
  [
    'new GRU(27, 64).forward(of([32, 10, 27]), { h: of([1, 32, 32]) }, { every: true })',
    'GRU(27 → 64): expected state.h of shape (1, 32, 64), got (1, 32, 32)',
  ],
  [
    'new LSTM(27, [64, 32]).forward(of([32, 10, 26]))',
    'LSTM(27 → [64, 32]): expected x of shape (N, T, 27), got (32, 10, 26)',
  ],
  [
    'new RNN(3, [5, 4]).forward(of([2, 10, 3]), { h: [of([1, 2, 5]), of([1, 2, 5])] })',
    'RNN(3 → [5, 4]): expected state.h[1] of shape (1, 2, 4), got (1, 2, 5)',
  ],
  [
    'new GRU(3, [5, 4]).forward(of([2, 10, 3]), { h: [of([1, 2, 5])] }, { every: true })',
    'GRU(3 → [5, 4]): expected state.h to be a list of 2 tensors, one for each layer, got 1',
  ],
  [
    'new GRUCell(3, 5).forward(of([2, 4]))',
    'GRUCell(3 → 5): expected x of shape (N, 3), got (2, 4)',
  ],
  [
    'new Sequential(new Linear(4, 8), new Dropout(0.1), new Linear(9, 2)).forward(of([3, 4]))',
    'Linear(9 → 2): expected x of shape (…, 9), got (3, 8)',
  ],
]
