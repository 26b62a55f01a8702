// Statements that walk, and hooks: what is walked again, what hooks keep, replace, throw, and walk themselves.

import { Block, type Draw, type Operand, variable } from './draw.ts'
import { scalar } from './ops.ts'
import type { Fn, Text, Variable } from './program.ts'
import { maybe, newest, type Write, type Writing } from './writing.ts'

const walkOptions = (draw: Draw, more: Text = []): Text => [
  ', { ',
  maybe(draw, 50, 'retainGraph: true, '),
  maybe(draw, 35, 'createGraph: true, '),
  ...more,
  ' }',
]

/** Now and then the walk is somewhere special. */
function within(draw: Draw, walk: Text): Text {
  if (draw.chance(88)) return walk
  return [`${draw.of(['noGrad', 'enableGrad', 'detectAnomaly'])}(`, { parameters: [], body: [], result: walk }, ')']
}

export const gradient: Write = (block, { without }) => {
  const { draw } = block
  const y = block.any(({ grad, leaf }) => grad && !leaf) ?? block.any()
  const asked = ({ grad, leaf }: Operand): boolean => grad && (leaf || !without.has('targets'))
  const x = block.any(asked)
  if (y === null || x === null) return
  const second = draw.chance(25) ? block.any((z) => asked(z) && z.text[0] !== x.text[0]) : null
  const u = draw.chance(40) ? block.like(y, ({ grad }) => !(grad && without.has('seeds'))) : null
  const z = u === null && draw.chance(25) ? block.any(({ grad }) => grad) : null
  const root: Text = u !== null ? y.text : z === null ? scalar(block, y) : ['[', ...scalar(block, y), ', ', ...scalar(block, z), ']']
  const unused = draw.chance(60) || without.has('unused') ? 'allowUnused: true, ' : ''
  const seeds: Text =
    u !== null ? ['gradOutputs: ', ...u.text] : z !== null && draw.chance(40) ? [`gradOutputs: [null, tensor(${draw.number()}, float64)]`] : []
  const given = walkOptions(draw, [unused, ...seeds])
  if (second === null) return void block.tensor(x.shape, true, false, ...within(draw, ['grad(', ...root, ', ', ...x.text, ...given, ')']))
  const [a, b] = [x, second].map(({ shape }) => variable('tensor', block.letter, shape)) as [Variable, Variable]
  block.statements.push({ pattern: ['[', a, ', ', b, ']'], text: within(draw, ['grad(', ...root, ', [', ...x.text, ', ', ...second.text, ']', ...given, ')']) })
  block.know(a, true)
  block.know(b, true)
}

export const backward: Write = (block, { without }) => {
  const y = block.any(({ grad, leaf }) => grad && !leaf) ?? block.any()
  if (y === null) return
  const u = block.draw.chance(40) ? block.like(y, ({ grad }) => !(grad && without.has('seeds'))) : null
  const walk: Text = u === null ? [...scalar(block, y), '.backward(null'] : [...y.text, '.backward(', ...u.text]
  block.do(...within(block.draw, [...walk, ...walkOptions(block.draw), ')']))
}

export const readGradient: Write = (block) => {
  const x = block.any(({ leaf, grad }) => leaf && grad)
  if (x !== null) block.tensor(x.shape, false, true, ...x.text, '.grad')
}

export const setGradient: Write = (block) => {
  const x = block.any(({ leaf, grad }) => leaf && grad)
  const g = x && block.like(x)
  if (x && g) block.do(...x.text, '.grad = ', ...(block.draw.chance(60) ? g.text : ['null']))
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

export const registerHook: Write = (block, writing) => {
  const x = block.any(({ grad }) => grad)
  if (x === null) return
  const { f, effects } = hook(block, writing, x)
  const remove = variable('function', 'remove')
  const removes = block.draw.chance(50)
  block.statements.push({ pattern: removes ? [remove] : [], text: [...x.text, '.registerHook(', f, ')'], effects })
  if (removes) writing.loads.push([remove, '()'])
}

export const readList: Write = (block, { draw, lists }) => {
  if (lists.length === 0) return
  block.statements.push({ pattern: [variable('state', 'last')], text: [draw.of(lists), '.at(-1)'] })
}
