// checkModule: laws that every module keeps, held over random inputs; it knows no module in particular.

import fc from 'fast-check'
import { Module } from '../../layers/index.ts'
import { checkOptions, Generator, isFloat, noTensor, randn, type Shape, show, shown, Tensor, ValueError } from '../../tensor/index.ts'
import { checkArbitrary, checkSearch } from '../checks.ts'
import { checkGradients } from '../gradients/gradients.ts'
import { CheckError } from '../report.ts'
import { attempt, checkBatch, checkPermutation, checkSame, type Weighed } from './batch.ts'
import { Examinee } from './examinee.ts'
import { mapTensors, tensorsIn } from './nested.ts'
import { anySeed, type SearchOptions, search } from './search.ts'
import { largest, type Snapshot, snapshot } from './snapshot.ts'

/** What `forward` takes: a tensor, or an array of arguments. */
export type Input = Tensor | readonly unknown[]

/** How many cases a module is held to, and how closely. */
export interface CheckModuleOptions extends SearchOptions {
  /**
   * The axis along which the tensors of the input are a batch (0); where they differ, a list, one for each tensor in order, null for one that all share.
   * null for a module whose outputs mix the batch, a loss: the laws of the batch are then left out. Axes of the outputs are found out.
   */
  batchAxis?: number | null | readonly (number | null)[] | undefined
  /** How far outputs and gradients of a batch may be from those of its singles, relative to the largest among them (1e-9 for float64, 1e-4 for float32). */
  rtol?: number | undefined
  /** How gradients of a float64 module are held to differences: every element ('full'), or a random direction of each parameter ('projected', the default). */
  differences?: 'full' | 'projected' | undefined
}

/** What one parameter was held to. */
export interface ParameterReport {
  /** Its dotted name. */
  name: string
  /** Its shape. */
  shape: Shape
  /** 'float32' or 'float64'. */
  dtype: string
  /** The laws this parameter was held to. 'differences' needs float64, the laws of the batch inputs of at least two. */
  laws: string[]
  /** The largest relative error met in them. */
  error: number
}

/** What `checkModule` returns when every law holds. */
export interface ModuleReport {
  /** How the module names itself. */
  module: string
  /** One for each of its parameters. */
  parameters: ParameterReport[]
  /** The largest relative error of all, those of outputs and of inputs' gradients among them. */
  worst: number
  /** How many random inputs were tried. */
  runs: number
  /** The same one gives the same inputs. */
  seed: number
}

/**
 * Holds a module to what every module keeps, over random inputs:
 *
 * - *parameters*: every tensor in its fields, or behind its outputs, that requires a gradient is a leaf and among `parameters()`
 * - *gradient*: in training, each parameter receives a gradient that is not 0 in all runs
 * - *mode*: `train()` and `eval()` reach every module in it, and a forward leaves them alone
 * - *mutation*: a forward changes neither its input nor parameters, nor their `.grad`
 * - *repeatable*: after `eval()`, a second forward and its gradients are the first's to the bit
 * - *permutation*: another order of the batch is the same order of outputs, and the same gradients
 * - *batch*: a batch of B is B singles, and its gradients are their sums
 * - *differences*: gradients of parameters and float inputs are what `checkGradients` finds, where all is float64
 *
 * `forward` is called with what `inputs` generates: a tensor, or an array of arguments. All tensors of what it returns are weighed in, each with random
 * cotangents. Afterwards the module is as it was, modes and buffers included.
 *
 * Throws a CheckError naming the law (`check`) and the parameter or element, with the smallest input found; what `forward` throws for a whole batch, as it is;
 * a ValueError for wrong arguments.
 *
 * ```ts
 * const report = checkModule(new Linear(3, 2, { dtype: 'float64' }), tensorOf({ shape: [4, 3], dtype: 'float64' }))
 * report.parameters[0].name // 'weight'
 * ```
 */
