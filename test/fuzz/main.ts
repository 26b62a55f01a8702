// `npm run fuzz`: random programs on tapegrad and on the mirror; prints each disagreement as a
// small program that can be run, and how many programs said something.

import { Command, InvalidArgumentError } from 'commander'
import { setThreads } from 'tapegrad'
import { findings } from './findings.ts'
import { FEATURES, generated } from './generate.ts'

type Options = Record<'seed' | 'programs' | 'from' | 'finds' | 'threads', number> & {
  without: string
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`expected a whole number, got ${text}`)
  return Number(text)
}

const command = new Command('fuzz')
  .description(
    'runs random programs over the whole public surface, and holds them to a mirror that ' +
      'recycles nothing',
  )
  .option('--seed <number>', 'of the programs', whole, Math.floor(Math.random() * 1e6))
  .option('--programs <number>', 'how many', whole, 10_000)
  .option('--from <number>', 'the number of the first', whole, 0)
  .option('--finds <number>', 'stop after so many', whole, 1)
  .option('--threads <number>', 'that the kernels share their work out over', whole, 1)
  .option('--without <names>', `leave out some of ${FEATURES.join(', ')}`, '')
  .parse()
const { seed, programs, from, without, finds, threads } = command.opts<Options>()

const left = new Set(without.split(',').filter((name) => name !== ''))
const unknown = [...left].filter((name) => !FEATURES.includes(name))
if (unknown.length > 0)
  command.error(`unknown: ${unknown.join(', ')}: expected some of ${FEATURES.join(', ')}`)

await setThreads(threads)
const began = Date.now()
const seconds = (): string => ((Date.now() - began) / 1000).toFixed(1)
let [found, done] = [0, 0]
let number = from
for (; number < from + programs && found < finds; number++) {
  const { text, statements } = findings(generated(seed, number, left), number)
  done += statements
  if (text === null) continue
  found++
  console.log(`// ${found}: program ${number} of seed ${seed}, after ${seconds()} s\n${text}\n`)
}
const ran = number - from
const each = (done / Math.max(ran, 1)).toFixed(1)
console.log(
  `${ran} programs, ${each} statements each that both sides ran, ${found} finds, seed ${seed}, ` +
    `${seconds()} s`,
)
process.exit(found > 0 ? 1 : 0)
