// Statements with functions in them: noGrad, enableGrad, checkpoint, and the derivatives of
// functions. What these functions do changes nothing outside.

import { Block, type Operand, variable } from './draw.ts'
import { scalar } from './ops.ts'
import { type Fn, isFn, type Text, type Variable } from './program.ts'
import { forward } from './trained.ts'
import { type Choice, choose, listed, maybe, newest, type Write, type Writing } from './writing.ts'

/** What a parameter will be: its shape, and the tensor itself where it is handed in as it is. */
type Given = Pick<Operand, 'shape' | 'origin'>

/**
 * A function of these parameters in the program: a few statements that change nothing outside, and
 * what it returns.
 */
function fn(
  outer: Block,
  writing: Writing,
  inputs: readonly Given[],
  grad: boolean,
  result: (block: Block) => Text,
  again = outer.again,
): Fn {
  const block = new Block(outer.draw, outer.tensors, outer.depth + 1, again)
  const parameters = inputs.map(({ shape }) => variable('tensor', 'x', shape))
  for (const [i, parameter] of parameters.entries())
    block.know(parameter, grad, false, inputs[i]?.origin)
  for (let n = 1 + outer.draw.int(3); n > 0; n--) inner(block, writing)
  return { parameters, body: block.statements, result: result(block) }
}

/** A statement inside a function. */
function inner(block: Block, writing: Writing): void {
  const further: Choice[] = [
    [14, null, ''],
    [2, noGrad, 'noGrad'],
    [2, enableGrad, 'enableGrad'],
    [2, checkpoint, 'checkpoint'],
    [2, transform, 'transforms'],
    [2, forward, 'layers'],
    [1, hookOnLocal, 'hooks'],
    [1, walkInside, 'walks'],
  ]
  choose(block, writing, further.slice(0, block.depth > 2 ? 1 : block.again ? -1 : undefined))
}

/** A checkpoint that has one more tensor to read. */
function scopeOf(
  block: Block,
  writing: Writing,
  arguments_: readonly Operand[],
  more: Operand,
): Operand[] {
  block.tensors.push(more)
  const before = block.tensors.length
  scope(block, writing, 'checkpoint', arguments_, true)
  block.tensors.splice(block.tensors.indexOf(more), 1)
  return block.tensors.slice(before - 1)
}

/** `who(() => { … })` or `who((x) => { … })(x)`, with one result or two in an object. */
function scope(
  block: Block,
  writing: Writing,
  who: string,
  arguments_: readonly Operand[],
  grad: boolean,
): void {
  const two = block.draw.chance(30)
  const results: Operand[] = []
  const body = fn(
    block,
    writing,
    arguments_.map((x) => ({ shape: x.shape, origin: x })),
    grad,
    (inside) => {
      results.push(newest(inside), inside.any() as Operand)
      const [a, b] = results as [Operand, Operand]
      return two ? ['{ a: ', ...a.text, ', b: [', ...b.text, '] }'] : a.text
    },
    block.again || who === 'checkpoint',
  )
  const call: Text = who === 'checkpoint' ? ['(', ...listed(arguments_), ')'] : []
  const [a, b] = results.map(({ shape }) => variable('tensor', block.letter, shape)) as [
    Variable,
    Variable,
  ]
  block.statements.push({
    pattern: two ? ['{ a: ', a, ', b: [', b, '] }'] : [a],
    text: [`${who}(`, body, ')', ...call],
  })
  const known = (results[0] as Operand).grad && grad
  const [first, second] = results.map((x) => (block.tensors.includes(x) ? x : x.origin))
  const one = block.know(a, known, false, first)
  if (two) block.know(b, known, false, results[0] === results[1] ? one : second)
}

export const noGrad: Write = (block, writing) => scope(block, writing, 'noGrad', [], false)
export const enableGrad: Write = (block, writing) => scope(block, writing, 'enableGrad', [], true)
export const checkpoint: Write = (block, writing) => {
  const x = block.any()
  if (x !== null) scope(block, writing, 'checkpoint', [x], true)
}

