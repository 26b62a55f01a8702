// derive(): what it takes, and what it refuses. The passes are run by equations.ts.

import { Module } from '../layers/index.ts'
import { DTypeError, Generator, rand, Tensor, ValueError } from '../tensor/index.ts'
import { isFloat, isOptions, noTensor, requireChoice, shown } from '../tensor/internal.ts'
import {
  argumentsOf,
  type DeriveOptions,
  type Given,
  type Inputs,
  inputsOf,
  lettersOf,
  pairsOf,
} from './arguments.ts'
import { beginning, Derivation, equation, listed } from './derivation.ts'
import { equationsOf, type Task } from './equations.ts'
import { isFunction } from './numbers.ts'
import { sequenceOf } from './sequence.ts'
import { requireStateNames, stateLetters } from './states.ts'

type Results = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>

/** A module as it is, and any tensor for a tensor. */
type Taken<T> = T extends Module ? T : Tensor

/** A module whose forward takes x and a state by name. */
interface CellLike extends Module {
  readonly stateSize: Readonly<Record<string, number>>
  readonly inputSize?: number
}
const isCell = (module: Module): module is CellLike => isOptions((module as CellLike).stateSize)

const SIZES = 'as in inputSize = 3 and stateSize = { h: 4 }'

/** The rows of a cell's example: more than 1, or nothing would be summed over them. */
const ROWS = 2

/**
 * The equations of a function and of its backward pass, as one writes them by hand: from what the
 * tape records. They are those that are computed, so no rule is stated twice.
 *
 * f takes the tensors of `inputs`, a list or an object, and returns a tensor, or several in a list
 * or an object. A cell (a module with `stateSize`) needs no inputs. A module that f uses may be one
 * of the inputs, as in `derive(f, { x, linear })`: then its parameters go by their paths, as
 * W_linear for linear.weight. Others have the names of `names` or `named`, or p1, p2, ….
 *
 * Whatever `named` gave a name, every result and everything that is used twice has a line of its
 * own. Gates of packed weights are written one by one, with the rows of the weights that belong to
 * them. The head lists all that the equations begin from, with shapes in letters.
 *
 * The text has the notation of docs/documents.md: `x W` is a product of matrices, ⊙ that of
 * elements, ᵀ a transpose, δz the gradient of z, Σₙ a sum over the rows of a batch (the first axis,
 * N), Σⱼ one along each row (the last axis, which stays), Σ one over everything; `[z > 0]` is 1
 * where it holds, else 0, and stop(z) is z without a gradient, as `detach()` and `noGrad` give it.
 * Axes are counted from 0, and `keep` leaves them with length 1. A sum or product of different
 * shapes repeats the smaller one, as NumPy does. With order 2 v_x is a direction, and εx the
 * gradient of Σ v_x ⊙ δx, summed over all gradients.
 *
 * Throws a ValueError for unknown options, for a function that changes numbers in place or reads
 * them, as `item()` does, and where inputs are missing or have no gradient; a DTypeError for what
 * is no tensor.
 *
 * ```ts
 * const x = tensor([[1, 2], [3, 4]])
 * const w = tensor([[1], [1]])
 * String(derive(({ x, w }) => ({ y: named('z', x.matmul(w)).tanh() }), { x, w }))
 * // f: x (N, D), w (D, 1)
 * //
 * // forward
 * //   z  = x w
 * //   y  = tanh(z)
 * //
 * // backward, from δy (N, 1)
 * //   δz = δy ⊙ (1 − y²)
 * //   δx = δz wᵀ
 * //   δw = xᵀ δz
 * ```
 */
export function derive(cell: Module, options?: DeriveOptions): Derivation
export function derive(module: Module, inputs: Inputs, options?: DeriveOptions): Derivation
export function derive<const X extends readonly Given[]>(
  f: (...inputs: { -readonly [K in keyof X]: Taken<X[K]> }) => Results,
  inputs: X,
  options?: DeriveOptions,
): Derivation
export function derive<const X extends Readonly<Record<string, Given>>>(
  f: (inputs: { -readonly [K in keyof X]: Taken<X[K]> }) => Results,
  inputs: X,
  options?: DeriveOptions,
): Derivation
export function derive(
  subject: unknown,
  second?: Inputs | DeriveOptions,
  third?: DeriveOptions,
): Derivation {
  if (!(subject instanceof Module) && typeof subject !== 'function')
    throw new ValueError(
      `derive: expected a function or a Module, got ${shown(subject)}: let a cell extend Module`,
    )
  const [inputs, options] = argumentsOf(second, third, subject instanceof Module)
  const { passes = 'both', order = 1, names = [], letters = {} } = options
  requireChoice('derive', 'passes', passes, ['forward', 'backward', 'both'])
  if (order !== 1 && order !== 2)
    throw new ValueError(`derive: expected order to be 1 or 2, got ${shown(order)}`)
  const sequence = subject instanceof Module ? sequenceOf(subject, sizeOfX(inputs)) : null
  if (sequence !== null && order === 2)
    throw new ValueError('derive: expected order 1 for a layer, got 2: derive its cell')
  if (sequence !== null) return derived((subject as Module).constructor.name, sequence, passes)
  const given =
    subject instanceof Module
      ? moduleTask(subject, inputs)
      : functionTask(subject as (...args: never[]) => Results, inputs)
  for (const [name] of [...given.inputs, ...pairsOf(names)]) requireName(name, 'an input')
  const lines = equationsOf({
    ...given,
    parameters: withoutRepeats([...given.parameters, ...pairsOf(names)]),
    letters: { ...given.letters, ...lettersOf(letters) },
    order,
    rename: (name) => name,
    reserved: [],
    lengths: {},
  })
  return derived(
    given.name,
    {
      lines: lines.lines.map(equation),
      beginnings: lines.given.map(beginning),
      sizes: lines.sizes,
    },
    passes,
  )
}

