// One backward pass over tensors, whose results become the caller's own tensors. The pass itself is
// autograd's; backward() and grad() are gradient.ts.

import { type Node, now, recording, walk, withRecording } from '../../autograd/index.ts'
import type { Storage } from '../../kernels/memory/storage.ts'
import { noteEffect } from '../core/effects.ts'
import { transferOwnership, unscoped } from '../core/scopes.ts'
import type { Tensor } from '../core/tensor.ts'
import { copy } from '../ops/convert.ts'
import { Cotangents, isExclusive } from './cotangents.ts'

/** Options of a backward pass. */
export interface BackwardOptions {
  /** Keep the graph for another backward pass. Default: `createGraph`. */
  retainGraph?: boolean | undefined
  /** Record the pass, so that gradients can be differentiated. Default false. */
  createGraph?: boolean | undefined
}

/** The results of a pass. */
export interface PassResult {
  /** The requested nodes that the pass reached. */
  readonly nodes: readonly Node<Tensor>[]
  /**
   * The cotangents of nodes as tensors that the caller owns: copies where their numbers are shared,
   * undefined for a node that was not reached.
   */
  give(nodes: readonly Node<Tensor>[]): (Tensor | undefined)[]
}

/**
 * Runs a backward pass, and calls `deliver` with its results. The graph is released when `deliver`
 * has returned.
 */
export function runPass<R>(
  outputs: readonly Tensor[],
  seeds: readonly Tensor[],
  inputs: readonly Tensor[] | null,
  { createGraph = false, retainGraph = createGraph }: BackwardOptions,
  deliver: (found: PassResult) => R,
): R {
  // Cotangents are added up in place, which nobody who listens to ops would hear.
  if (!createGraph) noteEffect('runs a backward pass')
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
  // noGrad() recycles nothing that is recorded, a recorded pass inside it included.
  return createGraph && !recording ? unscoped(pass) : pass()
}

/** The cotangents of a pass that began after `since`, copied where their numbers are shared. */
function owned(
  cotangents: readonly (Tensor | undefined)[],
  createGraph: boolean,
  since: number,
): (Tensor | undefined)[] {
  const first = firstOfEachStorage(cotangents)
  return cotangents.map((g) => {
    if (g === undefined) return undefined
    const owned = createGraph
      ? first.get(g.storage) === g && isComputedSince(g, since)
      : isExclusive(g)
    if (!owned) return withRecording(createGraph, () => unscoped(() => copy([g])))
    if (!createGraph) transferOwnership(g.storage)
    g.storage.copied = false // The caller has no tensor that it was copied from.
    return g
  })
}

/**
 * For each storage the oldest of its tensors, from which the others were computed; null if it is in
 * the list twice.
 */
function firstOfEachStorage(tensors: readonly (Tensor | undefined)[]): Map<Storage, Tensor | null> {
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
 * Whether ops recorded after `since` computed these numbers: they are no view of an older tensor,
 * and no hook has seen them.
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
