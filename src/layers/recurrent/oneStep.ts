// The steps of a recurrent layer by themselves, for those who look at them; scan.ts runs them.

import type { Tensor } from '../../tensor/index.ts'
import type { Module } from '../module/module.ts'
import { RecurrentLayer } from './layer.ts'
import type { Parameters } from './recurrence.ts'
import { Recurrent } from './recurrent.ts'
import { requireStates } from './userCell.ts'

/** A layer in one direction. */
export interface OneStep {
  /** `l0`, `l0_reverse`, `l1`, … */
  readonly suffix: string
  readonly isReverse: boolean
  /** The last axis of its input, where that is known. */
  readonly width: number | undefined
  /** The sizes of its states, h first. */
  readonly sizes: Readonly<Record<string, number>>
  /** Its parameters: their names in the step, in the layer, and themselves. */
  readonly parameters: readonly (readonly [name: string, path: string, t: Tensor])[]
  /** The learned states that sequences begin from, by the names of the states. */
  readonly first: Readonly<Record<string, Tensor>>
  run(x: Tensor, state: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>>
}

/** By layers, forward first; null for another module. */
export function oneStepsOf(module: Module): readonly (readonly OneStep[])[] | null {
  if (module instanceof RecurrentLayer) return stepsOfLayer(module as AnyLayer)
  return module instanceof Recurrent ? stepsOfCells(module as AnyCells) : null
}

type State = Record<string, Tensor> & { h: Tensor }
type AnyLayer = RecurrentLayer<string, State, number, number, readonly []>
type AnyCells = Recurrent<State>

/** What is dropped or held back: the name of an option that is on. */
export function regularisationOf(module: Module): string | null {
  if (!(module instanceof RecurrentLayer || module instanceof Recurrent)) return null
  const { regularisation } = module as AnyLayer | AnyCells
  for (const [name, p] of Object.entries(regularisation))
    if ([p].flat().some((one: number) => one !== 0)) return name
  return null
}

const firstOf = (
  layer: AnyLayer | AnyCells,
  names: readonly string[],
  suffix: string,
): Record<string, Tensor> =>
  layer.learnState
    ? Object.fromEntries(names.map((name) => [name, layer[`first_${name}_l${suffix.slice(1)}`]]))
    : {}

const stepsOfLayer = (layer: AnyLayer): OneStep[][] =>
  layer.scans().map((scans) =>
    scans.map(({ suffix, isReverse, D, sizes, fields }) => {
      const own: Record<string, Tensor | null> = {}
      for (const { name, field } of fields) own[name] = layer[field]
      return {
        suffix,
        isReverse,
        width: D,
        sizes,
        parameters: fields.flatMap(({ name, field }) => {
          const t = layer[field]
          return t === null ? [] : [[name, field, t] as const]
        }),
        first: firstOf(layer, Object.keys(sizes), suffix),
        run: (x, state) =>
          layer.recurrence.step(own as unknown as Parameters, x, state as State, state.h),
      }
    }),
  )

const stepsOfCells = (layer: AnyCells): OneStep[][] =>
  Array.from({ length: layer.numLayers }, (_, l) =>
    (layer.bidirectional ? [`l${l}`, `l${l}_reverse`] : [`l${l}`]).map((suffix) => {
      const cell = layer[suffix as `l${number}`]
      const { h, ...others } = cell.stateSize
      return {
        suffix,
        isReverse: suffix.endsWith('reverse'),
        width: (cell as { inputSize?: number }).inputSize,
        sizes: { h, ...others },
        parameters: cell
          .namedParameters()
          .map(([name, t]) => [name, `${suffix}.${name}`, t] as const),
        first: firstOf(layer, Object.keys(cell.stateSize), suffix),
        run: (x, state) => {
          const after = cell.forward(x, state as never)
          return requireStates(`Recurrent(${cell.constructor.name})`, after, cell.stateSize, x)
        },
      }
    }),
  )
