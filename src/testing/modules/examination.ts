// The laws of one module and their results over many runs; module.ts draws the runs.
import { Generator, randn, type Tensor, ValueError } from '../../tensor/index.ts'
import { isFloat, show } from '../../tensor/internal.ts'
import { checkGradients } from '../gradients/gradients.ts'
import { CheckError, largest } from '../report.ts'
import { attempt, checkBatch, checkPermutation, checkRepeatable, type Weighted } from './batch.ts'
import type { Examinee } from './examinee.ts'
import { mapTensors, tensorsWithPaths } from './nested.ts'
import type { ModuleReport, Settings } from './settings.ts'
import { type Snapshot, snapshot } from './snapshot.ts'

export class Examination {
  private readonly subject: Examinee
  private readonly options: Settings
  /** Parameters by name: those on the tape in some run, and those whose gradient was not 0. */
  private readonly taped = new Set<string>()
  private readonly moved = new Set<string>()
  private readonly laws = new Map<string, Set<string>>()
  private readonly errors = new Map<string, number>()
  /** By name, the laws that a run left undecided, and its error. */
  private readonly doubts = new Map<string, Map<string, CheckError | null>>()
  private undecided = 0

  constructor(subject: Examinee, options: Settings) {
    this.subject = subject
    this.options = options
  }

  /** All laws for one list of arguments; every run draws the same stream of cotangents. */
  run(args: readonly unknown[]): void {
    const { subject } = this
    const generator = new Generator(this.options.seed)
    const cotangents: Snapshot[] = []
    const weigh = (output: Snapshot, k: number) => {
      cotangents[k] ??= snapshot(randn(output.shape, { dtype: output.dtype, generator }))
      return cotangents[k]
    }
    subject.setMode(true)
    const { reached, gradients } = subject.evaluate(args, (output) =>
      snapshot(randn(output.shape, { dtype: output.dtype, generator })),
    )
    subject.parameters.forEach(([name, p], k) => {
      if (reached.has(p)) this.taped.add(name)
      if (largest(gradients[k].data) > 0) this.moved.add(name)
    })

    subject.setMode(false)
    const whole = attempt(subject, 'repeatable', 'the same input after eval()', () =>
      subject.evaluate(args, weigh),
    )
    const weighted: Weighted = {
      args,
      axes: this.axes(args),
      whole,
      cotangents,
      rtol: this.options.rtol,
    }
    const B = this.batchSize(weighted)
    checkRepeatable(subject, weighted, B)
    for (const [name] of subject.parameters)
      for (const law of ['gradient', 'repeatable', 'unchanged']) this.decided(name, law, 0)
    if (B < 2) return
    this.note('permutation', checkPermutation(subject, weighted, B))
    this.note('batch', checkBatch(subject, weighted, B))
  }

  private axes(args: readonly unknown[]): (number | null)[] {
    const { batchAxis = 0 } = this.options
    const tensors = tensorsWithPaths(args)
    if (Array.isArray(batchAxis) && batchAxis.length !== tensors.length)
      throw new ValueError(
        `${this.subject.who}: expected batchAxis to have one axis for each of ${tensors.length} ` +
          `tensors in the input, got ${batchAxis.length}`,
      )
    return tensors.map(([path, x], k) => {
      const axis: number | null = Array.isArray(batchAxis) ? batchAxis[k] : batchAxis
      if (axis === null) return null
      if (!(Number.isInteger(axis) && axis >= -x.rank && axis < x.rank))
        throw new ValueError(
          `${this.subject.who}: expected input ${path} to have the batch axis ${axis}, got ` +
            `shape ${show(x.shape)}: pass { batchAxis }`,
        )
      return axis < 0 ? axis + x.rank : axis
    })
  }

  private batchSize({ args, axes }: Weighted): number {
    const sizes = new Set(
      tensorsWithPaths(args).flatMap(([, x], k) => (axes[k] === null ? [] : [x.shape[axes[k]]])),
    )
    if (sizes.size > 1)
      throw new ValueError(
        `${this.subject.who}: expected the tensors of the input to be a batch of one size, got ` +
          `${[...sizes].join(' and ')}: pass { batchAxis }`,
      )
    return [...sizes][0] ?? 0
  }

