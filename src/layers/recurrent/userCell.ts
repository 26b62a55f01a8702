// The cells that Recurrent takes, and what it requires of them.
import { DTypeError, type Shape, ShapeError, Tensor, ValueError } from '../../tensor/index.ts'
import {
  type FloatDType,
  isFloat,
  isOptions,
  noTensor,
  requireSizes,
  sameShape,
  show,
  shown,
} from '../../tensor/internal.ts'
import { Module } from '../module/module.ts'
import type { NamedTensors } from './state.ts'

/** A user's cell: one step, and the sizes of its states by name. The output is h. */
export interface RecurrentCell<S> extends Module {
  /** { h: 64, c: 64 } */
  readonly stateSize: Readonly<Record<keyof S & string, number>>
  /** x (N, D) and the state before, each tensor (N, its size) → the state after. */
  forward(x: Tensor, state: NoInfer<S>): S
}

/** Any state: h and others. */
type State = Record<string, Tensor> & { h: Tensor }

export function requireCell<S extends NamedTensors<S>>(cell: unknown): RecurrentCell<S> {
  if (!(cell instanceof Module))
    throw new DTypeError(
      'Recurrent: expected a cell, a Module with stateSize and forward(x, state), got ' +
        shown(cell),
    )
  const { stateSize } = cell as RecurrentCell<S>
  if (!isOptions(stateSize) || !('h' in stateSize))
    throw new ValueError(
      `Recurrent: expected stateSize of ${cell.constructor.name} to be the sizes of its states, ` +
        `as in { h: 64 }, got ${shown(stateSize)}`,
    )
  requireSizes(`Recurrent: stateSize of ${cell.constructor.name}`, stateSize)
  return cell as RecurrentCell<S>
}

/** The dtype of a cell's first tensor of floats. */
export const dtypeOf = (cell: Module): FloatDType | undefined =>
  Object.values(cell.stateDict())
    .map(({ dtype }) => dtype)
    .find(isFloat)

export function requireSameStates(first: RecurrentCell<never>, other: RecurrentCell<never>): void {
  const [expected, got] = [first, other].map(({ stateSize }) => JSON.stringify(stateSize))
  if (expected !== got)
    throw new ValueError(`Recurrent: expected cells with states ${expected}, got ${got}`)
}

/** Throws unless a cell's result is its states, for as many rows as x has. */
export function requireStates(
  who: string,
  after: unknown,
  sizes: Readonly<Record<string, number>>,
  x: Tensor,
): State {
  const names = Object.keys(sizes)
  const given = isOptions(after) ? Object.keys(after) : []
  if (given.length !== names.length || !names.every((name) => given.includes(name)))
    throw new ValueError(
      `${who}: expected the cell to give { ${names.join(', ')} }, got ` +
        `${given.length > 0 ? `{ ${given.join(', ')} }` : shown(after)}`,
    )
  for (const name of names) {
    const t = (after as Record<string, unknown>)[name]
    if (!(t instanceof Tensor))
      throw new DTypeError(`${who}: expected the cell's ${name} to be a Tensor, got ${noTensor(t)}`)
    const shape: Shape = [x.shape[0], sizes[name]]
    if (!sameShape(t.shape, shape))
      throw new ShapeError(
        `${who}: expected the cell's ${name} of shape (N, ${sizes[name]}), got ${show(t.shape)}`,
      )
    if (t.dtype !== x.dtype)
      throw new DTypeError(
        `${who}: expected the cell's ${name} of dtype ${x.dtype}, got ${t.dtype}`,
      )
  }
  return after as State
}
