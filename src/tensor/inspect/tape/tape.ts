// What is recorded behind a tensor, to be read and looked at: as text, as a Graphviz graph, as an
// SVG drawing. It only looks; walking is autograd's.

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
   * What to call tensors: by name, or as pairs such as `model.namedParameters()`. Of two names for
   * one tensor the first counts.
   */
  names?: Readonly<Record<string, Tensor>> | Iterable<readonly [string, Tensor]> | undefined
  /**
   * Show what repeats, such as the steps of a cell over time, once with the number of times (true).
   */
  fold?: boolean | undefined
}

/** A picture of the tape as it was when `tape` was called; it holds no tensor. */
class Tape {
  readonly #graph: Graph

  /** @internal */
  constructor(graph: Graph) {
    this.#graph = graph
    // What Node shows. With a method of a computed name instead, esbuild would not leave the class
    // out where nothing uses it.
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), {
      value: () => this.toString(),
    })
  }

  /**
   * One line for each leaf and op: id, op, inputs, shape, dtype. Within a fold, ids without a step
   * are of the same step t.
   */
  toString(): string {
    return textOf(this.#graph)
  }

  /**
   * The graph in Graphviz's language DOT: edges are labelled with the shape they carry, a fold is a
   * cluster.
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
 * What is recorded behind a tensor, or behind several together. What repeats is folded: at least 3
 * rounds of the same ops on the same shapes, 8 ops in all, in which whatever differs from round to
 * round moves on evenly. Folds do not contain folds. An op inside that an earlier backward() has
 * walked is shown without its inputs. Throws a TapeError when a tensor does not depend on anything
 * that requires a gradient, or when it was itself walked by backward() without `retainGraph`; a
 * DTypeError for what is no tensor, a ValueError for unknown options.
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
