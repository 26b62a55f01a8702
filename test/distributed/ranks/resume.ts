// A training that is saved by rank 0 and goes on, with another number of ranks perhaps; rank 0
// reports its parameters.
//
//   resume.mjs <folder> <last step>

import { Adam, Linear, LSTM, Module, manualSeed, randn, type Tensor } from 'tapegrad'
import { averageGradients, joinGroup, shard, synchronise } from 'tapegrad/distributed'
import { latestCheckpoint, saveCheckpoint } from 'tapegrad/node'
import { report } from './report.ts'

const [folder, last] = [process.argv[2] as string, Number(process.argv[3])]
const [EXAMPLES, BATCH] = [60, 12]

class Model extends Module {
  lstm = new LSTM(3, 5, { dtype: 'float64' })
  head = new Linear(5, 1, { dtype: 'float64' })
  forward(x: Tensor): Tensor {
    return this.head.forward(this.lstm.forward(x).output)
  }
}

const group = await joinGroup({ timeoutMs: 20_000 })
manualSeed(5)
const examples = Array.from({ length: EXAMPLES }, () => randn([1, 4, 3], { dtype: 'float64' }))
const model = new Model()
const optimizer = new Adam(model.parameters(), { lr: 0.05 })

interface Saved {
  model: Record<string, Tensor>
  optimizer: ReturnType<typeof optimizer.stateDict>
}
const saved = latestCheckpoint<Saved>(folder)
if (saved !== null) {
  // Every rank could read it; where only one can, synchronise() gives it to the others.
  model.loadStateDict(saved.state.model)
  optimizer.loadStateDict(saved.state.optimizer)
}
synchronise(model, group)

const stepsOfEpoch = EXAMPLES / BATCH
let step = saved?.step ?? 0
while (step < last) {
  const seed = Math.floor(step / stepsOfEpoch)
  const own = shard(examples, group, { seed, seen: (step % stepsOfEpoch) * BATCH })
  for (let k = 0; step < last && (k === 0 || step % stepsOfEpoch > 0); k++) {
    const [n, from] = [BATCH / group.size, (k * BATCH) / group.size]
    optimizer.zeroGrad()
    for (const x of own.slice(from, from + n))
      model
        .forward(x)
        .square()
        .sum()
        .div(n * 4)
        .backward()
    averageGradients(model.parameters(), group)
    optimizer.step()
    step++
  }
}
if (group.rank === 0) {
  saveCheckpoint(folder, step, { model: model.stateDict(), optimizer: optimizer.stateDict() })
  const numbers = model.parameters().flatMap((p) => Array.from(p.toTypedArray()))
  report({ step, numbers })
}
group.barrier()
group.close()
