// Vanishing gradients: how strongly the states of an RNN, a GRU and an LSTM depend on inputs long
// before, as text and as a picture: npm run example vanishing [file.svg].
import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { Generator, GRU, LSTM, RNN, randn } from 'tapegrad'
import { connectivity, heatMap } from 'tapegrad/testing'
import { wholeNumber } from './flags/wholeNumber.ts'
import { whyNotWritable } from './flags/writableFile.ts'

const command = new Command('npm run example vanishing --')
  .description('How strongly an RNN, a GRU and an LSTM depend on inputs long before.')
  .argument('[file]', 'where the picture is written', 'vanishing.svg')
  .option('--steps <number>', 'length of the sequence', wholeNumber(2, 500), 30)
  .option('--seed <number>', 'of the weights and the sequence', wholeNumber(0, 2 ** 31 - 1), 0)
  .showHelpAfterError()
  .parse()
const [file] = command.processedArgs as [string]
const { steps, seed } = command.opts<Record<'steps' | 'seed', number>>()
const reason = whyNotWritable(file)
if (reason !== null)
  command.error(
    `error: argument '${file}' is invalid. Allowed is a file that can be written: ${reason}`,
    { exitCode: 2 },
  )

const generator = new Generator(seed)
const [D, H] = [4, 16]
const x = randn([1, steps, D], { generator, dtype: 'float64' })
const options = { generator, dtype: 'float64' } as const
const maps = {
  RNN: connectivity(new RNN(D, H, options), x),
  GRU: connectivity(new GRU(D, H, options), x),
  LSTM: connectivity(new LSTM(D, H, options), x),
  // Forget gates near 1 let the cell state pass (Gers, Schmidhuber & Cummins 2000).
  'LSTM, forget bias 3': connectivity(new LSTM(D, H, { forgetBias: 3, ...options }), x),
}

for (const [name, map] of Object.entries(maps)) console.log(`${name}: ${map}\n`)

const back = steps - 1
for (const [name, { byLag }] of Object.entries(maps)) {
  const factor = (byLag[back] / byLag[0]) ** (1 / back)
  console.log(
    `${name}: over ${back} steps the norm falls to ${(byLag[back] / byLag[0]).toExponential(1)}, ` +
      `by a factor of ${factor.toFixed(2)} a step`,
  )
}

writeFileSync(file, heatMap(maps))
console.log(`\npicture written to ${file}`)