/** What is run, and its name. */
type Subject = Pick<Task, 'inputs' | 'parameters' | 'letters' | 'run'> & { readonly name: string }

function functionTask(f: (...args: never[]) => Results, inputs: Inputs | undefined): Subject {
  if (inputs === undefined)
    throw new ValueError(
      'derive: expected the inputs of f, a list or an object of tensors, got none',
    )
  const given = inputsOf(inputs)
  return {
    name: f.name || 'f',
    inputs: given.tensors,
    parameters: given.parameters,
    letters: {},
    run: (tensors) => {
      try {
        return resultsOf(f(...(given.with(tensors) as never[])))
      } catch (error) {
        if (Array.isArray(inputs) || !isOfObject(error)) throw error
        throw new DTypeError(
          `derive: expected f to take its inputs by name, got an error of it: take ({ x }), or ` +
            `give a list, as in derive(f, [x]) (${error.message})`,
          { cause: error },
        )
      }
    },
  }
}

/** What an op says that got the object of all inputs. */
const isOfObject = (error: unknown): error is Error =>
  error instanceof DTypeError && error.message.includes('to be a Tensor, got {')

/** Each tensor under the first of its names. */
const withoutRepeats = (pairs: readonly (readonly [string, Tensor])[]) =>
  pairs.filter(([, t], i) => pairs.findIndex(([, other]) => other === t) === i)

function moduleTask(module: Module, inputs: Inputs | undefined): Subject {
  const parameters = module.namedParameters()
  const name = module.constructor.name
  if (isCell(module)) return cellTask(module, inputs, parameters)
  const given = inputs === undefined ? null : inputsOf(inputs)
  const [wanted, got] = [module.forward.length, given?.tensors.length ?? 0]
  if (given === null || got < wanted)
    throw new ValueError(
      `derive: expected the inputs of ${name}'s forward, got ${got || 'none'}: give all, as in ` +
        `derive(module, { x })${wanted > 1 ? `, or ${name} the sizes of a cell, ${SIZES}` : ''}`,
    )
  return {
    name,
    inputs: given.tensors,
    parameters,
    letters: {},
    run: (tensors) => resultsOf(module.forward(...(tensors as never[]))),
  }
}

/** The last axis of the x that is given. */
const sizeOfX = (inputs: Inputs | undefined): number | undefined =>
  inputs &&
  inputsOf(inputs)
    .tensors.find(([own]) => own === 'x')?.[1]
    .shape.at(-1)

/** A cell with rows of its own making: of the inputs only their widths are taken. */
function cellTask(
  cell: CellLike,
  inputs: Inputs | undefined,
  parameters: [string, Tensor][],
): Subject {
  const name = cell.constructor.name
  const dtype = parameters.map(([, t]) => t.dtype).find(isFloat) ?? 'float64'
  const generator = new Generator(1)
  const width = sizeOfX(inputs) ?? cell.inputSize
  if (typeof width !== 'number')
    throw new ValueError(
      `derive: expected the size of x, got none, since ${name} has no inputSize: give it x, as ` +
        `in derive(cell, { x }), or sizes, ${SIZES}`,
    )
  requireStateNames(cell.stateSize)
  // The output comes first, wherever the cell names it.
  const { h, ...others } = cell.stateSize
  const widths = Object.entries({ x: width, ...(h === undefined ? {} : { h }), ...others })
  return {
    name,
    inputs: widths.map(([own, size]) => [own, rand([ROWS, size], { dtype, generator })]),
    parameters,
    letters: { x: ['N', 'D'], ...stateLetters(cell.stateSize) },
    run: ([x, ...states]) => {
      const state = Object.fromEntries(widths.slice(1).map(([own], i) => [own, states[i]]))
      return resultsOf(cell.forward(...([x, state] as never[])))
    },
  }
}

/** δ and ε mark gradients, and functions have their names. */
function requireName(name: string, what: string): void {
  if (/^[δε]/u.test(name))
    throw new ValueError(
      `derive: expected the name of ${what} to begin with another sign than δ and ε, which mark ` +
        `gradients, got ${name}: call it d${name.slice(1)}`,
    )
  if (isFunction(name))
    throw new ValueError(
      `derive: expected the name of ${what} to be that of no function, got ${name}: ` +
        `call it ${name}_1`,
    )
}

function resultsOf(result: unknown): [string, Tensor][] {
  const list: [string, unknown][] =
    result instanceof Tensor
      ? [['y', result]]
      : Array.isArray(result)
        ? result.map((t, i) => [`y${i + 1}`, t])
        : isOptions(result)
          ? Object.entries(result)
          : [['result', result]]
  return list.map(([name, t]) => {
    requireName(name, 'a result')
    if (t instanceof Tensor) return [name, t]
    throw new DTypeError(`derive: expected f to return tensors, got ${noTensor(t)} as ${name}`)
  })
}

/** The equations that are wanted. */
function derived(
  name: string,
  { lines, beginnings, sizes }: Pick<Derivation, 'lines' | 'beginnings' | 'sizes'>,
  passes: 'forward' | 'backward' | 'both',
): Derivation {
  const wanted = lines.filter(
    ({ part }) => passes === 'both' || (part === 'forward') === (passes === 'forward'),
  )
  const inputs = listed(beginnings, 'input')
  const title = inputs === '' ? name : `${name}: ${inputs}`
  return new Derivation(title, wanted, beginnings, sizes)
}
