// Writes random programs over the public surface. What kinds of statement there are stands here;
// how they are written, in ops, functions, gradients, trained and optimisers.

import { Block, Draw, SHAPES } from './draw.ts'
import { checkpoint, enableGrad, noGrad, rebound, transform } from './functions.ts'
import { backward, gradient, readGradient, registerHook, setGradient } from './gradients.ts'
import { optimiser, setOption, step, training, twin } from './optimisers.ts'
import type { Program } from './program.ts'
import { forward, layer, load, loadLayer, lookUp } from './trained.ts'
import { type Choice, choose, type Write, type Writing } from './writing.ts'

const assign: Write = (block) => {
  const x = block.any(({ leaf }) => leaf) ?? block.any()
  const value = x && block.like(x)
  if (x && value) block.do(...x.text, '.assign_(', ...value.text, ')')
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
const STATEMENTS: readonly Choice[] = [
  [40, null, ''],
  [4, creation, ''],
  [8, backward, 'backward'],
  [9, gradient, 'grad'],
  [4, readGradient, 'readGrad'],
  [1, setGradient, 'setGrad'],
  [3, rebound, 'rebound'],
  [6, assign, 'assign'],
  [4, noGrad, 'noGrad'],
  [2, enableGrad, 'enableGrad'],
  [7, checkpoint, 'checkpoint'],
  [8, transform, 'transforms'],
  [7, registerHook, 'hooks'],
  [4, layer, 'layers'],
  [9, forward, 'layers'],
  [2, lookUp, 'layers'],
  [1, loadLayer, 'layers'],
  [2, optimiser, 'optimisers'],
  [4, step, 'optimisers'],
  [2, setOption, 'optimisers'],
  [1, twin, 'optimisers'],
  [2, training, 'optimisers'],
  [3, load, ''],
  [1, requireGradient, 'requiresGrad'],
  [2, look, ''],
  [1, clip, 'clip'],
  [2, (block) => block.do('evacuate()'), 'evacuate'],
  [1, (block, { draw }) => block.do(`starve(${1 + draw.int(4)})`), 'starve'],
]

export const FEATURES: readonly string[] = [
  ...new Set([
    ...STATEMENTS.map(([, , feature]) => feature),
    'walks',
    'seeds',
    'targets',
    'unused',
    'accumulate',
  ]),
].filter((name) => name !== '')

/** The program of this number: a few tensors, and then whatever comes. */
export function generated(
  seed: number,
  number: number,
  without: ReadonlySet<string> = new Set(),
): Program {
  const draw = new Draw(Math.imul(seed + 1, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35))
  const block = new Block(draw)
  const writing: Writing = { draw, without, layers: [], optimisers: [], loads: [] }
  for (let n = 2 + draw.int(2); n > 0; n--) block.fresh(draw.of(SHAPES), draw.chance(75))
  for (let n = 5 + draw.int(16); n > 0; n--) choose(block, writing, STATEMENTS)
  return block.statements
}
