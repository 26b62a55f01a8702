// Statements with layers and optimisers. All layers have D = H = 2, so that each may meet any
// other's outputs and states, and its own.

import { type Block, type Operand, variable } from './draw.ts'
import type { Text, Variable } from './program.ts'
import { type LayerForm, listed, newest, type Write, type Writing } from './writing.ts'

type Shape = readonly number[]

function sequenceForm(
  name: 'RNN' | 'LSTM',
  option: string,
  suffixes: readonly string[],
  width: number,
): LayerForm {
  const gates = name === 'LSTM' ? 4 : 1
  const parameters = suffixes.flatMap((suffix) =>
    [
      ['weight_ih', [gates * 2, suffix.startsWith('l1') ? width : 2]],
      ['weight_hh', [gates * 2, 2]],
      ['bias_ih', [gates * 2]],
      ['bias_hh', [gates * 2]],
    ].map(([part, shape]) => [`${part}_${suffix}`, shape] as [string, Shape]),
  )
  const states = name === 'LSTM' ? ['h', 'c'] : ['h']
  return {
    make: `new ${name}(2, 2, ${option})`,
    parameters,
    kind: 'sequence',
    states,
    passes: suffixes.length,
    width,
  }
}

const cellForm = (name: string, gates: number, states: readonly string[]): LayerForm => ({
  make: `new ${name}(2, 2, float64)`,
  parameters: [
    ['weight_ih', [2 * gates, 2]],
    ['weight_hh', [2 * gates, 2]],
    ['bias_ih', [2 * gates]],
    ['bias_hh', [2 * gates]],
  ],
  kind: 'cell',
  states,
  passes: 1,
  width: 2,
})

const LAYERS: readonly LayerForm[] = [
  {
    make: 'new Linear(2, 2, float64)',
    parameters: [
      ['weight', [2, 2]],
      ['bias', [2]],
    ],
    kind: 'linear',
    states: [],
    passes: 0,
    width: 2,
  },
  {
    make: 'new Embedding(3, 2, float64)',
    parameters: [['weight', [3, 2]]],
    kind: 'embedding',
    states: [],
    passes: 0,
    width: 2,
  },
  cellForm('RNNCell', 1, ['h']),
  cellForm('LSTMCell', 4, ['h', 'c']),
  ...(['RNN', 'LSTM'] as const).flatMap((name) => [
    sequenceForm(name, 'float64', ['l0'], 2),
    sequenceForm(name, "{ dtype: 'float64', numLayers: 2 }", ['l0', 'l1'], 2),
    sequenceForm(name, "{ dtype: 'float64', bidirectional: true }", ['l0', 'l0_reverse'], 4),
  ]),
]

export const layer: Write = (block, writing) => makeLayer(block, writing, writing.draw.of(LAYERS))

function makeLayer(
  block: Block,
  { draw, layers }: Writing,
  form: LayerForm,
): Writing['layers'][number] {
  const at = block.name('layer', 'layer', `fill(${form.make}, grid(${draw.int(50)}))`)
  const made = { at, form }
  layers.push(made)
  for (const [name, shape] of form.parameters)
    block.tensors.unshift({ text: [at, `.${name}`], shape, grad: true, leaf: true })
  return made
}

export const forward: Write = (block, writing) => {
  const { draw, layers } = writing
  if (layers.length === 0) return
  const chosen = draw.of(layers)
  const { at, form } = chosen
  const { kind } = form
  if (kind === 'embedding') {
    rowsOf(block, writing, at)
    return
  }
  const rank = kind === 'cell' ? 2 : kind === 'sequence' ? 3 : 0
  const fits = ({ shape }: Operand): boolean =>
    shape.at(-1) === 2 && (rank === 0 ? shape.length > 1 : shape.length === rank)
  const x =
    block.any(fits) ?? block.fresh(kind === 'sequence' ? [2, 3, 2] : [2, 2], draw.chance(50))
  if (kind === 'linear') block.tensor(x.shape, true, false, at, '.forward(', ...x.text, ')')
  else recurrent(block, writing, chosen, x)
}

