// Programs as they are usually written, with variables that take one shape after another: each must
// compile, and give its numbers.

/** What a program says of itself, its statements, and what `result` is in the end. */
export const USUAL: readonly (readonly [name: string, code: string, result: unknown])[] = [
  [
    'a sum that begins at a number',
    'let total = tensor(0); for (const x of [1, 2, 3]) total = total.add(plain.mul(x).sum()); ' +
      'const result = total.item()',
    0,
  ],
  [
    'a sum of rows that begins at a number',
    'let total = tensor(0); for (let i = 0; i < 2; i++) total = total.add(rows.select(0, i)); ' +
      'const result = total.toArray()',
    [3, 5, 7],
  ],
  [
    'a loss that further terms are added to',
    'let loss = mseLoss(rows, zeros([2, 3])); loss = loss.add(rows.abs().mean()).reshape([1]); ' +
      'const result = loss.shape',
    [1],
  ],
  [
    'descent by hand',
    'let x = tensor([1, 2]); for (let k = 0; k < 3; k++) { const { grad: g } = valueAndGrad((x) ' +
      '=> x.square().sum(), x); x = x.sub(g.mul(0.5)) } const result = x.toArray()',
    [0, 0],
  ],
  [
    'descent on several inputs',
    'let [w, b] = [ones([3, 1]), zeros([1])]; const { grad } = valueAndGrad((w, b) => ' +
      'rows.matmul(w).add(b).sum(), [w, b]); w = w.sub(grad[0].mul(1)); b = b.sub(grad[1]); ' +
      'const result = [...w.reshape([-1]).toTypedArray(), b.item()]',
    [-2, -4, -6, -2],
  ],
  [
    'batches of two sizes',
    'let xb = rand([32, 10]); xb = rand([16, 10]); const result = mseLoss(xb, xb.add(zeros([16, ' +
      '10]))).item()',
    0,
  ],
  [
    'what differs in rank',
    'let x = rand([8, 4, 7]); x = x.reshape([8, 28]); x = x.t(); const result = ' +
      'crossEntropy(x.t(), randint(0, 28, [8])).shape',
    [],
  ],
  [
    'a sequence that grows',
    'let seq = zeros([1, 2]); for (let t = 0; t < 3; t++) seq = cat([seq, ones([1, 2])]); const ' +
      'result = seq.select(0, 3).toArray()',
    [1, 1],
  ],
  [
    'a list that is stacked',
    'const steps = []; for (let t = 0; t < 3; t++) steps.push(full([2], t)); const result = ' +
      'stack(steps).sum(1).toArray()',
    [0, 2, 4],
  ],
  [
    'either of two shapes',
    'const x = (flag ? zeros([2, 3]) : zeros([4, 3])).matmul(ones([3, 2])); const result = x.shape',
    [2, 2],
  ],
  [
    'either of two ranks',
    'const x = flag ? zeros([2, 3]) : zeros([3]); const result = x.add(1).sum(-1).toArray()',
    [3, 3],
  ],
  [
    'layers one after the other',
    'let h = new Linear(3, 8).forward(rows); h = new Linear(8, 4).forward(h.tanh()); h = ' +
      'h.relu(); const result = h.shape',
    [2, 4],
  ],
  [
    'layers in a loop',
    'let h = rand([5, 4]); for (const layer of [new Linear(4, 8), new Linear(8, 2)]) h = ' +
      'layer.forward(h); const result = h.shape',
    [5, 2],
  ],
  [
    'a recurrence and its read-out',
    'let y = new LSTM(3, 8).forward(rand([2, 5, 3])).output; y = new Linear(8, 4).forward(y); ' +
      'const result = y.shape',
    [2, 5, 4],
  ],
  [
    'a state carried on',
    'const cell = new LSTMCell(3, 4); let state = { h: zeros([2, 4]), c: zeros([2, 4]) }; for ' +
      '(let t = 0; t < 3; t++) state = cell.forward(rows, state); const result = state.h.shape',
    [2, 4],
  ],
  [
    'a state that is there from the second time on',
    'const rnn = new RNN(3, 4); let state: { h: Tensor } | undefined; for (let t = 0; t < 2; ' +
      't++) state = rnn.forward(rand([1, 2, 3]), state).state; const result = state?.h.shape',
    [1, 1, 4],
  ],
  [
    'the states of layers that have a width each',
    'const rnn = new RNN(3, [4, 2]); let state; for (let t = 0; t < 2; t++) state = ' +
      'detachState(rnn.forward(rand([1, 2, 3]), state).state); let next: { h: readonly Tensor[] } | ' +
      'undefined; for (let t = 0; t < 2; t++) next = rnn.forward(rand([1, 2, 3]), next).state; ' +
      'const result = [state, next].map((all) => all?.h[1]?.shape)',
    [
      [1, 1, 2],
      [1, 1, 2],
    ],
  ],
  [
    'parameters that are replaced',
    'let w = randn([3, 2], { requiresGrad: true }); rows.matmul(w).sum().backward(); w = ' +
      'w.detach().sub(w.grad ?? 0).t(); const result = w.shape',
    [2, 3],
  ],
  [
    'a layer whose weight is set',
    'const layer = new Linear(3, 2); layer.weight = zeros([2, 3], { requiresGrad: true }); ' +
      'layer.bias = tensor([1, 2]); const result = layer.forward(rows).select(0, 0).toArray()',
    [1, 2],
  ],
  [
    'tied weights',
    'const table = new Embedding(6, 3); const readOut = new Linear(3, 6, { bias: false }); ' +
      'readOut.weight = table.weight; const result = readOut.forward(rows).shape',
    [2, 6],
  ],
  [
    'data from arrays',
    'const data: number[][] = [[1, 2, 3]]; let x = tensor(data); x = cat([x, tensor([[4, 5, ' +
      '6]])]); x = x.sub(x.mean(0)); const result = x.toArray()',
    [
      [-1.5, -1.5, -1.5],
      [1.5, 1.5, 1.5],
    ],
  ],
  [
    'a mask made of ranges',
    'let mask = arange(3).unsqueeze(0).lt(tensor([[1], [2]])); mask = mask.unsqueeze(-1); const ' +
      'result = mask.shape',
    [2, 3, 1],
  ],
  [
    'powers of a matrix',
    'let a = eye(2); for (let k = 0; k < 3; k++) a = a.matmul(tensor([[1, 1], [0, 1]])); a = ' +
      'a.select(0, 0); const result = a.toArray()',
    [1, 3],
  ],
  [
    'shapes from other shapes',
    'const [n, d] = rows.shape; let z = zeros(rows.shape); z = z.add(rand([n, d])); z = ' +
      'z.reshape([n * d]); const result = z.shape',
    [6],
  ],
  [
    'a function for any shape',
    'const scaled = (x: Tensor) => x.div(x.max()); let x = scaled(rows); x = scaled(tensor([2, ' +
      '4])); const result = x.toArray()',
    [0.5, 1],
  ],
  [
    'a function that asks for sizes',
    'const scores = (x: Tensor<readonly [number, 3]>) => x.matmul(ones([3, 1])); const result = ' +
      'scores(zeros([2, 3])).shape',
    [2, 1],
  ],
  [
    'a function that promises sizes',
    'const make = (n: number): Tensor<readonly [number, 3]> => rand([n, 3]); let x = make(2); x ' +
      '= make(4); const result = x.shape',
    [4, 3],
  ],
  [
    'a best one so far',
    'let best = tensor(Number.POSITIVE_INFINITY); for (const x of [3, 1, 2]) { const loss = ' +
      'rows.mul(x).sum(); if (loss.item() < best.item()) best = loss } const result = ' +
      'best.item()',
    15,
  ],
  [
    'a field that is reassigned',
    'class Mean { value = zeros([3]); count = 0; take(x: Tensor) { this.count++; this.value = ' +
      'this.value.add(x.sub(this.value).div(this.count)) } } const m = new Mean(); ' +
      'm.take(ones([3])); m.take(zeros([3])); const result = m.value.toArray()',
    [0.5, 0.5, 0.5],
  ],
  [
    'a sampled word',
    'let word = tensor([[0]], { dtype: "int32" }); for (let t = 0; t < 2; t++) { const next = ' +
      'new Embedding(4, 4).forward(word).select(1, -1).argmax(-1); word = cat([word, ' +
      'next.unsqueeze(1)], 1) } const result = word.shape',
    [1, 3],
  ],
]
