// Statements that compute: ops of tensors, written so that what they give is tame. Where a
// derivative is asked for is gradients.ts.

import { type Block, type Operand, variable } from './draw.ts'
import type { Text } from './program.ts'

type Shape = readonly number[]
type Step = (block: Block, x: Operand) => Operand | null

const FUNCTIONS = [
  'tanh()',
  'sigmoid()',
  'sin()',
  'cos()',
  'neg()',
  'softplus()',
  'square()',
  'abs()',
  'relu()',
  'pow(2)',
  'pow(3)',
  'mul(0.5).exp()',
  'square().add(1).log()',
  'square().add(1).sqrt()',
  'square().add(1).reciprocal()',
  'mul(2)',
  'add(0.5)',
  'clone()',
]

const of = (block: Block, x: Operand, shape: Shape, call: string): Operand =>
  block.tensor(shape, x.grad, false, ...x.text, `.${call}`)

const elementwise: Step = (block, x) => of(block, x, x.shape, block.draw.of(FUNCTIONS))

/** An op of the user's own, and now and then something large. */
const workshop: Step = (block, x) =>
  block.tensor(x.shape, x.grad, false, block.draw.chance(85) ? 'cube(' : 'heavy(', ...x.text, ')')

const withAnother: Step = (block, x) => {
  const y =
    block.like(x) ??
    block.any(
      (other) =>
        other.shape.length === 0 ||
        String(other.shape) === String(x.shape.slice(-other.shape.length)),
    )
  if (y === null) return null
  const [before, after] = block.draw.of([
    ['.add(', ')'],
    ['.mul(', ')'],
    ['.mul(', ')'],
    ['.sub(', ')'],
    ['.div(', '.square().add(1))'],
    ['.maximum(', ')'],
    ['.minimum(', ')'],
  ] as const)
  return block.tensor(x.shape, x.grad || y.grad, false, ...x.text, before, ...y.text, after)
}

/** A choice between two of one shape, or a loss of them. */
const choose: Step = (block, x) => {
  const y = block.like(x)
  if (y === null) return null
  const both: Text = [...x.text, ', ', ...y.text, ')']
  if (block.draw.chance(40)) return block.tensor([], x.grad || y.grad, false, 'mseLoss(', ...both)
  return block.tensor(
    x.shape,
    x.grad || y.grad,
    false,
    'where(',
    ...x.text,
    '.gt(',
    ...y.text,
    '), ',
    ...both,
  )
}

const classify: Step = (block, { text, shape, grad }) => {
  if (shape.length !== 2) return null
  const targets = Array.from({ length: shape[0] as number }, () =>
    block.draw.int(shape[1] as number),
  )
  return block.tensor(
    [],
    grad,
    false,
    'crossEntropy(',
    ...text,
    `, tensor([${targets}], { dtype: 'int32' }))`,
  )
}

const reduce: Step = (block, { text, shape, grad }) => {
  const { draw } = block
  const axis = shape.length === 0 || draw.chance(40) ? null : draw.int(shape.length)
  if (axis === null)
    return block.tensor(
      [],
      grad,
      false,
      ...text,
      draw.of(['.sum()', '.mean()', '.logSumExp()', '.max()', '.min()']),
    )
  if (shape.length > 1 && draw.chance(20))
    return block.tensor(shape.slice(1, -1), grad, false, ...text, `.sum([0, ${shape.length - 1}])`)
  if (draw.chance(30))
    return block.tensor(
      shape.with(axis, 1),
      grad,
      false,
      ...text,
      `.${draw.of(['sum', 'mean'])}(${axis}, true)`,
    )
  return block.tensor(
    shape.toSpliced(axis, 1),
    grad,
    false,
    ...text,
    `.${draw.of(['sum', 'mean', 'max', 'logSumExp'])}(${axis})`,
  )
}

const rows: Step = (block, x) =>
  x.shape.length === 0 ? null : of(block, x, x.shape, block.draw.of(['softmax()', 'logSoftmax()']))

/** Numbers nested as the shape says. */
const places = (shape: Shape, draw: () => number): unknown =>
  shape.length === 0
    ? draw()
    : Array.from({ length: shape[0] as number }, () => places(shape.slice(1), draw))

