// What an LSTM records in one step, as text and as a picture: npm run example tape [file.svg].
// Needs the package @viz-js/viz, which draws it.
import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { LSTMCell, randn, type Tensor, tape, zeros } from 'tapegrad'
import { whyNotWritable } from './flags/writableFile.ts'

const command = new Command('npm run example tape --')
  .description('What an LSTM records in one step, as text and as a picture.')
  .argument('[file]', 'where the picture is written', 'lstm-step.svg')
  .showHelpAfterError()
  .parse()
const [file] = command.processedArgs as [string]
const reason = whyNotWritable(file)
if (reason !== null)
  command.error(
    `error: argument '${file}' is invalid. Allowed is a file that can be written: ${reason}`,
    { exitCode: 2 },
  )
const [N, D, H] = [2, 3, 5]

const cell = new LSTMCell(D, H)
const x = randn([N, D])
const before = { h: zeros([N, H]), c: zeros([N, H]) }
const after = cell.forward(x, before)

const states = Object.entries({ x, h: before.h, c: before.c, 'h′': after.h, 'c′': after.c })
const names: [string, Tensor][] = [...cell.namedParameters(), ...states]
const step = tape([after.h, after.c], { names })
console.log(String(step))

writeFileSync(file, await step.toSVG())
console.log(`\npicture written to ${file}`)