  /**
   * Gradients against differences: each parameter by itself, then the float inputs. A run that
   * meets a kink decides nothing.
   */
  checkDifferences(args: readonly unknown[]): void {
    const { subject, options } = this
    const inputs = tensorsWithPaths(args).filter(([, x]) => isFloat(x.dtype))
    subject.setMode(false)
    const floats = [...subject.parameters, ...inputs]
    if (floats.some(([, x]) => x.dtype !== 'float64')) return
    const hold = (
      name: string,
      what: string,
      fn: (...tensors: Tensor[]) => Tensor[],
      tensors: Tensor[],
    ): void => {
      try {
        const { worst, undecided } = checkGradients(fn, tensors, {
          mode: options.differences ?? 'projected',
          seed: options.seed,
        })
        this.undecided += undecided
        this.decided(name, 'differences', worst)
      } catch (error) {
        if (!(error instanceof CheckError)) throw error
        if (['smoothness', 'undecided', 'nothing'].includes(error.check))
          this.doubt(name, 'differences', error)
        else
          throw new CheckError(`${subject.who}: ${what}: ${error.message}`, error, { cause: error })
      }
    }
    const forward = (given: readonly unknown[]) =>
      tensorsWithPaths(subject.module.forward(...(given as never[]))).flatMap(([, t]) =>
        isFloat(t.dtype) ? t : [],
      )
    for (const [name, p] of subject.parameters)
      if (this.taped.has(name) && subject.replaceable(p))
        hold(
          name,
          `parameter ${name}`,
          (other) => subject.substituted(new Map([[p, other]]), () => forward(args)),
          [p.detach().clone()],
        )
    const own = inputs.map(([, x]) => x.detach().clone())
    if (own.length > 0)
      hold(
        '',
        'the input',
        (...others) =>
          forward(
            args.map((arg) =>
              mapTensors(arg, (t) => others[inputs.findIndex(([, x]) => x === t)] ?? t),
            ),
          ),
        own,
      )
  }

  /** One run in which a parameter, or under the name '' outputs and inputs, kept a law. */
  private decided(name: string, law: string, error: number): void {
    this.laws.set(name, (this.laws.get(name) ?? new Set()).add(law))
    this.errors.set(name, Math.max(error, this.errors.get(name) ?? 0))
  }

  /** One run that left a law undecided. */
  private doubt(name: string, law: string, error: CheckError | null): void {
    this.undecided++
    this.doubts.set(name, (this.doubts.get(name) ?? new Map()).set(law, error))
  }

  private note(law: string, errors: ReadonlyMap<string, number>): void {
    for (const [name] of [['', null] as const, ...this.subject.parameters]) {
      const error = errors.get(name)
      if (error === undefined) this.doubt(name, law, null)
      else this.decided(name, law, error)
    }
  }

  private isExempt(name: string): boolean {
    return Object.hasOwn(this.options.exempt, name)
  }

  checkReached(runs: number): void {
    const missed = this.subject.parameters.flatMap(([name]) =>
      this.moved.has(name) || this.isExempt(name)
        ? []
        : [
            this.taped.has(name)
              ? `${name}, which got 0 in all ${runs} runs`
              : `${name}, which is not on the tape: forward() never used it, or left the tape`,
          ],
    )
    if (missed.length === 0) return
    const remedy =
      `draw inputs that reach ${missed.length === 1 ? 'it' : 'them'}, or pass { exempt: { name: ` +
      `'why it gets none' } }`
    this.subject.fail(
      'gradient',
      'every parameter to receive a gradient, got none for ' +
        `${missed.join('; none for ')}: ${remedy}`,
    )
  }

  /** Each parameter kept, in some run, every law that another run left undecided. */
  checkDecided(runs: number): void {
    for (const [name] of this.subject.parameters)
      for (const [law, cause] of this.doubts.get(name) ?? []) {
        if (this.laws.get(name)?.has(law) || this.isExempt(name)) continue
        const got = cause?.message ?? 'nothing but rounding beside the gradients of others'
        const remedy = `draw other inputs, or pass { exempt: { '${name}': 'why' } }`
        this.subject.fail(
          cause?.check ?? 'undecided',
          `one of ${runs} runs to decide whether ${name} keeps the law ${law}, got none: ${got}: ` +
            `${remedy}`,
        )
      }
  }

  report(runs: number): ModuleReport {
    const parameters = this.subject.parameters.map(([name, { shape, dtype }]) => ({
      name,
      shape,
      dtype,
      laws: [...(this.laws.get(name) ?? [])].filter(
        (law) => law !== 'gradient' || this.moved.has(name),
      ),
      error: this.errors.get(name) ?? 0,
      ...(this.isExempt(name) && { exempt: this.options.exempt[name] }),
    }))
    const worst = Math.max(0, ...this.errors.values())
    return {
      module: this.subject.name,
      parameters,
      worst,
      undecided: this.undecided,
      runs,
      seed: this.options.seed,
    }
  }
}
