// Statements with layers, and those that load a state. What layers there are is forms.ts.

import { type Block, type Operand, variable } from './draw.ts'
import { FORMS } from './forms.ts'
import type { Text, Variable } from './program.ts'
import { type LayerForm, maybe, newest, type Write, type Writing } from './writing.ts'

export const layer: Write = (block, writing) => {
  const { draw } = writing
  const kind = draw.weighted([
    [1, 'linear'],
    [1, 'embedding'],
    [2, 'cell'],
    [6, 'sequence'],
  ] as const)
  makeLayer(block, writing, FORMS[kind](draw))
}

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
    makeLayer(block, writing, FORMS[kind](draw))
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

/** A sequence layer or a cell on x, perhaps with a state from before, perhaps with options. */
function recurrent(
  block: Block,
  { draw }: Writing,
  { at, form }: Writing['layers'][number],
  x: Operand,
): void {
  const { kind, states, passes, width, timeFirst } = form
  const [A, B] = x.shape as [number, number]
  const [N, T] = timeFirst ? [B, A] : [A, B]
  const stateShape = kind === 'cell' ? [A, 2] : [passes, N, 2]
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
  const every = kind === 'sequence' && draw.chance(20)
  const flags = (percent: number): string => {
    const rows = Array.from({ length: A }, () =>
      Array.from({ length: B }, () => draw.chance(percent)).join(', '),
    )
    return `tensor([[${rows.join('], [')}]])`
  }
  const lengths = Array.from({ length: N }, () => draw.int(T + 1)).join(', ')
  const options: Text =
    kind === 'sequence' && draw.chance(60)
      ? [
          carries || draw.chance(50) ? '' : ', undefined',
          ', { ',
          maybe(draw, 50, `lengths: [${lengths}], `),
          maybe(draw, 40, `mask: ${flags(70)}, `),
          maybe(draw, 40, `resets: ${flags(25)}, `),
          every ? 'every: true ' : '',
          '}',
        ]
      : []
  const named = (shape: readonly number[]): { made: Variable[]; text: Text } => {
    const made = states.map(() => variable('tensor', block.letter, shape))
    const parts = states.flatMap(
      (name, i): Text => [i === 0 ? '{ ' : ', ', `${name}: `, made[i] as Variable],
    )
    return { made, text: [...parts, ' }'] }
  }
  const after = named(stateShape)
  const output = variable('tensor', block.letter, [A, B, width])
  const all = every && options.length > 0 ? named([passes, A, B, 2]) : null
  const whole: Text =
    kind === 'cell'
      ? after.text
      : [
          '{ output: ',
          output,
          ', state: ',
          ...after.text,
          ...(all === null ? [] : [', states: ', ...all.text]),
          ' }',
        ]
  block.statements.push({
    pattern: whole,
    text: [at, '.forward(', ...x.text, ...state, ...options, ')'],
  })
  if (kind === 'sequence') block.know(output, true)
  for (const v of [...after.made, ...(all?.made ?? [])]) block.know(v, true)
}

export const loadLayer: Write = (block, { draw, layers, loads }) => {
  if (layers.length === 0) return
  const { at } = draw.of(layers)
  const state = block.name('state', 'state', at, '.stateDict()')
  loads.push([at, '.loadStateDict(', state, ')'])
}

export const load: Write = (block, { draw, loads }) => {
  if (loads.length > 0) block.do(...draw.of(loads))
}
