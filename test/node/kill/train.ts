// A training with everything that a resumed one must not lose, run in a process that is killed:
// node train.mjs folder steps. It prints a hash of all numbers at the end.

import { createHash } from 'node:crypto'
import {
  Adam,
  clipGradNorm,
  crossEntropy,
  Dropout,
  detachState,
  Embedding,
  Generator,
  Linear,
  LSTM,
  type LSTMState,
  Module,
  manualSeed,
  rand,
  randint,
  randomState,
  setRandomState,
  type Tensor,
  tensor,
} from 'tapegrad'
import { latestCheckpoint, saveCheckpoint } from 'tapegrad/node'

class Model extends Module {
  embedding = new Embedding(20, 16)
  lstm = new LSTM(16, 24, { numLayers: 2, dropout: 0.3 })
  dropout = new Dropout(0.2)
  head = new Linear(24, 20)

  forward(x: Tensor, before?: LSTMState): { logits: Tensor; state: LSTMState } {
    const { output, state } = this.lstm.forward(this.embedding.forward(x), before)
    return { logits: this.head.forward(this.dropout.forward(output)), state }
  }
}

const [folder, steps] = [process.argv[2] as string, Number(process.argv[3])]
const [BATCH, PIECE, LENGTH, SEQUENCES] = [16, 10, 40, 64]

manualSeed(11)
const model = new Model()
const optimiser = new Adam(model.parameters(), { lr: 0.01 })
const shuffler = new Generator(12)
// One symbol more than the pieces need: the target of the last.
const data = randint(0, 20, [SEQUENCES, LENGTH + 1], { generator: new Generator(5) })

let step = 0
let [batch, at] = [0, 0]
let order: number[] = []
let carried: LSTMState | undefined
let best = Number.POSITIVE_INFINITY
let losses: number[] = []

const snapshot = () => ({
  model: model.stateDict(),
  optimiser: optimiser.stateDict(),
  random: randomState(),
  shuffler: shuffler.state(),
  position: { batch, at, order },
  carried,
  best,
  losses,
})

const saved = latestCheckpoint<ReturnType<typeof snapshot>>(folder)
if (saved !== null) {
  if (saved.refused.length > 0 || saved.warning !== null)
    throw new Error(JSON.stringify([saved.refused, saved.warning]))
  const { state } = saved
  model.loadStateDict(state.model)
  optimiser.loadStateDict(state.optimiser)
  setRandomState(state.random)
  shuffler.restore(state.shuffler)
  ;({ batch, at, order } = state.position)
  ;({ carried, best, losses } = state)
  step = saved.step
}

function shuffled(): number[] {
  const draws = rand([SEQUENCES], { dtype: 'float64', generator: shuffler }).toTypedArray()
  return [...draws.keys()].sort((a, b) => draws[a] - draws[b])
}

while (step < steps) {
  if (batch === 0 && at === 0) order = shuffled()
  if (at === 0) carried = undefined
  optimiser.lr = 0.01 * (0.5 + 0.5 * Math.cos((Math.PI * step) / steps))
  const rows = tensor(order.slice(batch, batch + BATCH), { dtype: 'int32' })
  const piece = data.indexSelect(0, rows).slice(1, at, at + PIECE + 1)
  const { logits, state } = model.forward(piece.slice(1, 0, PIECE), carried)
  const loss = crossEntropy(logits, piece.slice(1, 1))
  optimiser.zeroGrad()
  loss.backward()
  clipGradNorm(model.parameters(), 1)
  optimiser.step()
  carried = detachState(state)
  losses.push(loss.item())
  at = (at + PIECE) % LENGTH
  if (at === 0) batch = (batch + BATCH) % SEQUENCES
  step++
  const isBest = loss.item() < best
  if (isBest) best = loss.item()
  if (step % 3 === 0 || step === steps)
    saveCheckpoint(folder, step, snapshot(), { keep: 2, best: isBest })
}

const hash = createHash('sha256').update(JSON.stringify([losses, best, randomState()]))
for (const p of model.parameters()) hash.update(p.toTypedArray())
for (const one of optimiser.stateDict().state)
  for (const t of Object.values(one?.moments ?? {})) hash.update(t.toTypedArray())
process.stdout.write(`${hash.digest('hex')}\n`)
