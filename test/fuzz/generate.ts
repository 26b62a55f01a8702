// Writes random programs over the public surface: what there is to say about gradients, memory, layers and optimisers. What computes is ops.ts.

import { Block, Draw, type Operand, SHAPES, variable } from './draw.ts'
import { LAYERS, type LayerForm, op, scalar } from './ops.ts'
import type { Fn, Optional, Program, Statement, Text, Variable } from './program.ts'

interface LayerMade {
  readonly at: Variable
  readonly form: LayerForm
}

/** A program being written, with what there is besides tensors. */
interface Writing {
  readonly draw: Draw
  readonly without: ReadonlySet<string>
  readonly layers: LayerMade[]
  readonly lists: Variable[]
  readonly optimisers: Variable[]
  /** States, and functions that take back a hook. */
  readonly loads: Text[]
}

type Write = (block: Block, writing: Writing) => unknown

const maybe = (draw: Draw, percent: number, optional: string): Optional | string => (draw.chance(percent) ? { optional } : '')

/** A function of these parameters in the program: a few statements that change nothing outside, and what it returns. */
function fn(
  outer: Block,
  writing: Writing,
  shapes: readonly (readonly number[])[],
  grad: boolean,
  result: (block: Block) => Text,
  tensors = outer.tensors,
): Fn {
  const block = new Block(outer.draw, tensors, outer.depth + 1)
  const parameters = shapes.map((shape) => variable('tensor', 'x', shape))
  for (const parameter of parameters) block.know(parameter, grad)
  for (let n = 1 + outer.draw.int(3); n > 0; n--) inner(block, writing)
  return { parameters, body: block.statements, result: result(block) }
}

const newest = (block: Block): Operand => block.tensors.at(-1) as Operand

/** A statement inside a function. */
function inner(block: Block, writing: Writing): void {
  const further: [number, Write | null, string][] = [
    [14, null, ''],
    [2, noGrad, 'noGrad'],
    [2, enableGrad, 'enableGrad'],
    [2, checkpoint, 'checkpoint'],
    [2, transform, 'transforms'],
    [2, forward, 'layers'],
    [1, hookOnLocal, 'hooks'],
    [1, walkInside, 'walks'],
  ]
  choose(block, writing, block.depth > 2 ? further.slice(0, 1) : further)
}

function choose(block: Block, writing: Writing, all: readonly (readonly [number, Write | null, string])[]): void {
  const allowed = all.filter(([, , feature]) => !writing.without.has(feature)).map(([weight, write]) => [weight, write] as const)
  const write = writing.draw.weighted(allowed)
  if (write === null) op(block)
  else write(block, writing)
}

/** `who(() => { … })` or `who((x) => { … })(x)`, with one result or two in an object. */
function scope(block: Block, writing: Writing, who: string, arguments_: readonly Operand[], grad: boolean): void {
  const two = block.draw.chance(30)
  const results: Operand[] = []
  const body = fn(
    block,
    writing,
    arguments_.map(({ shape }) => shape),
    grad,
    (inside) => {
      results.push(newest(inside), inside.any() as Operand)
      const [a, b] = results as [Operand, Operand]
      return two ? ['{ a: ', ...a.text, ', b: [', ...b.text, '] }'] : a.text
    },
  )
  const call: Text = who === 'checkpoint' ? ['(', ...listed(arguments_), ')'] : []
  const [a, b] = results.map(({ shape }) => variable('tensor', block.letter, shape)) as [Variable, Variable]
  block.statements.push({ pattern: two ? ['{ a: ', a, ', b: [', b, '] }'] : [a], text: [`${who}(`, body, ')', ...call] })
  const known = (results[0] as Operand).grad && grad
  block.know(a, known)
  if (two) block.know(b, known)
}

const listed = (operands: readonly Operand[]): Text => operands.flatMap(({ text }, i) => (i === 0 ? text : [', ', ...text]))

const noGrad: Write = (block, writing) => scope(block, writing, 'noGrad', [], false)
const enableGrad: Write = (block, writing) => scope(block, writing, 'enableGrad', [], true)
const checkpoint: Write = (block, writing) => {
  const x = block.any()
  if (x !== null) scope(block, writing, 'checkpoint', [x], true)
}

