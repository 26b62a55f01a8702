// Collects the ops that tensors depend on, in their order, the leaves that these read, and the
// place of each input. A loop, never a recursion.

import type { Node } from '../../../autograd/index.ts'
import type { Tensor } from '../../core/tensor.ts'

export interface Recorded {
  readonly nodes: readonly Node<Tensor>[]
  /** The leaf at a negative place. */
  leafAt(place: number): Tensor
  /** The op's position, or a negative place; see `NumberedTape` in fold.ts. */
  placeOf(t: Tensor): number
  /** The places of each op's inputs. */
  readonly inputs: readonly (readonly number[])[]
}

/** The place of every number: folding does not tell numbers apart. */
export const NUMBER = -1

const isNumber = (t: Tensor): boolean =>
  t.node === null && t.rank === 0 && t.storage.maker === 'number'
const isOp = (node: Node<Tensor> | null): node is Node<Tensor> =>
  node !== null && node.rule !== null

/** The graph of the roots: ops in ascending id, leaves in the order of their first use. */
export function collect(roots: readonly Tensor[]): Recorded {
  const seen = new Set(roots.map((root) => root.node).filter(isOp))
  // The iteration over a set also visits elements that are added during it.
  for (const node of seen)
    for (const { node: input } of node.inputs) if (isOp(input)) seen.add(input)
  const nodes = [...seen].sort((a, b) => a.id - b.id)
  const positions = new Map(nodes.map((node, i) => [node, i]))
  const leaves: Tensor[] = []
  const known = new Map<Tensor, number>()
  const placeOf = (t: Tensor): number => {
    if (isOp(t.node)) return positions.get(t.node) as number
    if (isNumber(t)) return NUMBER
    let place = known.get(t)
    if (place === undefined) {
      place = NUMBER - leaves.push(t)
      known.set(t, place)
    }
    return place
  }
  return {
    nodes,
    leafAt: (place) => leaves[NUMBER - 1 - place],
    placeOf,
    inputs: nodes.map((node) => node.inputs.map(placeOf)),
  }
}
