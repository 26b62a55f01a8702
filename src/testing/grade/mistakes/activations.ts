// The mistakes in the derivatives of tanh and of the sigmoid.
import type { Tensor } from '../../../tensor/index.ts'
import { less, type Pieces, right } from '../pieces.ts'
import type { Mistake } from './mistake.ts'

const ones = (y: Tensor): Tensor => y.mul(0).add(1)
const sigmoidSlope = (y: Tensor): Tensor => y.mul(less(y))
const tanhSlope = (y: Tensor): Tensor => less(y.square())

/** A mistake in the derivative of tanh: in an RNN the only one, in an LSTM the candidate's. */
const tanh = (name: string, says: string, slope: Pieces['tanhSlope']): Mistake[] => [
  { name, says, where: { cell: 'rnn' }, pieces: { tanhSlope: slope } },
  {
    name: `${name}, in the candidate`,
    says: `In the line of the candidate: ${says.charAt(0).toLowerCase()}${says.slice(1)}`,
    where: { cell: 'lstm' },
    pieces: { tanhSlope: slope },
  },
]

const sigmoid = (name: string, says: string, slope: Pieces['sigmoidSlope']): Mistake => ({
  name,
  says,
  where: { cell: 'lstm' },
  pieces: { sigmoidSlope: slope },
})

const missingIn = (gate: string, word: string): Mistake =>
  sigmoid(
    `the derivative of the ${word} gate is missing`,
    `The gradient of the ${word} gate is not multiplied by ${gate} ⊙ (1 − ${gate}).`,
    (y, z, k) => (k === gate ? ones(y) : right.sigmoidSlope(y, z, k)),
  )

export const activations: readonly Mistake[] = [
  ...tanh(
    '1 − y instead of 1 − y²',
    'The derivative of y = tanh(z) is 1 − y², not 1 − y: the square is missing.',
    less,
  ),
  ...tanh(
    'the derivative of tanh is missing',
    'What comes from above is not multiplied by 1 − y², the derivative of y = tanh(z).',
    ones,
  ),
  ...tanh(
    'y(1 − y) instead of 1 − y²',
    'The derivative of the sigmoid, y(1 − y), stands where that of tanh belongs, 1 − y².',
    sigmoidSlope,
  ),
  ...tanh(
    'tanh is taken twice',
    'The derivative is 1 − tanh²(z), which is 1 − y²: tanh is taken of y, which has been through ' +
      'it already.',
    (y) => tanhSlope(y.tanh()),
  ),
  ...tanh(
    '1 − z² instead of 1 − y²',
    'The derivative of y = tanh(z) is 1 − y²: z, which goes into tanh, stands in the place of y, ' +
      'which comes out of it.',
    (_, z) => tanhSlope(z),
  ),
  ...tanh(
    '1 + y² instead of 1 − y²',
    'The derivative of y = tanh(z) is 1 − y²: the sign of the square is wrong.',
    (y) => y.square().add(1),
  ),
  ...tanh(
    'y instead of 1 − y²',
    'The derivative of y = tanh(z) is 1 − y²: y itself stands in its place.',
    (y) => y,
  ),
  ...tanh(
    '−2y instead of 1 − y²',
    'The derivative of y = tanh(z) is 1 − y²: −2y, the derivative of that by y, stands in its ' +
      'place.',
    (y) => y.mul(-2),
  ),
  sigmoid(
    'the derivatives of the gates are missing',
    'The gradients of the gates i, f and o are not multiplied by y(1 − y), the derivative of the ' +
      'sigmoid.',
    ones,
  ),
  missingIn('i', 'input'),
  missingIn('f', 'forget'),
  missingIn('o', 'output'),
  sigmoid(
    '1 − y² instead of y(1 − y)',
    'The derivative of tanh, 1 − y², stands where that of the sigmoid belongs, y(1 − y): in the ' +
      'lines of the gates i, f and o.',
    tanhSlope,
  ),
  sigmoid(
    '1 − y instead of y(1 − y)',
    'The derivative of the sigmoid is y(1 − y): the factor y is missing in the lines of the gates.',
    less,
  ),
  sigmoid(
    'y instead of y(1 − y)',
    'The derivative of the sigmoid is y(1 − y): the factor 1 − y is missing in the lines of the ' +
      'gates.',
    (y) => y,
  ),
  sigmoid(
    'y(1 + y) instead of y(1 − y)',
    'The derivative of the sigmoid is y(1 − y): its sign is wrong in the lines of the gates.',
    (y) => y.mul(y.add(1)),
  ),
  sigmoid(
    'the sigmoid is taken twice',
    'The derivative is σ(z)(1 − σ(z)), which is y(1 − y): the sigmoid is taken of the gates, ' +
      'which have been through it already.',
    (y) => sigmoidSlope(y.sigmoid()),
  ),
]
