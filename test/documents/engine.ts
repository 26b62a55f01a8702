// The library's half of every comparison: float64 leaves, weights put in by name, gradients taken
// out by name, and no formulas.
import { grad, type Module, type Tensor } from 'tapegrad'
import { d } from '../support/tensors.ts'
import { agree, type Named } from './agree.ts'
import { type Matrix, type Nested, type Vector, vector } from './oracle/arrays.ts'

/** A tensor's numbers as the nested arrays they are known to be. */
export function numbers<A extends Nested>(of: Tensor | null | undefined): A {
  if (!of) throw new Error('expected a tensor, got none: a gradient is missing')
  return of.toArray() as A
}

/** One bias in the documents, two here: it is loaded into the first, and the second is zero. */
export const biases = (b: Vector): { bias_ih: Vector; bias_hh: Vector } => ({
  bias_ih: b,
  bias_hh: vector(b.length),
})

/**
 * Loads weights, named as those of a cell, into a layer; a sequence calls the same weights
 * weight_ih_l0, ...
 */
export function load<M extends Module>(layer: M, weights: Named): M {
  const suffix = layer.namedParameters().some(([name]) => name.endsWith('_l0')) ? '_l0' : ''
  layer.loadStateDict(
    Object.fromEntries(Object.entries(weights).map(([name, data]) => [name + suffix, d(data)])),
  )
  return layer
}

/** A layer's parameters, named as those of a cell. */
export const parametersOf = (layer: Module): Record<string, Tensor> =>
  Object.fromEntries(
    layer.namedParameters().map(([name, parameter]) => [name.replace('_l0', ''), parameter]),
  )

/** The gradients of the weights of one recurrent layer, named as the weights of a cell. */
export interface WeightGradients {
  weight_ih: Matrix
  weight_hh: Matrix
  bias_ih: Vector
}

/** The gradients of Σ upstream · output by name; the two biases always receive the same. */
export function gradients<Name extends string>(
  outputs: Tensor[],
  upstream: Nested[],
  inputs: Record<Name, Tensor>,
): Record<Name, Nested> {
  const gradOutputs = upstream.map((data) => d(data))
  const found = grad(outputs, Object.values<Tensor>(inputs), { gradOutputs })
  const named: Named = Object.fromEntries(
    Object.keys(inputs).map((name, i) => [name, numbers(found[i])]),
  )
  if ('bias_ih' in named) agree({ bias_hh: named.bias_hh }, { bias_hh: named.bias_ih }, 0)
  return named as Record<Name, Nested>
}
