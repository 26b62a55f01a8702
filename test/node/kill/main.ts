// `npm run kill`: a training that is killed a hundred times, at random moments, ends with the bits
// of one that was never stopped.

import { Command } from 'commander'
import { wholeNumber } from '../../../examples/flags/wholeNumber.ts'
import { survival } from './kills.ts'

const command = new Command('kill')
  .description('kills a training with SIGKILL at random moments, and compares its last numbers')
  .option('--kills <number>', 'how many', wholeNumber(1, 1e6), 100)
  .option('--steps <number>', 'of the training', wholeNumber(1, 1e6), 120)
  .option(
    '--seed <number>',
    'of the moments',
    wholeNumber(0, 2 ** 31 - 1),
    Math.floor(Math.random() * 1e6),
  )
  .parse()
const { kills, steps, seed } = command.opts<Record<'kills' | 'steps' | 'seed', number>>()

const began = Date.now()
const { ends, temporaries, wrong } = await survival(steps, kills, seed, (killed) => {
  if (killed % 10 === 0) console.log(`killed ${killed} of ${kills} times`)
})
console.log(
  `${kills} kills, ${temporaries} temporary files seen, ${ends} trainings of ${steps} steps ended, ` +
    `${wrong.length} with other numbers; seed ${seed}, ${((Date.now() - began) / 1000).toFixed(1)} s`,
)
process.exit(wrong.length > 0 ? 1 : 0)