/** valueAndGrad, vjp, jvp, jacobian, hessian or hvp of a function of one tensor or two. */
const transform: Write = (block, writing) => {
  const { draw, letter } = block
  const small = ({ shape }: Operand): boolean => shape.reduce((a, b) => a * b, 1) <= 6
  const inputs = Array.from({ length: draw.chance(70) ? 1 : 2 }, () => block.any(small)).filter((x) => x !== null)
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
    inputs.map(({ shape }) => shape),
    true,
    (inside) => {
      const result = newest(inside)
      y = who === 'vjp' || who === 'jvp' || who === 'jacobian' ? result.shape : []
      return y.length > 0 || result.shape.length === 0 ? result.text : scalar(inside, result)
    },
  )
  if (y.reduce((a, b) => a * b, 1) > 12) return
  const like = inputs.map(({ shape }) => variable('tensor', letter, shape))
  const all: Text = single ? like : ['[', ...like.flatMap((v, i) => (i === 0 ? [v] : [', ', v])), ']']
  const value = variable('tensor', letter, y)
  const directions = (): Text => {
    const vectors = inputs.map((x) => block.like(x)?.text ?? [`tensor(${draw.numbers(x.shape)}, float64)`])
    return single ? (vectors[0] as Text) : ['[', ...vectors.flatMap((v, i) => (i === 0 ? v : [', ', ...v])), ']']
  }
  const push = (pattern: Text, ...text: Text): void => {
    block.statements.push({ pattern, text })
  }
  const grad = inputs.some((x) => x.grad)
  if (who === 'valueAndGrad') push(['{ value: ', value, ', grad: ', ...all, ' }'], 'valueAndGrad(', body, ', ', ...given, ')')
  else if (who === 'vjp') {
    const pullback = variable('function', 'pullback')
    push(['{ value: ', value, ', pullback: ', pullback, ' }'], 'vjp(', body, ', ', ...given, ')')
    const u = block.any(({ shape }) => String(shape) === String(y))?.text ?? [`tensor(${draw.numbers(y)}, float64)`]
    push(all, pullback, '(', ...u, ')')
  } else if (who === 'jvp') {
    const tangent = variable('tensor', letter, y)
    push(['{ value: ', value, ', tangent: ', tangent, ' }'], 'jvp(', body, ', ', ...given, ', ', ...directions(), ')')
    block.know(tangent, grad)
  } else if (who === 'hvp') push(all, 'hvp(', body, ', ', ...given, ', ', ...directions(), ')')
  else {
    const blocks = inputs.map(({ shape }) => variable('tensor', letter, who === 'hessian' ? [...shape, ...shape] : [...y, ...shape]))
    if (single || who === 'jacobian')
      push(single ? blocks : ['[', blocks[0] as Variable, ', ', blocks[1] as Variable, ']'], `${who}(`, body, ', ', ...given, ')')
    return
  }
  if (who !== 'jvp') for (const v of like) block.know(v, grad)
  if (who !== 'hvp') block.know(value, grad)
}

const walkOptions = (draw: Draw, more = ''): Text => {
  const [retain, create] = [maybe(draw, 50, 'retainGraph: true, '), maybe(draw, 35, 'createGraph: true, ')]
  return [', { ', retain, create, more, '}']
}

/** A grad that keeps the graph, in a function that may be called again. */
const walkInside: Write = (block) => {
  const [y, x] = [block.any(({ grad }) => grad), block.any(({ grad }) => grad)]
  if (y === null || x === null) return
  const options: Text = [', { retainGraph: true, allowUnused: true, ', maybe(block.draw, 40, 'createGraph: true '), '}']
  block.tensor(x.shape, false, false, 'grad(', ...scalar(block, y), ', ', ...x.text, ...options, ')')
}

const gradient: Write = (block, { without }) => {
  const { draw } = block
  const y = block.any(({ grad, leaf }) => grad && !leaf) ?? block.any()
  const asked = ({ grad, leaf }: Operand): boolean => grad && (leaf || !without.has('targets'))
  const x = block.any(asked)
  if (y === null || x === null) return
  const second = draw.chance(25) ? block.any((z) => asked(z) && z.text[0] !== x.text[0]) : null
  const u = draw.chance(40) ? block.like(y, ({ grad }) => !(grad && without.has('seeds'))) : null
  const z = u === null && draw.chance(25) ? block.any(({ grad }) => grad) : null
  const root: Text = u !== null ? y.text : z === null ? scalar(block, y) : ['[', ...scalar(block, y), ', ', ...scalar(block, z), ']']
  const options = walkOptions(draw, draw.chance(60) || without.has('unused') ? 'allowUnused: true ' : '')
  const seeds: Text = u === null ? [] : ['gradOutputs: ', ...u.text, ' }']
  const given: Text = u === null ? options : [...options.slice(0, -1), ...(options.at(-2) === '' ? [] : [options.at(-2) === '' ? '' : ', ']), ...seeds]
  if (second === null) return void block.tensor(x.shape, true, false, 'grad(', ...root, ', ', ...x.text, ...given, ')')
  const [a, b] = [x, second].map(({ shape }) => variable('tensor', block.letter, shape)) as [Variable, Variable]
  block.statements.push({ pattern: ['[', a, ', ', b, ']'], text: ['grad(', ...root, ', [', ...x.text, ', ', ...second.text, ']', ...given, ')'] })
  block.know(a, true)
  block.know(b, true)
}