const move: Step = (block, x) => {
  const { draw } = block
  const { shape } = x
  const size = shape.reduce((a, b) => a * b, 1)
  const k = draw.int(Math.max(1, shape.length))
  const n = shape[k] as number
  const whole: readonly (readonly [Shape, string])[] = [
    [[size], 'flatten()'],
    [[1, ...shape], 'unsqueeze(0)'],
    [[2, ...shape], `broadcastTo([${[2, ...shape]}])`],
  ]
  const choices: (readonly [Shape, string])[] =
    shape.length > 2 ? [[[size], 'flatten()']] : [...whole]
  if (size === 12) choices.push([[3, 4], 'reshape([3, 4])'], [[2, 3, 2], 'reshape([2, 3, 2])'])
  if (size === 6 && shape.length !== 2)
    choices.push([[2, 3], 'reshape([2, 3])'], [[3, 2], 'reshape([3, -1])'])
  if (size === 4 && shape.length !== 2) choices.push([[2, 2], 'reshape([2, 2])'])
  if (shape.length > 0) {
    choices.push([shape.toSpliced(k, 1), `select(${k}, ${draw.int(n)})`], [shape, `flip(${k})`])
    choices.push([
      shape.toSpliced(k, 1, 3),
      `indexSelect(${k}, tensor([0, ${draw.int(n)}, ${draw.int(n)}], { dtype: 'int32' }))`,
    ])
    const rows = JSON.stringify(places(shape.with(k, 2), () => draw.int(n)))
    choices.push([shape.with(k, 2), `gather(${k}, tensor(${rows}, { dtype: 'int32' }))`])
    if (n > 1)
      choices.push(
        [shape.with(k, n - 1), `slice(${k}, 1)`],
        [shape.with(k, n - 1), `slice(${k}, 0, -1)`],
      )
  }
  if (shape.length === 2)
    for (let i = 0; i < 3; i++)
      choices.push([[...shape].reverse(), draw.of(['t()', 'transpose(0, 1)', 'permute([1, 0])'])])
  if (shape.length === 3)
    choices.push([
      [shape[1] as number, shape[0] as number, shape[2] as number],
      'permute([1, 0, 2])',
    ])
  // What gives the tensor itself is none: two names for one tensor.
  const others = choices.filter(
    ([to, call]) => !(/^(reshape|flatten)/.test(call) && String(to) === String(shape)),
  )
  const [to, call] = draw.of(others)
  return of(block, x, to, call)
}

const product: Step = (block, x) => {
  const [, M, K] = [0, ...x.shape.slice(-2)]
  if (x.shape.length < 2 || M === undefined) return null
  const y = block.any(({ shape }) => shape.length === 2 && shape[0] === K)
  return (
    y &&
    block.tensor(
      [...x.shape.slice(0, -1), y.shape[1] as number],
      x.grad || y.grad,
      false,
      ...x.text,
      '.matmul(',
      ...y.text,
      ')',
    )
  )
}

const join: Step = (block, x) => {
  const y = block.like(x)
  if (y === null) return null
  const stacks = x.shape.length === 0 || (x.shape.length < 3 && block.draw.chance(50))
  const shape = stacks ? [2, ...x.shape] : x.shape.with(0, 2 * (x.shape[0] as number))
  return block.tensor(
    shape,
    x.grad || y.grad,
    false,
    stacks ? 'stack([' : 'cat([',
    ...x.text,
    ', ',
    ...y.text,
    '])',
  )
}

const chunk: Step = (block, { text, shape, grad }) => {
  if ((shape[0] ?? 0) < 2) return null
  const half = Math.ceil((shape[0] as number) / 2)
  const parts = [half, (shape[0] as number) - half].map((n) =>
    variable('tensor', block.letter, shape.with(0, n)),
  )
  const [a, b] = parts as [(typeof parts)[0], (typeof parts)[0]]
  block.statements.push({ pattern: ['[', a, ', ', b, ']'], text: [...text, '.chunk(2)'] })
  block.know(a, grad)
  return block.know(b, grad)
}

const detach: Step = (block, x) => block.tensor(x.shape, false, true, ...x.text, '.detach()')

/** An op on a tensor that is there. */
export function op(block: Block): Operand | null {
  const x = block.any()
  if (x === null) return null
  const step: Step = block.draw.weighted([
    [10, elementwise],
    [12, withAnother],
    [1, workshop],
    [2, choose],
    [1, classify],
    [5, reduce],
    [1, rows],
    [9, move],
    [4, product],
    [2, join],
    [1, chunk],
    [block.depth === 0 ? 2 : 1, detach],
  ])
  const size = x.shape.reduce((a, b) => a * b, 1)
  return size > 24 ? reduce(block, x) : step(block, x)
}

/** A number computed from a tensor, as text. */
export function scalar(block: Block, x: Operand): Text {
  if (x.shape.length === 0) return x.text
  return [...x.text, block.draw.of(['.sum()', '.square().sum()', '.mean()'])]
}
