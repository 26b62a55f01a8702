// checkModule: a module is held to the laws that every module keeps, over random inputs; the laws
// are those of examination.ts.

import fc from 'fast-check'
import { Module } from '../../layers/index.ts'
import { DTypeError, Tensor, ValueError } from '../../tensor/index.ts'
import { isOptions, noTensor, requireOptions, shown } from '../../tensor/internal.ts'
import { requireArbitrary } from '../arbitraries/choice.ts'
import { Examination } from './examination.ts'
import { Examinee } from './examinee.ts'
import { anySeed, requireSearch, search } from './search.ts'
import type { CheckModuleOptions, ModuleReport } from './settings.ts'

/** The input of `forward`: a tensor, or an array of arguments. */
export type Input = Tensor | readonly unknown[]

/**
 * Holds a module to the laws that every module keeps, over random inputs:
 *
 * - *parameters*: every tensor in its fields, or behind its outputs, that requires a gradient is a
 *   leaf and among `parameters()`
 * - *gradient*: in training, each parameter receives a gradient that is not 0 in all runs
 * - *mode*: `train()` and `eval()` reach every module in it, and a forward does not change it
 * - *mutation*: a forward changes neither its input nor parameters, nor their `.grad`
 * - *repeatable*: after `eval()`, a second forward and its gradients are the first's to the bit
 * - *permutation*: another order of the batch gives the same order of outputs, and the same
 *   gradients
 * - *batch*: a batch of B gives the outputs of its B members, and the sums of their gradients
 * - *differences*: gradients of parameters and float inputs pass `checkGradients`, where all is
 *   float64
 *
 * `inputs` generates the arguments of `forward`: a tensor, or an array of arguments. All tensors in
 * its result are weighted, each with random cotangents. Afterwards the module is as it was before,
 * modes and buffers included.
 *
 * Throws a CheckError naming the law (`check`) and the parameter or element, with the smallest
 * input found; 'undecided' or 'smoothness' for a parameter whose gradient no run could compare; the
 * error of `forward` itself, where it throws for a whole batch; a DTypeError where `inputs`
 * generates no tensor and no array, a ValueError for other wrong arguments, a module without
 * parameters among them.
 *
 * ```ts
 * const inputs = tensorOf({ shape: [4, 3], dtype: 'float64' })
 * const report = checkModule(new Linear(3, 2, { dtype: 'float64' }), inputs)
 * report.parameters[0].name // 'weight'
 * ```
 */
export function checkModule(
  module: Module,
  inputs: fc.Arbitrary<Input>,
  options: CheckModuleOptions = {},
): ModuleReport {
  if (!(module instanceof Module))
    throw new ValueError(
      `checkModule: expected a Module of this package, got ${shown(module)}: extend Module`,
    )
  const {
    numRuns = 20,
    seed = anySeed(),
    rtol,
    differences = 'projected',
    batchAxis = 0,
    exempt = {},
  } = requireOptions('checkModule', options, [
    'numRuns',
    'seed',
    'batchAxis',
    'rtol',
    'differences',
    'exempt',
  ] satisfies (keyof CheckModuleOptions)[])
  requireArbitrary('checkModule', 'inputs', inputs)
  requireSearch('checkModule', { numRuns, seed, rtol })
  if (differences !== 'full' && differences !== 'projected')
    throw new ValueError(
      `checkModule: expected differences to be 'full' or 'projected', got ${shown(differences)}`,
    )
  if (![batchAxis].flat().every((axis) => axis === null || Number.isInteger(axis)))
    throw new ValueError(
      'checkModule: expected batchAxis to be an axis, null or an array of them, got ' +
        `${shown(batchAxis)}`,
    )
  const subject = new Examinee(module)
  requireExempt(subject, exempt)
  const examination = new Examination(subject, {
    batchAxis,
    differences,
    seed,
    exempt,
    ...(rtol !== undefined && { rtol }),
  })
  const hold = (law: (args: readonly unknown[]) => void) => {
    const shown = (input: Input) => `\n  input: ${fc.stringify(input)}`
    search(
      inputs,
      (input) => restoring(subject, () => law(argumentsOf(input))),
      { numRuns, seed },
      shown,
    )
  }
  restoring(subject, () => {
    subject.checkParameters()
    subject.checkModes()
    hold((args) => examination.run(args))
    examination.checkReached(numRuns)
    hold((args) => examination.checkDifferences(args))
    examination.checkDecided(numRuns)
  })
  if (subject.parameters.length === 0)
    throw new ValueError(
      `${subject.who}: expected a module with parameters, got none, and nothing to compare: ` +
        'checkGradients checks functions',
    )
  return examination.report(numRuns)
}

/** Throws a ValueError unless these are parameters, each with a reason. */
function requireExempt({ who, parameters }: Examinee, exempt: unknown): void {
  if (!isOptions(exempt))
    throw new ValueError(
      `${who}: expected exempt to be reasons by the names of parameters, got ${shown(exempt)}`,
    )
  const names = parameters.map(([name]) => name)
  for (const [name, reason] of Object.entries(exempt)) {
    if (!names.includes(name))
      throw new ValueError(
        `${who}: expected exempt to name parameters (${names.join(', ')}), got '${name}'`,
      )
    if (typeof reason !== 'string' || reason.trim() === '')
      throw new ValueError(
        `${who}: expected the reason why ${name} is exempt, got ${shown(reason)}`,
      )
  }
}

/**
 * The arguments of forward(). Throws a DTypeError unless this is a tensor or an array of
 * arguments.
 */
function argumentsOf(input: Input): readonly unknown[] {
  if (input instanceof Tensor) return [input]
  if (!Array.isArray(input))
    throw new DTypeError(
      'checkModule: expected inputs to generate a Tensor or an array of arguments, got ' +
        `${noTensor(input)}`,
    )
  return [...input]
}

/** Runs `fn`, and then restores the module, so that a smaller case starts as the first did. */
function restoring(subject: Examinee, fn: () => void): void {
  try {
    fn()
  } finally {
    subject.restore()
  }
}
