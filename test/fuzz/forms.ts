// What layers a random program may make. All have D = H = 2, so that each may meet any other's
// outputs and states, and its own.

import type { Draw } from './draw.ts'
import type { LayerForm } from './writing.ts'

type Shape = readonly number[]

/** A recurrence: the options that choose it, its gates, states and further parameters. */
interface Recurrence {
  readonly name: 'RNN' | 'GRU' | 'LSTM'
  readonly options: readonly string[]
  readonly gates: number
  readonly states: readonly string[]
  readonly more: readonly (readonly [name: string, shape: Shape])[]
  readonly bias: boolean
}

function recurrence(draw: Draw): Recurrence {
  const name = draw.of(['RNN', 'GRU', 'LSTM'] as const)
  const bias = draw.chance(85)
  const options = bias ? [] : ['bias: false']
  const plain = { name, options, states: ['h'], more: [], bias }
  if (name === 'RNN') {
    if (draw.chance(30)) options.push("nonlinearity: 'relu'")
    return { ...plain, gates: 1 }
  }
  if (name === 'GRU') {
    if (draw.chance(40)) options.push('resetAfter: false')
    return { ...plain, gates: 3 }
  }
  const chosen = (percent: number, option: string): boolean => {
    if (!draw.chance(percent)) return false
    options.push(option)
    return true
  }
  const more: [string, Shape][] = []
  const isCoupled = chosen(20, 'coupledGates: true')
  const gates = isCoupled ? 3 : 4
  if (chosen(20, 'peepholes: true'))
    for (const gate of isCoupled ? 'fo' : 'ifo') more.push([`weight_c${gate}`, [2]])
  if (chosen(10, 'layerNorm: true'))
    more.push(
      ['weight_ln_ih', [2 * gates]],
      ['weight_ln_hh', [2 * gates]],
      ['weight_ln_c', [2]],
      ...(bias ? [['bias_ln_c', [2]] as [string, Shape]] : []),
    )
  chosen(10, 'cellClip: 0.25')
  return { ...plain, gates, states: ['h', 'c'], more }
}

/** The parameters of a step on rows of this width. */
const parametersOf = ({ gates, more, bias }: Recurrence, width: number): [string, Shape][] => [
  ['weight_ih', [2 * gates, width]],
  ['weight_hh', [2 * gates, 2]],
  ...(bias ? ['bias_ih', 'bias_hh'].map((name): [string, Shape] => [name, [2 * gates]]) : []),
  ...more.map(([name, shape]): [string, Shape] => [name, shape]),
]

const made = (name: string, options: readonly string[]): string =>
  `new ${name}(2, 2, { ${["dtype: 'float64'", ...options].join(', ')} })`

function cell(draw: Draw): LayerForm {
  const chosen = recurrence(draw)
  const { name, options, states } = chosen
  return {
    make: made(`${name}Cell`, options),
    parameters: parametersOf(chosen, 2),
    kind: 'cell',
    states,
    passes: 1,
    width: 2,
  }
}

function sequence(draw: Draw): LayerForm {
  const chosen = recurrence(draw)
  const { name, states } = chosen
  const options = [...chosen.options]
  const numLayers = draw.chance(25) ? 2 : 1
  const directions = draw.chance(30) ? ['', '_reverse'] : ['']
  const width = 2 * directions.length
  const [learns, timeFirst, holds] = [draw.chance(25), draw.chance(20), draw.chance(15)]
  if (numLayers > 1) options.push('numLayers: 2')
  if (directions.length > 1) options.push('bidirectional: true')
  if (timeFirst) options.push('batchFirst: false')
  if (learns) options.push('learnState: true')
  if (holds)
    options.push(
      `zoneout: ${draw.of(['0.25', '{ h: 0.5 }', `{ ${states.at(-1)}: 0.75 }`])}`,
      'recurrentDropout: 0.5',
    )
  const suffixes = Array.from({ length: numLayers }, (_, layer) =>
    directions.map((direction) => `l${layer}${direction}`),
  ).flat()
  return {
    make: `${made(name, options)}${holds ? '.eval()' : ''}`,
    parameters: suffixes.flatMap((suffix) =>
      [
        ...parametersOf(chosen, suffix.startsWith('l1') ? width : 2),
        ...(learns ? states.map((state) => [`first_${state}`, [2]] as const) : []),
      ].map(([part, shape]) => [`${part}_${suffix}`, shape] as const),
    ),
    kind: 'sequence',
    states,
    passes: suffixes.length,
    width,
    timeFirst,
  }
}

const linear = (): LayerForm => ({
  make: 'new Linear(2, 2, float64)',
  parameters: [
    ['weight', [2, 2]],
    ['bias', [2]],
  ],
  kind: 'linear',
  states: [],
  passes: 0,
  width: 2,
})

const embedding = (): LayerForm => ({
  make: 'new Embedding(3, 2, float64)',
  parameters: [['weight', [3, 2]]],
  kind: 'embedding',
  states: [],
  passes: 0,
  width: 2,
})

export const FORMS: Readonly<Record<LayerForm['kind'], (draw: Draw) => LayerForm>> = {
  linear,
  embedding,
  cell,
  sequence,
}