const backward: Write = (block, { without }) => {
  const y = block.any(({ grad, leaf }) => grad && !leaf) ?? block.any()
  if (y === null) return
  const u = block.draw.chance(40) ? block.like(y, ({ grad }) => !(grad && without.has('seeds'))) : null
  if (u === null) block.do(...scalar(block, y), '.backward(null', ...walkOptions(block.draw), ')')
  else block.do(...y.text, '.backward(', ...u.text, ...walkOptions(block.draw), ')')
}

const readGradient: Write = (block) => {
  const x = block.any(({ leaf, grad }) => leaf && grad)
  if (x !== null) block.tensor(x.shape, false, true, ...x.text, '.grad')
}

const assign: Write = (block) => {
  const x = block.any(({ leaf }) => leaf) ?? block.any()
  const value = x && block.like(x)
  if (x && value) block.do(...x.text, '.assign_(', ...value.text, ')')
}

/** What a hook does, on a cotangent that is like x: it knows only tensors that were there before, so that no walk comes back to it. */
function hook(block: Block, writing: Writing, x: Operand): { f: Fn; effects: boolean } {
  const { draw } = block
  const before = block.tensors.slice(0, block.tensors.indexOf(x))
  const g = variable('tensor', 'g', x.shape)
  const inside = new Block(draw, before, block.depth + 1)
  const known = inside.like(x)?.text ?? [`tensor(${draw.numbers(x.shape)}, float64)`]
  const replacement: Text = draw.of<Text>([
    [g, '.mul(0.5)'],
    [g, '.add(', ...known, ')'],
    [g, '.mul(', ...known, ')'],
    [g, '.detach()'],
    [g, '.tanh()'],
  ])
  const plain = { f: { parameters: [g], body: inside.statements, result: replacement }, effects: false }
  const noWalks = writing.without.has('walks')
  const choice = draw.weighted([
    [4, 'replace'],
    [3, 'keep'],
    [noWalks ? 0 : 4, 'walk'],
    [1, 'throw'],
    [writing.without.has('accumulate') ? 0 : 2, 'accumulate'],
  ] as const)
  if (choice === 'keep') {
    const list = block.name('list', 'kept', '[]')
    writing.lists.push(list)
    inside.do(list, '.push(', ...(draw.chance(60) ? [g] : replacement), ')')
    return { f: { ...plain.f, result: draw.chance(40) ? replacement : [] }, effects: true }
  }
  if (choice === 'throw') {
    inside.do("throw new Error('thrown by a hook')")
    return { f: { ...plain.f, result: [] }, effects: false }
  }
  if (choice === 'accumulate') {
    const sum = block.fresh(x.shape, false)
    inside.do(...sum.text, '.assign_(', ...sum.text, '.add(', g, '))')
    return { f: { ...plain.f, result: draw.chance(30) ? replacement : [] }, effects: true }
  }
  if (choice === 'walk') {
    const [y, z] = [inside.any(({ grad }) => grad), inside.any(({ grad }) => grad)]
    if (y !== null && z !== null && draw.chance(60)) {
      const roots: Text = draw.chance(60) ? scalar(inside, y) : ['[', ...scalar(inside, y), ', ', ...scalar(inside, inside.any(({ grad }) => grad) ?? y), ']']
      const walk: Text = ['grad(', ...roots, ', ', ...z.text, ', { retainGraph: true, ', maybe(draw, 80, 'allowUnused: true '), '})']
      if (draw.chance(50)) inside.do('try { ', ...walk, ' } catch {}')
      else inside.tensor(z.shape, false, false, ...walk)
    } else {
      const leaf = inside.fresh(x.shape, true)
      inside.tensor(x.shape, false, false, 'grad(', ...leaf.text, '.mul(', g, '.detach()).square().sum(), ', ...leaf.text, ')')
    }
    const found = newest(inside)
    const same = found !== undefined && found.text[0] !== undefined && inside.statements.length > 0 && String(found.shape) === String(x.shape)
    return { f: { ...plain.f, result: same && draw.chance(60) ? [g, '.add(', ...found.text, ')'] : draw.chance(50) ? replacement : [] }, effects: false }
  }
  return plain
}

