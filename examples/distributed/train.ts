// The dinosaur names learned by one process or by many, each with its part of every batch:
// mpirun -np 2 npx tsx examples/distributed/train.ts, or without mpirun.
import { Adam, clipGradNorm, Generator, noGrad } from 'tapegrad'
import { assertSame, averageGradients, joinGroup, shard, synchronise } from 'tapegrad/distributed'
import { loadNames, minibatches } from '../dinosaurs/data.ts'
import { CharModel } from '../dinosaurs/model.ts'

const EPOCHS = Number(process.env.EPOCHS ?? 3)
/** The names of a batch, over all processes. */
const BATCH = 64

const group = await joinGroup()
const own = BATCH / group.size
if (!Number.isInteger(own)) {
  if (group.rank === 0)
    console.error(`expected a number of processes that divides ${BATCH}, got ${group.size}`)
  group.close()
  process.exit(2)
}
const began = performance.now()
const { train, heldOut } = loadNames()
const model = new CharModel('lstm', 32, 128, new Generator(0))
synchronise(model, group)
const optimizer = new Adam(model.parameters(), { lr: 3e-3 })

for (let epoch = 1; epoch <= EPOCHS; epoch++) {
  const whole = Math.floor(train.length / BATCH)
  for (const batch of minibatches(shard(train, group, { seed: epoch }), own).slice(0, whole)) {
    optimizer.zeroGrad()
    model.loss(batch).backward()
    averageGradients(model.parameters(), group, { weight: batch.characters })
    clipGradNorm(model.parameters(), 5)
    optimizer.step()
  }
  const loss = evaluate()
  if (group.rank === 0) console.log(`epoch ${epoch}: held-out loss ${loss.toFixed(4)} nats`)
}
assertSame(model, group)
const seconds = ((performance.now() - began) / 1000).toFixed(1)
if (group.rank === 0) {
  const processes = group.size === 1 ? '1 process' : `${group.size} processes, ${group.library}`
  console.log(`${processes}: ${seconds} s\n`)
}
group.close()

/** The mean loss over all characters held out, of which each process computes its part. */
function evaluate(): number {
  const part = minibatches(heldOut.filter((_, i) => i % group.size === group.rank))
  const nats = noGrad(() => part.reduce((sum, one) => sum + model.loss(one, 'sum').item(), 0))
  const characters = part.reduce((sum, one) => sum + one.characters, 0)
  const all = group.gather({ nats, characters })
  return (
    all.reduce((sum, one) => sum + one.nats, 0) / all.reduce((sum, one) => sum + one.characters, 0)
  )
}
