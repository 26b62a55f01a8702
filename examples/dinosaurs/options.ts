// The flags of the main job, and their allowed values.
import { Command, Option } from 'commander'
import { wholeNumber } from '../flags/wholeNumber.ts'
import { whyNotWritable } from '../flags/writableFile.ts'
import { CELLS, type Cell } from './model.ts'

export interface Options {
  cell: Cell
  epochs: number
  hidden: number
  seed: number
  svg: string
  /** Where the training is saved; nowhere by default. */
  checkpoint?: string
  resume?: boolean
  /** Minibatches from one checkpoint to the next; by default there is one after each epoch alone. */
  every?: number
  /** Where the trained weights are written; nowhere by default. */
  save?: string
}

/**
 * The options of a command line. Ends the program for `--help` and, with a message, for a value
 * that is not allowed.
 */
export function parseOptions(argv: readonly string[]): Options {
  const command = new Command('npm start --')
    .description(
      'Learns to spell dinosaur names with a character-level recurrent network, and invents new ' +
        'ones.',
    )
    .addOption(
      new Option('--cell <name>', 'the recurrent layer; mgu is a cell written in the example')
        .choices(Object.keys(CELLS))
        .default('lstm'),
    )
    .option('--epochs <number>', 'passes over the training names', wholeNumber(1, 1000), 10)
    .option('--hidden <number>', 'units in the cell', wholeNumber(1, 1024), 128)
    .option(
      '--seed <number>',
      'of the initial weights, the order of the names and the samples',
      wholeNumber(0, 2 ** 31 - 1),
      0,
    )
    .option('--svg <file>', 'where the loss curve is written', 'dinosaurs.svg')
    .option('--checkpoint <folder>', 'where the training is saved: every epoch, and on Ctrl-C')
    .option(
      '--every <number>',
      'minibatches after which it is saved as well, within an epoch',
      wholeNumber(1, 1e6),
    )
    .option('--resume', 'go on from the latest checkpoint in that folder')
    .option('--save <file>', 'where the trained weights are written')
    .helpOption('-h, --help', 'show this')
    .showHelpAfterError()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(argv)
  const options = command.opts<Options>()
  for (const name of ['svg', 'save'] as const) {
    const file = options[name]
    const reason = file === undefined ? null : whyNotWritable(file)
    if (reason)
      command.error(
        `error: option '--${name} <file>' argument '${file}' is invalid. Allowed is a file ` +
          `that can be written: ${reason}`,
      )
  }
  for (const name of ['resume', 'every'] as const)
    if (options[name] !== undefined && options.checkpoint === undefined)
      command.error(`error: option '--${name}' needs the folder: --checkpoint <folder>`)
  return options
}