const registerHook: Write = (block, writing) => {
  const x = block.any(({ grad }) => grad)
  if (x === null) return
  const { f, effects } = hook(block, writing, x)
  const remove = variable('function', 'remove')
  const removes = block.draw.chance(50)
  block.statements.push({ pattern: removes ? [remove] : [], text: [...x.text, '.registerHook(', f, ')'], effects })
  if (removes) writing.loads.push([remove, '()'])
}

/** A hook on what the function itself has made. */
const hookOnLocal: Write = (block) => {
  const x = block.any(({ grad, leaf, text }) => grad && !leaf && block.statements.some(({ pattern }) => pattern.includes(text[0] as Variable)))
  if (x === null) return
  const g = variable('tensor', 'g', x.shape)
  block.do(...x.text, '.registerHook(', { parameters: [g], body: [], result: [g, block.draw.of(['.mul(0.5)', '.tanh()', '.square()'])] }, ')')
}

const readList: Write = (block, { draw, lists }) => {
  if (lists.length === 0) return
  block.statements.push({ pattern: [variable('state', 'last')], text: [draw.of(lists), '.at(-1)'] })
}

const layer: Write = (block, { draw, layers }) => {
  const form = draw.of(LAYERS)
  const at = block.name('layer', 'layer', `fill(${form.make}, grid(${draw.int(50)}))`)
  layers.push({ at, form })
  for (const [name, shape] of form.parameters) block.tensors.unshift({ text: [at, `.${name}`], shape, grad: true, leaf: true })
}

const forward: Write = (block, { draw, layers }) => {
  if (layers.length === 0) return
  const { at, form } = draw.of(layers)
  const { kind, states, passes, width } = form
  if (kind === 'embedding') {
    const [rank, index] = draw.of([
      [1, '[0, 2, 0]'],
      [2, '[[0, 1, 0], [1, 0, 1]]'],
      [2, '[[2, 2], [0, 2]]'],
    ] as const)
    const shape = rank === 1 ? [3] : index.length > 20 ? [2, 3] : [2, 2]
    return void block.tensor([...shape, 2], true, false, at, `.forward(tensor(${index}, { dtype: 'int32' }))`)
  }
  const rank = kind === 'cell' ? 2 : kind === 'sequence' ? 3 : 0
  const fits = ({ shape }: Operand): boolean => shape.at(-1) === 2 && (rank === 0 ? shape.length > 1 : shape.length === rank)
  const x = block.any(fits) ?? block.fresh(kind === 'sequence' ? [2, 3, 2] : [2, 2], draw.chance(50))
  if (kind === 'linear') return void block.tensor(x.shape, true, false, at, '.forward(', ...x.text, ')')
  const [N, T] = x.shape as [number, number]
  const stateShape = kind === 'cell' ? [N, 2] : [passes, N, 2]
  const given = states.map(() => block.any(({ shape }) => String(shape) === String(stateShape)))
  const carries = draw.chance(60) && !given.includes(null)
  const state: Text = carries ? [', { ', ...states.flatMap((name, i): Text => [i === 0 ? '' : ', ', `${name}: `, ...(given[i] as Operand).text]), ' }'] : []
  const lengths: Text =
    kind === 'sequence' && draw.chance(35)
      ? [carries ? '' : ', undefined', `, { lengths: [${Array.from({ length: N }, () => 1 + draw.int(T)).join(', ')}] }`]
      : []
  const after = states.map(() => variable('tensor', block.letter, stateShape))
  const pattern: Text = states.flatMap((name, i): Text => [i === 0 ? '{ ' : ', ', `${name}: `, after[i] as Variable])
  const output = variable('tensor', block.letter, [N, T, width])
  const whole: Text = kind === 'cell' ? [...pattern, ' }'] : ['{ output: ', output, ', state: ', ...pattern, ' } }']
  block.statements.push({ pattern: whole, text: [at, '.forward(', ...x.text, ...state, ...lengths, ')'] })
  if (kind === 'sequence') block.know(output, true)
  for (const v of after) block.know(v, true)
}

