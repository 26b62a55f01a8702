// The commands `tapegrad check` and `tapegrad grade`: arguments in, progress, tables and an exit
// code out; another process examines the file, see run.ts.
import { SingleBar } from 'cli-progress'
import Table from 'cli-table3'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { ModuleReport } from '../modules/settings.ts'
import type { GradeFileOptions, GradeReport, Outcome } from './message.ts'
import { run } from './run.ts'

const PASSED = 0
const FAILED = 1
const COULD_NOT_RUN = 2

interface Options {
  seed: number
  runs: number
  only?: string
  timeout: number
  json?: boolean
}

const LAWS = ['gradient', 'repeatable', 'unchanged', 'permutation', 'batch', 'differences']

const help = `
The file exports modules (instances, or classes that take no arguments) and their inputs:

  export class Net extends Module { … }
  export const inputs = () => randn([4, 3], { dtype: 'float64' })

inputs is a function that gives a sample, a fast-check arbitrary, or an object of these by the names
of exports; functions named there are called for a module. A sample is a tensor, or an array of the
arguments of forward(). batchAxis can be exported likewise (0), and exempt: reasons, by the names of
parameters, why they need no gradient; or an object of these by the names of exports.

The file runs in a process of its own, which ends when all is checked, without waiting for timers
and servers. The file's output goes to stderr.

Exit codes: 0 all checks passed, 1 a check failed, 2 could not run.`

const gradeHelp = `
The file exports functions by the names of their courses, on plain nested arrays:

  rnn_cell_backward, lstm_cell_backward    one step, an example is a column
  rnn_step_backward, lstm_step_backward    one step, an example is a row (cs231n)
  rnn_backward, lstm_backward              a sequence, in the layout of the file's steps

or in camel case: lstmBackward. Where the file has no step, it says export const layout = 'columns'
or 'rows', or --layout does. A forward function beside it, lstm_forward for lstm_backward, gives the
cache; without one the cache has the documents' names.

Exit codes: 0 all gradients are right, 1 some are not, 2 could not run.`

const write = (text: string): boolean => process.stdout.write(`${text}\n`)

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new InvalidArgumentError('expected a whole number of at most nine digits')
  return Number(text)
}

function positive(text: string): number {
  const n = wholeNumber(text)
  if (n < 1) throw new InvalidArgumentError('expected at least 1')
  return n
}

function table({ parameters }: ModuleReport): string {
  const head = ['parameter', 'shape', ...LAWS, 'largest error']
  const rows = new Table({ head, style: { head: [], border: [], compact: true } })
  for (const { name, shape, laws, error } of parameters)
    rows.push([
      name,
      `(${shape.join(', ')})`,
      ...LAWS.map((law) => (laws.includes(law) ? '✓' : '–')),
      error.toExponential(1),
    ])
  const exempt = parameters.flatMap(({ name, exempt }) =>
    exempt === undefined ? [] : `${name} is exempt: ${exempt}`,
  )
  return [rows.toString(), ...exempt].join('\n')
}

function describe({ name, report, error }: Outcome, { seed, runs }: Options): string {
  const end = `${runs} ${runs === 1 ? 'run' : 'runs'}, seed ${seed}`
  if (error)
    return (
      `${name} ${error.name === 'CheckError' ? 'failed' : 'could not be checked'}: ` +
      `${end}\n${error.name}: ${error.message}\n`
    )
  if (!report) return ''
  const isFloat32 = report.parameters.some(({ dtype }) => dtype === 'float32')
  const remark = isFloat32
    ? `\nGradients were not held to differences, which need float64: make it with { dtype: ` +
      `'float64' }.`
    : ''
  const doubt =
    report.undecided === 0
      ? ''
      : `, ${report.undecided} comparisons left undecided by rounding or a kink`
  return (
    `${name === report.module ? name : `${name}, ${report.module},`} passed: ` +
    `${end}${doubt}${remark}\n${table(report)}\n`
  )
}

function toJSON(file: string, outcomes: readonly Outcome[], { seed, runs }: Options): string {
  const modules = outcomes.map(({ name, report, error }) => ({
    name,
    passed: error === null,
    ...(report && {
      module: report.module,
      worst: report.worst,
      undecided: report.undecided,
      parameters: report.parameters,
    }),
    ...(error && { error }),
  }))
  return JSON.stringify(
    { file, seed, runs, passed: modules.every(({ passed }) => passed), modules },
    null,
    2,
  )
}