const rowsOf = (block: Block, { draw }: Writing, embedding: Variable): Operand => {
  const [index, ...shape] = draw.of([
    ['[0, 2, 0]', 3],
    ['[[0, 1, 0], [1, 0, 1]]', 2, 3],
    ['[[2, 2], [2, 2]]', 2, 2],
  ] as const)
  return block.tensor(
    [...shape, 2],
    true,
    false,
    embedding,
    `.forward(tensor(${index}, { dtype: 'int32' }))`,
  )
}

/**
 * Rows that were looked up take a way of their own through a sequence, unless somebody asks for
 * their gradient.
 */
export const lookUp: Write = (block, writing) => {
  const { draw } = writing
  const made = (kind: LayerForm['kind']) =>
    writing.layers.find(({ form }) => form.kind === kind) ??
    makeLayer(block, writing, draw.of(LAYERS.filter((form) => form.kind === kind)))
  const rows = rowsOf(block, writing, made('embedding').at)
  if (rows.shape.length < 3) return
  recurrent(block, writing, made('sequence'), rows)
  if (draw.chance(50))
    block.tensor(
      rows.shape,
      false,
      false,
      'grad(',
      ...newest(block).text,
      '.square().sum(), ',
      ...rows.text,
      ', { retainGraph: true })',
    )
}

/** A sequence layer or a cell on x, perhaps with a state from before, perhaps with lengths. */
function recurrent(
  block: Block,
  { draw }: Writing,
  { at, form }: Writing['layers'][number],
  x: Operand,
): void {
  const { kind, states, passes, width } = form
  const [N, T] = x.shape as [number, number]
  const stateShape = kind === 'cell' ? [N, 2] : [passes, N, 2]
  const given = states.map(() => block.any(({ shape }) => String(shape) === String(stateShape)))
  const carries = draw.chance(60) && !given.includes(null)
  const state: Text = carries
    ? [
        ', { ',
        ...states.flatMap(
          (name, i): Text => [i === 0 ? '' : ', ', `${name}: `, ...(given[i] as Operand).text],
        ),
        ' }',
      ]
    : []
  const lengths: Text =
    kind === 'sequence' && draw.chance(35)
      ? [
          carries ? '' : ', undefined',
          `, { lengths: [${Array.from({ length: N }, () => draw.int(T + 1)).join(', ')}] }`,
        ]
      : []
  const after = states.map(() => variable('tensor', block.letter, stateShape))
  const pattern: Text = states.flatMap(
    (name, i): Text => [i === 0 ? '{ ' : ', ', `${name}: `, after[i] as Variable],
  )
  const output = variable('tensor', block.letter, [N, T, width])
  const whole: Text =
    kind === 'cell' ? [...pattern, ' }'] : ['{ output: ', output, ', state: ', ...pattern, ' } }']
  block.statements.push({
    pattern: whole,
    text: [at, '.forward(', ...x.text, ...state, ...lengths, ')'],
  })
  if (kind === 'sequence') block.know(output, true)
  for (const v of after) block.know(v, true)
}

export const loadLayer: Write = (block, { draw, layers, loads }) => {
  if (layers.length === 0) return
  const { at } = draw.of(layers)
  const state = block.name('state', 'state', at, '.stateDict()')
  loads.push([at, '.loadStateDict(', state, ')'])
}

export const optimiser: Write = (block, { draw, optimisers, loads }) => {
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
  const at = block.name(
    'optimiser',
    'optimiser',
    `new ${make[0]}([`,
    ...listed(parameters),
    `], ${make[1]})`,
  )
  optimisers.push(at)
  loads.push([at, '.zeroGrad()'])
}

export const step: Write = (block, { draw, optimisers, loads }) => {
  if (optimisers.length === 0) return
  const at = draw.of(optimisers)
  block.do(at, draw.chance(75) ? '.step()' : '.zeroGrad()')
  if (draw.chance(80)) return
  const state = block.name('state', 'state', at, '.stateDict()')
  loads.push([at, '.loadStateDict(', state, ')'])
}

export const load: Write = (block, { draw, loads }) => {
  if (loads.length > 0) block.do(...draw.of(loads))
}