const loadLayer: Write = (block, { draw, layers, loads }) => {
  if (layers.length === 0) return
  const { at } = draw.of(layers)
  const state = block.name('state', 'state', at, '.stateDict()')
  loads.push([at, '.loadStateDict(', state, ')'])
}

const optimiser: Write = (block, { draw, optimisers, loads }) => {
  const own = block.tensors.filter(({ grad, leaf }) => grad && leaf)
  const chosen = own.filter(() => draw.chance(60))
  const parameters = chosen.length > 0 ? chosen : own
  if (parameters.length === 0) return
  const make = draw.of([
    ['SGD', '{ lr: 0.1 }'],
    ['SGD', '{ lr: 0.1, momentum: 0.9 }'],
    ['SGD', '{ lr: 0.1, weightDecay: 0.1 }'],
    ['Adam', '{ lr: 0.05 }'],
    ['AdamW', '{ lr: 0.05 }'],
  ] as const)
  const at = block.name('optimiser', 'optimiser', `new ${make[0]}([`, ...listed(parameters), `], ${make[1]})`)
  optimisers.push(at)
  loads.push([at, '.zeroGrad()'])
}

const step: Write = (block, { draw, optimisers, loads }) => {
  if (optimisers.length === 0) return
  const at = draw.of(optimisers)
  block.do(at, draw.chance(75) ? '.step()' : '.zeroGrad()')
  if (draw.chance(80)) return
  const state = block.name('state', 'state', at, '.stateDict()')
  loads.push([at, '.loadStateDict(', state, ')'])
}

const load: Write = (block, { draw, loads }) => {
  if (loads.length > 0) block.do(...draw.of(loads))
}

const requireGradient: Write = (block) => {
  const x = block.any(({ leaf, grad, text }) => leaf && !grad && text.length === 1)
  if (x !== null) block.do(...x.text, '.requiresGrad = true')
}

const look: Write = (block) => {
  const x = block.any()
  if (x !== null) block.do('String(', ...x.text, ')')
}

const clip: Write = (block) => {
  const x = block.any(({ grad, leaf }) => grad && leaf)
  if (x !== null) block.do('clipGradNorm([', ...x.text, '], 1)')
}

const creation: Write = (block, { draw }) => block.fresh(draw.of(SHAPES), draw.chance(60))

/** Every kind of statement, how often it is written, and the name by which it is left out. */
const STATEMENTS: readonly (readonly [number, Write | null, string])[] = [
  [40, null, ''],
  [4, creation, ''],
  [8, backward, 'backward'],
  [9, gradient, 'grad'],
  [4, readGradient, 'readGrad'],
  [6, assign, 'assign'],
  [4, noGrad, 'noGrad'],
  [2, enableGrad, 'enableGrad'],
  [7, checkpoint, 'checkpoint'],
  [8, transform, 'transforms'],
  [7, registerHook, 'hooks'],
  [3, readList, 'hooks'],
  [4, layer, 'layers'],
  [9, forward, 'layers'],
  [1, loadLayer, 'layers'],
  [2, optimiser, 'optimisers'],
  [4, step, 'optimisers'],
  [3, load, ''],
  [1, requireGradient, 'requiresGrad'],
  [2, look, ''],
  [1, clip, 'clip'],
  [2, (block) => block.do('evacuate()'), 'evacuate'],
  [1, (block, { draw }) => block.do(`starve(${1 + draw.int(4)})`), 'starve'],
]

export const FEATURES: readonly string[] = [
  ...new Set([...STATEMENTS.map(([, , feature]) => feature), 'walks', 'seeds', 'targets', 'unused', 'accumulate']),
].filter((name) => name !== '')

/** The program of this number: a few tensors, and then whatever comes. */
export function generated(seed: number, number: number, without: ReadonlySet<string> = new Set()): Program {
  const draw = new Draw(Math.imul(seed + 1, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35))
  const block = new Block(draw)
  const writing: Writing = { draw, without, layers: [], lists: [], optimisers: [], loads: [] }
  for (let n = 2 + draw.int(2); n > 0; n--) block.fresh(draw.of(SHAPES), draw.chance(75))
  for (let n = 5 + draw.int(16); n > 0; n--) choose(block, writing, STATEMENTS)
  return block.statements satisfies readonly Statement[]
}
