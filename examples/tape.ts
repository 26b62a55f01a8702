// What an LSTM records in one step, as text and as a picture: npm run example tape [file.svg].
// Needs the package @viz-js/viz, which draws it.
import { writeFileSync } from 'node:fs'
import { LSTMCell, randn, type Tensor, tape, zeros } from 'tapegrad'

const [file = 'lstm-step.svg'] = process.argv.slice(2)
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
