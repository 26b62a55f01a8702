// The main job: a character-level recurrent network learns to spell dinosaur names and invents new
// ones. Its parts are in dinosaurs/.
import { setImmediate } from 'node:timers/promises'
import { Adam, clipGradNorm, Generator, noGrad, useWideVectors } from 'tapegrad'
import { CheckpointError, saveCheckpoint } from 'tapegrad/node'
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
// A folder that cannot be written is told now, and not after an epoch.
let isSaved = saved !== null
if (!isSaved) save({ epoch, batch, order }, false)

for (; epoch <= options.epochs; epoch++) {
  if (batch === 0) order = shuffled(data.train, generator)
  const batches = minibatches(order)
  for (const names of batches.slice(batch)) {
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
    const steps = (epoch - 1) * batches.length + batch
    // The last minibatch of an epoch is saved with the report of the epoch.
    if (batch < batches.length && steps % (options.every ?? Infinity) === 0)
      save({ epoch, batch, order }, false)
  }
  report.epoch(evaluate(heldOut), samples(3))
  save({ epoch: epoch + 1, batch: 0, order: [] }, report.isBest())
  batch = 0
}
// The weights first, so that nothing that fails after the training takes them with it.
const problems = [saveModel(model, options), report.end(samples(20))].filter((one) => one !== null)
for (const problem of problems) report.failed(problem)
if (problems.length > 0) process.exitCode = 1

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
  try {
    saveCheckpoint(options.checkpoint, report.progress.names, training, { best })
    isSaved = true
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error
    report.failed(error.message + (isSaved ? `; then go on: ${goingOn()}` : ''))
    process.exit(1)
  }
}

/** The command that goes on with this training. */
function goingOn(): string {
  const { epochs, checkpoint, every } = options
  const flags = every === undefined ? '' : ` --every ${every}`
  return `npm start -- --epochs ${epochs} --checkpoint ${checkpoint}${flags} --resume`
}

function stop(): never {
  save({ epoch, batch, order }, false)
  report.interrupted(['saved; to go on:', goingOn()])
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
