// The main job: a character-level recurrent network learns to spell dinosaur names and invents new
// ones. Its parts are in dinosaurs/.
import { setImmediate } from 'node:timers/promises'
import { Adam, clipGradNorm, Generator, noGrad, useWideVectors } from 'tapegrad'
import { saveCheckpoint } from 'tapegrad/node'
import { type Batch, loadNames, minibatches, shuffled } from './dinosaurs/data.ts'
import { parseOptions } from './dinosaurs/options.ts'
import { Report } from './dinosaurs/report.ts'
import { sampleName } from './dinosaurs/sample.ts'
import { newModel, savedTraining, saveModel, type Training } from './dinosaurs/saving.ts'

const given = parseOptions(process.argv)
// In Node 24 and later it trains faster, to the same numbers; elsewhere this changes nothing.
await useWideVectors()
const saved = savedTraining(given)
const options = { ...given, ...saved?.options }
const generator = new Generator(options.seed)
const data = loadNames()
const heldOut = minibatches(data.heldOut)

const model = newModel(options.cell, options.hidden, generator)
const optimizer = new Adam(model.parameters(), { lr: 3e-3 })
const report = new Report(options, data, model, saved?.progress)

let { epoch, batch, order } = saved?.position ?? { epoch: 1, batch: 0, order: [] as string[] }
if (saved !== null) {
  model.loadStateDict(saved.model)
  optimizer.loadStateDict(saved.optimizer)
  generator.restore(saved.generator)
}

let interrupted = false
if (options.checkpoint !== undefined) process.once('SIGINT', () => (interrupted = true))

for (; epoch <= options.epochs; epoch++) {
  if (batch === 0) order = shuffled(data.train, generator)
  for (const names of minibatches(order).slice(batch)) {
    const loss = model.loss(names)
    optimizer.zeroGrad()
    loss.backward()
    clipGradNorm(model.parameters(), 5)
    optimizer.step()
    report.batch(names, loss.item())
    batch++
    // Signal handlers, Ctrl-C's among them, run here and nowhere else in this loop.
    await setImmediate()
    if (interrupted) stop()
  }
  report.epoch(evaluate(heldOut), samples(3))
  save({ epoch: epoch + 1, batch: 0, order: [] }, report.isBest())
  batch = 0
}
report.end(samples(20))
if (options.save !== undefined) saveModel(options.save, model, options)

function save(position: Training['position'], best: boolean): void {
  if (options.checkpoint === undefined) return
  const { cell, hidden, seed } = options
  const training: Training = {
    options: { cell, hidden, seed },
    model: model.stateDict(),
    optimizer: optimizer.stateDict(),
    generator: generator.state(),
    position,
    progress: report.progress,
  }
  saveCheckpoint(options.checkpoint, report.progress.names, training, { best })
}

function stop(): never {
  save({ epoch, batch, order }, false)
  report.interrupted([
    'saved; to go on:',
    `npm start -- --epochs ${options.epochs} --checkpoint ${options.checkpoint} --resume`,
  ])
  process.exit(130)
}

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
