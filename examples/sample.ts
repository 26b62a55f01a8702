// Invents dinosaur names with weights that another process has trained:
// npm start -- --save model.safetensors, then npm run example sample model.safetensors.
import { Command } from 'commander'
import { Generator } from 'tapegrad'
import type { CharModel } from './dinosaurs/model.ts'
import { sampleName } from './dinosaurs/sample.ts'
import { loadModel } from './dinosaurs/saving.ts'
import { wholeNumber } from './flags/wholeNumber.ts'

const command = new Command('npm run example sample --')
  .description('Invents dinosaur names with trained weights.')
  .argument('<file>', 'weights that npm start -- --save <file> wrote')
  .option('--count <number>', 'how many names', wholeNumber(1, 10_000), 20)
  .option('--seed <number>', 'of the names', wholeNumber(0, 2 ** 31 - 1), 0)
  .helpOption('-h, --help', 'show this')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse(process.argv)
const [file] = command.args as [string]
const { count, seed } = command.opts<{ count: number; seed: number }>()

const model = loaded()
const generator = new Generator(seed)
for (let k = 0; k < count; k++) {
  const name = sampleName(model, generator)
  console.log(name[0].toUpperCase() + name.slice(1))
}

function loaded(): CharModel {
  try {
    return loadModel(file)
  } catch (error) {
    return command.error(`error: cannot take weights from '${file}': ${(error as Error).message}`)
  }
}
