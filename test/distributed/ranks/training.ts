// A training shared by the ranks, each with a part of every batch of another size; reports how far
// its gradients are from those of the whole batch in one process, and a digest of the parameters.
//
//   training.mjs <dtype> <steps>

import { createHash } from 'node:crypto'
import {
  Adam,
  crossEntropy,
  Embedding,
  Generator,
  Linear,
  LSTM,
  Module,
  manualSeed,
  rand,
  randint,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { assertSame, averageGradients, joinGroup, synchronise } from 'tapegrad/distributed'
import { report } from './report.ts'

const [dtype, steps] = [process.argv[2] as 'float32' | 'float64', Number(process.argv[3])]
const [B, T, V, D, H] = [9, 6, 7, 5, 8]

class Tagger extends Module {
  embedding = new Embedding(V, D, { dtype })
  lstm = new LSTM(D, H, { numLayers: 2, dtype })
  head = new Linear(H, V, { dtype })
  /** For the first sequence of a batch alone, which rank 0 has. */
  first = new Linear(H, V, { dtype })
  /** For none. */
  unused = new Linear(H, V, { dtype })

  forward(x: Tensor, lengths: readonly number[], hasFirst: boolean): Tensor {
    const { output } = this.lstm.forward(this.embedding.forward(x), { lengths })
    const logits = this.head.forward(output)
    return hasFirst ? logits.add(this.first.forward(output).mul(firstOf(x.shape[0]))) : logits
  }
}
/** 1 for the first sequence, 0 for the others; (N, 1, 1). */
const firstOf = (n: number): Tensor =>
  tensor(
    Array.from({ length: n }, (_, k) => (k === 0 ? 1 : 0)),
    { dtype, shape: [n, 1, 1] },
  )

const group = await joinGroup({ timeoutMs: 20_000 })
manualSeed(100 + group.rank) // Other numbers on each rank, which synchronise() makes the same.
const model = new Tagger()
synchronise(model, group)
const parameters = model.parameters()
const optimizer = new Adam(parameters, { lr: 0.02 })

/** The rows of rank k: rank 0 has the fewest, the last one the rest. */
const bounds = Array.from({ length: group.size + 1 }, (_, k) =>
  k === group.size ? B : Math.round((B * k * k) / group.size ** 2) + (k > 0 ? 1 : 0),
)
const [from, to] = [bounds[group.rank], bounds[group.rank + 1]]

function backward(x: Tensor, lengths: readonly number[], mask: Tensor, hasFirst: boolean): number {
  optimizer.zeroGrad()
  const targets = x.indexSelect(1, tensor([1, 2, 3, 4, 5, 0], { dtype: 'int32' }))
  crossEntropy(model.forward(x, lengths, hasFirst), targets, { mask }).backward()
  return mask.sum().item()
}

const stream = new Generator(7) // The same batches on all ranks.
let worst = 0
const nulls: string[] = []
for (let step = 0; step < steps; step++) {
  const x = randint(0, V, [B, T], { generator: stream })
  const lengths = Array.from(rand([B], { generator: stream }).toTypedArray(), (u) =>
    Math.ceil(u * T),
  )
  const inside = lengths.flatMap((n) => Array.from({ length: T }, (_, t) => (t < n ? 1 : 0)))
  const mask = tensor(inside, { dtype, shape: [B, T] })
  backward(x, lengths, mask, true)
  const whole = parameters.map((p) => p.grad?.toTypedArray() ?? null)
  const weight = backward(
    x.slice(0, from, to),
    lengths.slice(from, to),
    mask.slice(0, from, to),
    group.rank === 0,
  )
  averageGradients(parameters, group, { weight, bucketBytes: 1024 })
  model.namedParameters().forEach(([name, p], k) => {
    const [expected, got] = [whole[k], p.grad?.toTypedArray() ?? null]
    if ((expected === null) !== (got === null)) throw new Error(`${name}: one has no gradient`)
    if (got === null && step === 0) nulls.push(name)
    got?.forEach((g, i) => {
      worst = Math.max(worst, Math.abs(g - (expected as Float64Array)[i]))
    })
  })
  optimizer.step()
}
assertSame(model, group)
const digest = createHash('sha256')
for (const p of parameters) digest.update(p.toTypedArray())
const totals = group.sum(zeros([3]).add(group.rank)).toArray()
report({
  rank: group.rank,
  size: group.size,
  library: group.library,
  worst,
  nulls,
  totals,
  digest: digest.digest('hex'),
})
group.close()
