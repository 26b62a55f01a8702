// The text of docs/derivations.md: every cell with its options, and a layer, forward and backward.

import { GRU, GRUCell, LSTM, LSTMCell, type Module, RNN, RNNCell } from 'tapegrad'
import { derive } from 'tapegrad/derive'

const [D, H] = [3, 4]

const cells: readonly (readonly [title: string, module: Module, note?: string])[] = [
  ['RNNCell', new RNNCell(D, H)],
  ["RNNCell, `nonlinearity: 'relu'`", new RNNCell(D, H, { nonlinearity: 'relu' })],
  ['GRUCell', new GRUCell(D, H)],
  ['GRUCell, `resetAfter: false`', new GRUCell(D, H, { resetAfter: false })],
  ['LSTMCell', new LSTMCell(D, H)],
  ['LSTMCell, `peepholes: true`', new LSTMCell(D, H, { peepholes: true })],
  ['LSTMCell, `projSize: 2`', new LSTMCell(D, H, { projSize: 2 })],
  ['LSTMCell, `layerNorm: true`', new LSTMCell(D, H, { layerNorm: true })],
  ['LSTMCell, `coupledGates: true`', new LSTMCell(D, H, { coupledGates: true })],
  ['LSTMCell, `cellClip: 3`', new LSTMCell(D, H, { cellClip: 3 })],
  ['RNN, a sequence', new RNN(D, H)],
  ['GRU, a sequence', new GRU(D, H)],
  ['LSTM, a sequence', new LSTM(D, H)],
  ['RNN, two layers in both directions', new RNN(D, H, { numLayers: 2, bidirectional: true })],
]

const INTRODUCTION = `# Derivations

Written by \`derive\` of \`tapegrad/derive\` from what the tape records (\`npm run docs:derivations\`);
nobody typed a formula. The tests read this text with a parser of their own, compute it, and hold
it to the gradients of the backward pass, to 10⁻¹²; for the networks of
[documents.md](documents.md) they bring it to a normal form and hold it to the formulas there, line
by line.

Rows are sequences: x (N, D), h (N, H). \`x W\` is a product of matrices, ⊙ one of elements, ᵀ a
transpose, \`tanh²(c)\` the square of tanh(c). δz is the gradient of z; h′ is the state after the
step. Σₙ is the sum over the rows of a batch, Σⱼ that along each row, which stays a column, and Σₜ
that over the steps. \`[z > 0]\` is 1 where it holds, else 0. \`[a | b]\` stands side by side, \`z[:,
H:2H]\` is a part. s is all that reaches a state: from the next step, and through the results of
this one. A weight of several gates is written gate by gate: W_ii, W_if, W_ig, W_io are the rows of
weight_ih for the gates i, f, g, o. Biases may be left out (\`bias: false\`) together with their
lines; \`forgetBias\` changes no equation.`

const section = ([title, module]: (typeof cells)[number]): string => {
  const derivation = derive(module)
  return [
    `## ${title}`,
    `\`\`\`text\n${derivation}\n\`\`\``,
    `<details><summary>LaTeX</summary>\n\n\`\`\`latex\n${derivation.toLaTeX()}\n\`\`\`\n\n</details>`,
  ].join('\n\n')
}

export const derivationsDocument = `${[INTRODUCTION, ...cells.map(section)].join('\n\n')}\n`
