// Statements that walk, and hooks: what is walked again, what hooks keep, replace, throw, and walk
// themselves.

import { Block, type Draw, type Operand, variable } from './draw.ts'
import { scalar } from './ops.ts'
import type { Fn, Text, Variable } from './program.ts'
import { maybe, type Write, type Writing } from './writing.ts'

const walkOptions = (draw: Draw, more: Text = []): Text => [
  ', { ',
  maybe(draw, 50, 'retainGraph: true, '),
  maybe(draw, 35, 'createGraph: true, '),
  ...more,
  ' }',
]

/** Now and then the walk is somewhere special. */
function within({ draw, without }: Writing, walk: Text): Text {
  const who = draw.of(['noGrad', 'enableGrad', 'detectAnomaly'])
  return draw.chance(88) || without.has(who)
    ? walk
    : [`${who}(`, { parameters: [], body: [], result: walk }, ')']
}

export const gradient: Write = (block, writing) => {
  const { draw, without } = writing
  const y = block.any(({ grad, leaf }) => grad && !leaf) ?? block.any()
  const asked = ({ grad, leaf }: Operand): boolean => grad && (leaf || !without.has('targets'))
  const x = block.any(asked)
  if (y === null || x === null) return
  const second = draw.chance(25) ? block.any((z) => asked(z) && z.text[0] !== x.text[0]) : null
  const u = draw.chance(40) ? block.like(y, ({ grad }) => !(grad && without.has('seeds'))) : null
  const z = u === null && draw.chance(25) ? block.any(({ grad }) => grad) : null
  const root: Text =
    u !== null
      ? y.text
      : z === null
        ? scalar(block, y)
        : ['[', ...scalar(block, y), ', ', ...scalar(block, z), ']']
  const unused = draw.chance(60) || without.has('unused') ? 'allowUnused: true, ' : ''
  const seeds: Text =
    u !== null
      ? ['gradOutputs: ', ...u.text]
      : z !== null && draw.chance(40)
        ? [`gradOutputs: [null, tensor(${draw.number()}, float64)]`]
        : []
  const given = walkOptions(draw, [unused, ...seeds])
  if (second === null)
    return void block.tensor(
      x.shape,
      true,
      false,
      ...within(writing, ['grad(', ...root, ', ', ...x.text, ...given, ')']),
    )
  const [a, b] = [x, second].map(({ shape }) => variable('tensor', block.letter, shape)) as [
    Variable,
    Variable,
  ]
  block.statements.push({
    pattern: ['[', a, ', ', b, ']'],
    text: within(writing, [
      'grad(',
      ...root,
      ', [',
      ...x.text,
      ', ',
      ...second.text,
      ']',
      ...given,
      ')',
    ]),
  })
  block.know(a, true)
  block.know(b, true)
}

export const backward: Write = (block, writing) => {
  const y = block.any(({ grad, leaf }) => grad && !leaf) ?? block.any()
  if (y === null) return
  const u = block.draw.chance(40)
    ? block.like(y, ({ grad }) => !(grad && writing.without.has('seeds')))
    : null
  const walk: Text =
    u === null ? [...scalar(block, y), '.backward(null'] : [...y.text, '.backward(', ...u.text]
  block.do(...within(writing, [...walk, ...walkOptions(block.draw), ')']))
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

/**
 * What a hook does, on a cotangent that is like x: it knows only tensors that were there before, so
 * that no walk comes back to it.
 */
function hook(block: Block, writing: Writing, x: Operand): { f: Fn; effects: boolean } {
  const { draw } = block
  let itself = x
  while (itself.origin !== undefined) itself = itself.origin
  const before = block.tensors.slice(0, Math.max(0, block.tensors.indexOf(itself)))
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
  const plain = {
    f: { parameters: [g], body: inside.statements, result: replacement },
    effects: false,
  }
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
    const found = walkInHook(inside, x, g)
    const result: Text =
      found !== null && draw.chance(60)
        ? [g, '.add(', ...found.text, ')']
        : draw.chance(50)
          ? replacement
          : []
    return { f: { ...plain.f, result }, effects: false }
  }
  return plain
}

/**
 * A walk of a hook's own: over what was there before, perhaps one that fails, or over something
 * new. Returns what it finds if that is like x.
 */
function walkInHook(inside: Block, x: Operand, g: Variable): Operand | null {
  const { draw } = inside
  const [y, z] = [
    inside.any(({ grad, leaf }) => grad && !leaf) ?? inside.any(({ grad }) => grad),
    inside.any(({ grad }) => grad),
  ]
  // A hook is called without recording unless the walk is recorded.
  const recorded = (result: Text): Text =>
    draw.chance(20) ? result : ['enableGrad(', { parameters: [], body: [], result }, ')']
  const walk = (roots: Text, target: Text): Text =>
    recorded([
      'grad(',
      ...roots,
      ', ',
      ...target,
      ', { retainGraph: true, ',
      maybe(draw, 80, 'allowUnused: true'),
      ' })',
    ])
  if (y === null || z === null || draw.chance(25)) {
    const leaf = inside.fresh(x.shape, true)
    return inside.tensor(
      x.shape,
      false,
      false,
      ...walk([...leaf.text, '.mul(', g, '.detach()).square().sum()'], leaf.text),
    )
  }
  const choice = draw.int(3)
  if (choice === 0) {
    // A graph that is used up, and walked once more beside one that is not.
    const used = inside.tensor(z.shape, true, false, ...recorded([...z.text, '.mul(2)']))
    inside.do(...recorded(['grad(', ...used.text, '.sum(), ', ...z.text, ')']))
    inside.do(
      'try { ',
      ...walk(['[', ...scalar(inside, y), ', ', ...used.text, '.sum()]'], z.text),
      ' } catch {}',
    )
    return null
  }
  const roots: Text =
    choice === 1 ? scalar(inside, y) : ['[', ...scalar(inside, y), ', ', ...scalar(inside, z), ']']
  if (draw.chance(30)) inside.do('try { ', ...walk(roots, z.text), ' } catch {}')
  else {
    const found = inside.tensor(z.shape, false, false, ...walk(roots, z.text))
    if (String(found.shape) === String(x.shape)) return found
  }
  return null
}

export const registerHook: Write = (block, writing) => {
  const x =
    (block.draw.chance(70) ? block.any(({ grad, leaf }) => grad && !leaf) : null) ??
    block.any(({ grad }) => grad)
  if (x === null) return
  const { f, effects } = hook(block, writing, x)
  const remove = variable('function', 'remove')
  const removes = block.draw.chance(50)
  block.statements.push({
    pattern: removes ? [remove] : [],
    text: [...x.text, '.registerHook(', f, ')'],
    effects,
  })
  if (removes) writing.loads.push([remove, '()'])
}
