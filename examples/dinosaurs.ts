// The main job: a character-level recurrent network learns to spell dinosaur names and invents new
// ones. Its parts are in dinosaurs/.
import { setImmediate } from 'node:timers/promises'
import { Adam, clipGradNorm, Generator, noGrad, useWideVectors } from 'tapegrad'
import { type Batch, loadNames, minibatches, shuffled } from './dinosaurs/data.ts'
import { CharModel } from './dinosaurs/model.ts'
import { parseOptions } from './dinosaurs/options.ts'
import { Report } from './dinosaurs/report.ts'
import { sampleName } from './dinosaurs/sample.ts'

const EMBEDDED = 32

const options = parseOptions(process.argv)
// In Node 24 and later it trains faster, to the same numbers; elsewhere this changes nothing.
await useWideVectors()
const generator = new Generator(options.seed)
const data = loadNames()
const heldOut = minibatches(data.heldOut)

const model = new CharModel(options.cell, EMBEDDED, options.hidden, generator)
const optimizer = new Adam(model.parameters(), { lr: 3e-3 })
const report = new Report(options, data, model)

for (let epoch = 1; epoch <= options.epochs; epoch++) {
  for (const batch of minibatches(shuffled(data.train, generator))) {
    const loss = model.loss(batch)
    optimizer.zeroGrad()
    loss.backward()
    clipGradNorm(model.parameters(), 5)
    optimizer.step()
    report.batch(batch, loss.item())
    // Signal handlers, Ctrl-C's among them, run here and nowhere else in this loop.
    await setImmediate()
  }
  report.epoch(evaluate(heldOut), samples(3))
}
report.end(samples(20))

/** The mean loss over all characters of these batches, in nats. */
function evaluate(batches: Batch[]): number {
  return noGrad(() => {
    const nats = batches.reduce((sum, batch) => sum + model.loss(batch, 'sum').item(), 0)
    return nats / batches.reduce((sum, { characters }) => sum + characters, 0)
  })
}

function samples(count: number): string[] {
  return Array.from({ length: count }, () => sampleName(model, generator))
}
