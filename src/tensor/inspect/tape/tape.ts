// tape(): the recorded graph of a tensor as text, as a Graphviz graph, or as an SVG drawing. It
// only reads the graph; the backward pass is autograd's.

import { noTensor, shown, TapeError, ValueError } from '../../core/errors.ts'
import { requireFlag, requireOptions } from '../../core/require.ts'
import { show } from '../../core/shape.ts'
import { requireTensor, Tensor } from '../../core/tensor.ts'
import { dotOf } from './dot.ts'
import { type Graph, graphOf } from './graph.ts'
import { svgOf } from './svg.ts'
import { textOf } from './text.ts'

/** How a tape is shown. */
export interface TapeOptions {
  /**
   * Names of tensors: an object, or pairs such as `model.namedParameters()`. Of two names for one
   * tensor the first is used.
   */
  names?: Readonly<Record<string, Tensor>> | Iterable<readonly [string, Tensor]> | undefined
  /**
   * Show repeated ops, such as the steps of a cell over time, once, with a count. Default true.
   */
  fold?: boolean | undefined
}

/** A picture of the tape as it was when `tape` was called; it holds no tensor. */
class Tape {
  readonly #graph: Graph

  /** @internal */
  constructor(graph: Graph) {
    this.#graph = graph
    // The text that Node prints. It is no method with a computed name: esbuild would then include
    // the class even where it is unused.
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), {
      value: () => this.toString(),
    })
  }

  /**
   * One line for each leaf and op: id, op, inputs, shape, dtype. Within a fold, an id without a
   * step means the same step t.
   */
  toString(): string {
    return textOf(this.#graph)
  }

  /**
   * The graph in Graphviz's language DOT. The label of an edge is the shape of its tensor; a fold
   * is a cluster.
   */
  toDot(): string {
    return dotOf(this.#graph)
  }

  /**
   * The graph drawn by Graphviz. Throws a LibraryError where the optional package `@viz-js/viz` is
   * not installed.
   */
  async toSVG(): Promise<string> {
    return svgOf(this.toDot())
  }
}

export type { Tape }

/**
 * The recorded graph of a tensor, or of several together. Repeated ops are folded: at least 3
 * rounds of the same ops on the same shapes, 8 ops in all, whose inputs are the same in every round
 * or move evenly from round to round. Folds do not contain folds. An op inside the graph that an
 * earlier backward() has used is shown without its inputs. Throws a TapeError when a tensor does
 * not depend on anything that requires a gradient, or when backward() has used its own op without
 * `retainGraph`; a DTypeError for a value that is no tensor, a ValueError for unknown options.
 *
 * ```ts
 * const x = tensor([1, 2, 3], { requiresGrad: true })
 * String(tape(x.square().sum(), { names: { x } }))
 * // tape of %2: 2 ops
 * //   x               (3) float32  parameter
 * //
 * //   %1 = square(x)  (3) float32
 * //   %2 = sum(%1)    () float32
 * ```
 */
export function tape(t: Tensor | readonly Tensor[], given: TapeOptions = {}): Tape {
  const options = requireOptions('tape', given, ['names', 'fold'])
  requireFlag('tape', 'fold', options.fold)
  const roots = Array.isArray(t) ? (t as readonly Tensor[]) : [t as Tensor]
  if (roots.length === 0)
    throw new ValueError('tape: expected at least one tensor, got an empty array')
  for (const root of roots) {
    requireTensor('tape', root)
    const { node, shape } = root
    if (node === null)
      throw new TapeError(
        `tape: this tensor ${show(shape)} does not depend on anything that requires a gradient: ` +
          'create a leaf with { requiresGrad: true }',
      )
    if (node.consumed)
      throw new TapeError(
        `tape: this graph was already walked (${node.rule?.name} ${show(shape)}): call tape() ` +
          'before backward(), or pass { retainGraph: true } to backward()',
      )
  }
  return new Tape(graphOf(roots, namesOf(options.names ?? {}), options.fold ?? true))
}

function namesOf(given: NonNullable<TapeOptions['names']>): Map<Tensor, string> {
  if (typeof given !== 'object' || given instanceof Tensor)
    throw new ValueError(
      `tape: expected names to be an object or pairs [name, tensor], got ${shown(given)}`,
    )
  const pairs = Symbol.iterator in given ? [...given] : Object.entries(given)
  const names = new Map<Tensor, string>()
  for (const pair of pairs) {
    if (!Array.isArray(pair))
      throw new ValueError(
        `tape: expected names to be an object or pairs [name, tensor], got ${shown(pair)} as ` +
          'one of them',
      )
    const [name, t] = pair
    if (!(t instanceof Tensor))
      throw new ValueError(
        `tape: expected names to name tensors, got ${noTensor(t)} for ${shown(name)}`,
      )
    if (!names.has(t)) names.set(t, String(name))
  }
  return names
}