async function check(file: string, options: Options): Promise<number> {
  const { json, seed, runs, only, timeout } = options
  const bar = new SingleBar({
    format: '{bar} {value}/{total} inputs',
    hideCursor: true,
    clearOnComplete: true,
  })
  const progress = (done: number, total: number) => {
    if (!bar.isActive) bar.start(total, 0)
    bar.update(done)
  }
  const shown = json || !process.stderr.isTTY ? {} : { progress }
  const { outcomes, failed } = await run<ModuleReport>(
    'check',
    file,
    { seed, runs, ...(only !== undefined && { only }) },
    { timeout, ...shown },
  )
  bar.stop()
  if (failed !== null) {
    if (json) write(JSON.stringify({ file, passed: false, error: failed }, null, 2))
    else process.stderr.write(`tapegrad check: ${failed}\n`)
    return COULD_NOT_RUN
  }
  write(
    json
      ? toJSON(file, outcomes, options)
      : outcomes.map((outcome) => describe(outcome, options)).join('\n'),
  )
  const errors = outcomes.flatMap(({ error }) => error?.name ?? [])
  return errors.length === 0
    ? PASSED
    : errors.every((name) => name === 'CheckError')
      ? FAILED
      : COULD_NOT_RUN
}

interface GradeCommandOptions extends GradeFileOptions {
  timeout: number
  json?: boolean
}

async function grade(file: string, options: GradeCommandOptions): Promise<number> {
  const { json, timeout, ...given } = options
  const { outcomes, failed } = await run<GradeReport>('grade', file, given, { timeout })
  if (failed !== null) {
    if (json) write(JSON.stringify({ file, correct: false, error: failed }, null, 2))
    else process.stderr.write(`tapegrad grade: ${failed}\n`)
    return COULD_NOT_RUN
  }
  const correct = outcomes.every(({ report }) => report?.correct === true)
  if (json) {
    const functions = outcomes.map(({ name, report, error }) => {
      const { text: _, ...fields } = report ?? { text: '', correct: false }
      return { ...fields, name, ...(error && { error }) }
    })
    write(JSON.stringify({ file, correct, functions }, null, 2))
  } else
    write(
      outcomes
        .map(({ name, report, error }) =>
          report === null ? `${name} could not be graded\n${error?.message}` : report.text,
        )
        .join('\n\n'),
    )
  if (outcomes.some(({ error }) => error !== null)) return COULD_NOT_RUN
  return correct ? PASSED : FAILED
}

const program = new Command('tapegrad')
  .description('Automatic differentiation for TypeScript')
  .exitOverride()
program
  .command('check')
  .description(
    'Checks the modules that a file exports, and their gradients, by the laws of all modules.',
  )
  .argument('<file>', 'a JavaScript or TypeScript module')
  .option('--seed <n>', 'of the inputs and all other random numbers (default: random)', wholeNumber)
  .option('--runs <n>', 'random inputs for each module', positive, 20)
  .option('--only <name>', 'check this export alone')
  .option('--timeout <seconds>', 'for loading the file, and then for each export', positive, 120)
  .option('--json', 'print the result as JSON and nothing else')
  .addHelpText('after', help)
  .action(async (file: string, options: Omit<Options, 'seed'> & { seed?: number | undefined }) => {
    process.exitCode = await check(file, { seed: Math.floor(Math.random() * 1e9), ...options })
  })

program
  .command('grade')
  .description('Grades the backward functions that a file exports, written by hand.')
  .argument('<file>', 'a JavaScript or TypeScript module')
  .option('--only <name>', 'grade this export alone')
  .addOption(
    new Option('--layout <layout>', 'of functions whose names do not say it').choices([
      'columns',
      'rows',
    ]),
  )
  .option('--timeout <seconds>', 'for loading the file, and then for each export', positive, 120)
  .option('--json', 'print the result as JSON and nothing else')
  .addHelpText('after', gradeHelp)
  .action(async (file: string, options: GradeCommandOptions) => {
    process.exitCode = await grade(file, options)
  })

program.parseAsync().catch((error: unknown) => {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? PASSED : COULD_NOT_RUN
})