/** valueAndGrad, vjp, jvp, jacobian, hessian or hvp of a function of one tensor or two. */
export const transform: Write = (block, writing) => {
  const { draw, letter } = block
  const small = ({ shape }: Operand): boolean => shape.reduce((a, b) => a * b, 1) <= 6
  const inputs = Array.from({ length: draw.chance(70) ? 1 : 2 }, () => block.any(small)).filter(
    (x) => x !== null,
  )
  if (inputs.length === 0 || new Set(inputs.map(({ text }) => text[0])).size < inputs.length) return
  const single = inputs.length === 1
  const given: Text = single ? (inputs[0] as Operand).text : ['[', ...listed(inputs), ']']
  const who = draw.weighted([
    [4, 'valueAndGrad'],
    [2, 'vjp'],
    [3, 'jvp'],
    [2, 'jacobian'],
    [1, 'hessian'],
    [2, 'hvp'],
  ] as const)
  let y: readonly number[] = []
  const body = fn(
    block,
    writing,
    inputs.map(({ shape }) => ({ shape })),
    true,
    (inside) => {
      const result = newest(inside)
      y = who === 'vjp' || who === 'jvp' || who === 'jacobian' ? result.shape : []
      return y.length > 0 || result.shape.length === 0 ? result.text : scalar(inside, result)
    },
  )
  if (y.reduce((a, b) => a * b, 1) > 12) return
  const like = inputs.map(({ shape }) => variable('tensor', letter, shape))
  const all: Text = single
    ? like
    : ['[', ...like.flatMap((v, i) => (i === 0 ? [v] : [', ', v])), ']']
  const value = variable('tensor', letter, y)
  const directions = (): Text => {
    const vectors = inputs.map(
      (x) => block.like(x)?.text ?? [`tensor(${draw.numbers(x.shape)}, float64)`],
    )
    return single
      ? (vectors[0] as Text)
      : ['[', ...vectors.flatMap((v, i) => (i === 0 ? v : [', ', ...v])), ']']
  }
  const push = (pattern: Text, ...text: Text): void => {
    block.statements.push({ pattern, text })
  }
  const grad = inputs.some((x) => x.grad)
  if (who === 'valueAndGrad')
    push(['{ value: ', value, ', grad: ', ...all, ' }'], 'valueAndGrad(', body, ', ', ...given, ')')
  else if (who === 'vjp') {
    const pullback = variable('function', 'pullback')
    push(['{ value: ', value, ', pullback: ', pullback, ' }'], 'vjp(', body, ', ', ...given, ')')
    const u = block.any(({ shape }) => String(shape) === String(y))?.text ?? [
      `tensor(${draw.numbers(y)}, float64)`,
    ]
    push(all, pullback, '(', ...u, ')')
    if (block.depth === 0 && single) writing.loads.push([pullback, '(', ...u, ')'])
  } else if (who === 'jvp') {
    const tangent = variable('tensor', letter, y)
    push(
      ['{ value: ', value, ', tangent: ', tangent, ' }'],
      'jvp(',
      body,
      ', ',
      ...given,
      ', ',
      ...directions(),
      ')',
    )
    block.know(tangent, grad)
  } else if (who === 'hvp') push(all, 'hvp(', body, ', ', ...given, ', ', ...directions(), ')')
  else {
    const blocks = inputs.map(({ shape }) =>
      variable('tensor', letter, who === 'hessian' ? [...shape, ...shape] : [...y, ...shape]),
    )
    if (single || who === 'jacobian')
      push(
        single ? blocks : ['[', blocks[0] as Variable, ', ', blocks[1] as Variable, ']'],
        `${who}(`,
        body,
        ', ',
        ...given,
        ')',
      )
    if (single) for (const v of blocks) if (v.shape.length < 4) block.know(v, grad)
    return
  }
  if (who !== 'jvp') for (const v of like) block.know(v, grad)
  if (who !== 'hvp') block.know(value, grad)
}

/** A grad that keeps the graph. */
const walkInside: Write = (block) => {
  const [y, x] = [block.any(({ grad }) => grad), block.any(({ grad }) => grad)]
  if (y === null || x === null) return
  const options: Text = [
    ', { retainGraph: true, allowUnused: true, ',
    maybe(block.draw, 40, 'createGraph: true '),
    '}',
  ]
  block.tensor(
    x.shape,
    false,
    false,
    'grad(',
    ...scalar(block, y),
    ', ',
    ...x.text,
    ...options,
    ')',
  )
}

/** A hook on what the function itself has made. */
const hookOnLocal: Write = (block) => {
  const x = block.any(
    ({ grad, leaf, text }) =>
      grad &&
      !leaf &&
      block.statements.some((one) => one.pattern[0] === text[0] && !one.text.some(isFn)),
  )
  if (x === null) return
  const g = variable('tensor', 'g', x.shape)
  block.do(
    ...x.text,
    '.registerHook(',
    {
      parameters: [g],
      body: [],
      result: [g, block.draw.of(['.mul(0.5)', '.tanh()', '.square()'])],
    },
    ')',
  )
}

/**
 * A checkpoint whose function reads a variable that becomes another tensor of equal numbers
 * afterwards: what was read first counts.
 */
export const rebound: Write = (block, writing) => {
  const [x, w] = [block.any(), block.any(({ grad }) => grad)]
  if (x === null || w === null) return
  const box = block.name('state', 'box', '{ w: ', ...w.text, '.mul(1) }')
  const inside: Text = [box, '.w']
  const [y] = scopeOf(block, writing, [x], {
    text: inside,
    shape: w.shape,
    grad: true,
    leaf: false,
  })
  block.do(box, '.w = ', box, '.w', block.draw.of(['.clone()', '.mul(1)']))
  if (y !== undefined && block.draw.chance(50))
    block.tensor(y.shape, true, false, ...y.text, '.square()')
}