export function checkModule(module: Module, inputs: fc.Arbitrary<Input>, options: CheckModuleOptions = {}): ModuleReport {
  if (!(module instanceof Module)) throw new ValueError(`checkModule: expected a Module of this package, got ${shown(module)}: extend Module`)
  const {
    numRuns = 20,
    seed = anySeed(),
    rtol,
    differences = 'projected',
    batchAxis = 0,
  } = checkOptions('checkModule', options, ['numRuns', 'seed', 'batchAxis', 'rtol', 'differences'] satisfies (keyof CheckModuleOptions)[])
  checkArbitrary('checkModule', 'inputs', inputs)
  checkSearch('checkModule', { numRuns, seed, rtol })
  if (differences !== 'full' && differences !== 'projected')
    throw new ValueError(`checkModule: expected differences to be 'full' or 'projected', got ${shown(differences)}`)
  if (![batchAxis].flat().every((axis) => axis === null || Number.isInteger(axis)))
    throw new ValueError(`checkModule: expected batchAxis to be an axis, null or an array of them, got ${shown(batchAxis)}`)
  const subject = new Examinee(module)
  const examination = new Examination(subject, { batchAxis, differences, seed, ...(rtol !== undefined && { rtol }) })
  const hold = (law: (args: readonly unknown[]) => void) => {
    const told = (input: Input) => `\n  input: ${fc.stringify(input)}`
    search(inputs, (input) => restoring(subject, () => law(argumentsOf(input))), { numRuns, seed }, told)
  }
  restoring(subject, () => {
    subject.checkParameters()
    subject.checkModes()
    hold((args) => examination.run(args))
    examination.checkReached(numRuns)
    hold((args) => examination.checkDifferences(args))
  })
  return examination.report(numRuns)
}

/** What forward is called with. Throws a ValueError unless this is a tensor or an array of arguments. */
function argumentsOf(input: Input): readonly unknown[] {
  if (input instanceof Tensor) return [input]
  if (!Array.isArray(input)) throw new ValueError(`checkModule: expected inputs to generate a Tensor or an array of arguments, got ${noTensor(input)}`)
  return [...input]
}

/** Runs `fn`, and puts the module back to what it was, so that a smaller case meets it as the first did. */
function restoring(subject: Examinee, fn: () => void): void {
  try {
    fn()
  } finally {
    subject.restore()
  }
}

/** What is found out about one module over many runs. */
class Examination {
  private readonly subject: Examinee
  private readonly options: CheckModuleOptions & { seed: number }
  /** Parameters by name: those on the tape in some run, and those whose gradient was not 0. */
  private readonly taped = new Set<string>()
  private readonly moved = new Set<string>()
  private readonly laws = new Map<string, Set<string>>()
  private readonly errors = new Map<string, number>()

  constructor(subject: Examinee, options: CheckModuleOptions & { seed: number }) {
    this.subject = subject
    this.options = options
  }

  /** All laws for one list of arguments; every run weighs the outputs with the same stream of cotangents. */
  run(args: readonly unknown[]): void {
    const { subject } = this
    const generator = new Generator(this.options.seed)
    const cotangents: Snapshot[] = []
    const weigh = (output: Snapshot, k: number) => {
      cotangents[k] ??= snapshot(randn(output.shape, { dtype: output.dtype, generator }))
      return cotangents[k]
    }
    subject.setMode(true)
    const { reached, gradients } = subject.evaluate(args, (output) => snapshot(randn(output.shape, { dtype: output.dtype, generator })))
    subject.parameters.forEach(([name, p], k) => {
      if (reached.has(p)) this.taped.add(name)
      if (largest(gradients[k].data) > 0) this.moved.add(name)
    })

    subject.setMode(false)
    const whole = attempt(subject, 'repeatable', 'the same input after eval()', () => subject.evaluate(args, weigh))
    const weighed: Weighed = { args, axes: this.axes(args), whole, cotangents, rtol: this.options.rtol }
    const B = this.batchSize(weighed)
    checkSame(subject, weighed, B)
    this.kept('gradient', 'repeatable', 'unchanged')
    if (B < 2) return
    this.note(checkPermutation(subject, weighed, B))
    this.note(checkBatch(subject, weighed, B))
    this.kept('permutation', 'batch')
  }

