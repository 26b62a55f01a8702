// One backward pass over tensors: what it found becomes the caller's own. The pass itself is
// autograd's; who asks for it is gradient.ts.

import { type Node, now, recording, walk, withRecording } from '../../autograd/index.ts'
import type { Storage } from '../../kernels/memory/storage.ts'
import { transferOwnership, unscoped } from '../core/scopes.ts'
import type { Tensor } from '../core/tensor.ts'
import { copy } from '../ops/convert.ts'
import { alone, Cotangents } from './cotangents.ts'

/** How `backward` walks the graph. */
export interface BackwardOptions {
  /** Keep the graph, so that it can be walked again. Default: `createGraph`. */
  retainGraph?: boolean | undefined
  /** Record the walk, so that gradients can be differentiated. Default false. */
  createGraph?: boolean | undefined
}

/** What a pass found. */
export interface Found {
  /** The nodes that were asked for and reached. */
  readonly nodes: readonly Node<Tensor>[]
  /**
   * The cotangents of nodes as tensors of the caller's own, copies where others hold their numbers,
   * too; nothing for a node that was not reached.
   */
  give(nodes: readonly Node<Tensor>[]): (Tensor | undefined)[]
}

/**
 * Runs a backward pass, and gives `deliver` what it found. The graph is used up when that has
 * returned.
 */
export function runPass<R>(
  outputs: readonly Tensor[],
  seeds: readonly Tensor[],
  inputs: readonly Tensor[] | null,
  { createGraph = false, retainGraph = createGraph }: BackwardOptions,
  deliver: (found: Found) => R,
): R {
  const since = now()
  const space = new Cotangents(createGraph, outputs)
  const pass = (): R =>
    walk(space, outputs, seeds, inputs, { createGraph, retainGraph }, (cotangents) =>
      deliver({
        nodes: [...cotangents.keys()],
        give: (nodes) =>
          owned(
            nodes.map((node) => cotangents.get(node)),
            createGraph,
            since,
          ),
      }),
    )
  // Like all that is recorded, a recorded pass inside noGrad() is not the scope's to recycle.
  return createGraph && !recording ? unscoped(pass) : pass()
}

/**
 * The cotangents of a pass that began after `since`, copied where others hold their numbers, too.
 */
function owned(
  cotangents: readonly (Tensor | undefined)[],
  createGraph: boolean,
  since: number,
): (Tensor | undefined)[] {
  const first = firstOfEach(cotangents)
  return cotangents.map((g) => {
    if (g === undefined) return undefined
    const mine = createGraph ? first.get(g.storage) === g && isComputedSince(g, since) : alone(g)
    if (!mine) return withRecording(createGraph, () => unscoped(() => copy([g])))
    if (!createGraph) transferOwnership(g.storage)
    g.storage.copied = false // Whatever its derivative read it from.
    return g
  })
}

/**
 * Of the tensors that show one storage, the one that the others were computed from; none where it
 * is asked for twice.
 */
function firstOfEach(tensors: readonly (Tensor | undefined)[]): Map<Storage, Tensor | null> {
  const first = new Map<Storage, Tensor | null>()
  const seen = new Set<Tensor>()
  for (const t of tensors) {
    if (t === undefined) continue
    const known = first.get(t.storage)
    if (seen.has(t)) first.set(t.storage, null)
    else if (
      known === undefined ||
      (known?.node != null && t.node !== null && t.node.id < known.node.id)
    )
      first.set(t.storage, t)
    seen.add(t)
  }
  return first
}

/**
 * Whether ops recorded after `since` computed these numbers, and nobody was shown them: they are no
 * view of anything older.
 */
function isComputedSince({ node, storage }: Tensor, since: number): boolean {
  if (storage.pinned) return false
  while (node !== null && node.rule !== null && node.id > since) {
    const source = node.inputs.find((input) => input.storage === storage)
    if (source === undefined) return true
    node = source.node
  }
  return false
}