  private axes(args: readonly unknown[]): (number | null)[] {
    const { batchAxis = 0 } = this.options
    const tensors = tensorsIn(args)
    if (Array.isArray(batchAxis) && batchAxis.length !== tensors.length)
      throw new ValueError(
        `${this.subject.who}: expected batchAxis to have one axis for each of ${tensors.length} tensors in the input, got ${batchAxis.length}`,
      )
    return tensors.map(([path, x], k) => {
      const axis: number | null = Array.isArray(batchAxis) ? batchAxis[k] : batchAxis
      if (axis === null) return null
      if (!(Number.isInteger(axis) && axis >= -x.rank && axis < x.rank))
        throw new ValueError(`${this.subject.who}: expected input ${path} to have the batch axis ${axis}, got shape ${show(x.shape)}: pass { batchAxis }`)
      return axis < 0 ? axis + x.rank : axis
    })
  }

  private batchSize({ args, axes }: Weighed): number {
    const sizes = new Set(tensorsIn(args).flatMap(([, x], k) => (axes[k] === null ? [] : [x.shape[axes[k]]])))
    if (sizes.size > 1)
      throw new ValueError(
        `${this.subject.who}: expected the tensors of the input to be a batch of one size, got ${[...sizes].join(' and ')}: pass { batchAxis }`,
      )
    return [...sizes][0] ?? 0
  }

  /** Gradients against differences: each parameter by itself, then the float inputs; a run that meets a kink says nothing. */
  checkDifferences(args: readonly unknown[]): void {
    const { subject, options } = this
    const inputs = tensorsIn(args).filter(([, x]) => isFloat(x.dtype))
    subject.setMode(false)
    const floats = [...subject.parameters, ...inputs]
    if (floats.some(([, x]) => x.dtype !== 'float64')) return
    const attempt = (name: string, what: string, fn: (...tensors: Tensor[]) => Tensor[], tensors: Tensor[]): void => {
      try {
        const { worst } = checkGradients(fn, tensors, { mode: options.differences ?? 'projected', seed: options.seed })
        this.note(new Map([[name, worst]]))
        this.laws.get(name)?.add('differences')
      } catch (error) {
        if (!(error instanceof CheckError)) throw error
        if (error.check === 'smoothness') return
        throw new CheckError(`${subject.who}: ${what}: ${error.message}`, error, { cause: error })
      }
    }
    const forward = (given: readonly unknown[]) => tensorsIn(subject.module.forward(...(given as never[]))).flatMap(([, t]) => (isFloat(t.dtype) ? t : []))
    for (const [name, p] of subject.parameters)
      if (this.taped.has(name) && subject.replaceable(p))
        attempt(name, `parameter ${name}`, (other) => subject.substituted(new Map([[p, other]]), () => forward(args)), [p.detach().clone()])
    const own = inputs.map(([, x]) => x.detach().clone())
    if (own.length > 0)
      attempt('', 'the input', (...others) => forward(args.map((arg) => mapTensors(arg, (t) => others[inputs.findIndex(([, x]) => x === t)] ?? t))), own)
  }

  private kept(...laws: string[]): void {
    for (const [name] of this.subject.parameters) {
      const known = this.laws.get(name) ?? new Set()
      for (const law of laws) known.add(law)
      this.laws.set(name, known)
    }
  }

  private note(errors: ReadonlyMap<string, number>): void {
    for (const [name, error] of errors) this.errors.set(name, Math.max(error, this.errors.get(name) ?? 0))
  }

  checkReached(runs: number): void {
    const missed = this.subject.parameters.flatMap(([name]) =>
      this.moved.has(name)
        ? []
        : [`${name}, which ${this.taped.has(name) ? `got 0 in all ${runs} runs` : 'is not on the tape: forward() never used it, or left the tape'}`],
    )
    if (missed.length > 0) this.subject.fail('gradient', `every parameter to receive a gradient, got none for ${missed.join('; none for ')}`)
  }

  report(runs: number): ModuleReport {
    const parameters = this.subject.parameters.map(([name, { shape, dtype }]) => ({
      name,
      shape,
      dtype,
      laws: [...(this.laws.get(name) ?? [])],
      error: this.errors.get(name) ?? 0,
    }))
    return { module: this.subject.name, parameters, worst: Math.max(0, ...this.errors.values()), runs, seed: this.options.seed }
  }
}
