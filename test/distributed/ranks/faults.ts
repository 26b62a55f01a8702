// What goes wrong on one rank of a group; each rank reports the error that it gets.
//
//   faults.mjs <fault>...

import { Linear, LSTM, manualSeed, noGrad, ones, setThreads, tensor, zeros } from 'tapegrad'
import { assertSame, averageGradients, joinGroup, shard, synchronise } from 'tapegrad/distributed'
import { report } from './report.ts'

const group = await joinGroup({ timeoutMs: 1500 })
const isFaulty = group.rank === 1
manualSeed(3)
const model = new Linear(3, 2)

function oneStep(): void {
  model
    .forward(ones([4, 3]))
    .sum()
    .backward()
  averageGradients(model.parameters(), group)
}

/** Reports the error of `call`, and whether the numbers of t are as they were. */
function refused(fault: string, call: () => void, t = model.weight): void {
  const before = t.toArray()
  let error = 'none'
  try {
    call()
  } catch (thrown) {
    error = String(thrown)
  }
  const unchanged = JSON.stringify(before) === JSON.stringify(t.toArray())
  report({ rank: group.rank, fault, error, unchanged })
}

const faults: Record<string, () => unknown> = {
  throw() {
    if (isFaulty) throw new Error('rank 1 threw')
    oneStep()
  },
  async reject() {
    if (isFaulty) await Promise.reject(new TypeError('rank 1 rejected'))
    oneStep()
  },
  exit() {
    if (isFaulty) process.exit(0)
    oneStep()
  },
  abort() {
    if (isFaulty) group.abort(7)
    oneStep()
  },
  kill() {
    if (isFaulty) process.kill(process.pid, 'SIGKILL')
    oneStep()
  },
  finally() {
    try {
      if (isFaulty) throw new Error('rank 1 threw')
      oneStep()
    } finally {
      group.close()
    }
  },
  /** Rank 1 is busy elsewhere for longer than the others wait. */
  async skip() {
    if (isFaulty) await new Promise((resolve) => setTimeout(resolve, 60_000))
    oneStep()
  },
  again() {
    if (isFaulty) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4000)
    refused('again', () => group.barrier())
    refused('again', () => group.sum(model.weight.detach()))
  },
  call: () => refused('call', () => (isFaulty ? group.barrier() : oneStep())),
  dtype() {
    const t = zeros([isFaulty ? 4 : 2], { dtype: isFaulty ? 'float32' : 'float64' })
    refused('dtype', () => group.sum(t), t)
  },
  count() {
    const t = zeros([isFaulty ? 3 : 2])
    refused('count', () => group.sum(t), t)
  },
  root: () => refused('root', () => group.broadcast(zeros([2]), group.rank === 0 ? 0 : 1)),
  gradients() {
    const parameters = new Linear(3, isFaulty ? 3 : 2).parameters()
    refused('gradients', () => averageGradients(parameters, group))
  },
  pieces() {
    const bucketBytes = isFaulty ? 8 : 16
    refused('pieces', () => averageGradients(model.parameters(), group, { bucketBytes }))
  },
  model() {
    const other = isFaulty ? new Linear(4, 2) : model
    refused('model', () => synchronise(other, group), other.weight)
  },
  frozen() {
    const other = new Linear(3, 2)
    if (isFaulty) other.weight.requiresGrad = false
    refused('frozen', () => synchronise(other, group), other.weight)
  },
  overflow() {
    refused('overflow', () => averageGradients(model.parameters(), group, { weight: 1e308 }))
  },
  kind: () => refused('kind', () => synchronise(isFaulty ? new LSTM(3, 2) : model, group)),
  drift() {
    if (isFaulty) model.bias?.assign_(tensor([0, -0]))
    else model.bias?.assign_(tensor([0, 0]))
    refused('drift', () => assertSame(model, group))
  },
  weights: () =>
    refused('weights', () => averageGradients(model.parameters(), group, { weight: 0 })),
  shard: () => refused('shard', () => void shard([1, 2, 3, 4, 5, 6], group, { seed: group.rank })),
  /** NaN on one rank is NaN on all of them, and no error. */
  nan() {
    model.weight.grad = zeros([2, 3]).add(isFaulty ? Number.NaN : 1)
    averageGradients([model.weight], group)
    report({ rank: group.rank, grad: String(model.weight.grad.toArray()) })
  },
  /** A rank whose numbers weigh nothing, and are NaN. */
  left() {
    model.weight.grad = zeros([2, 3]).add(isFaulty ? Number.NaN : 1)
    // What the memory holds where the gradients are written to.
    noGrad(() => void [1, 2, 3].map(() => zeros([7]).add(Number.NaN)))
    averageGradients([model.weight], group, { weight: isFaulty ? 0 : 2 })
    report({ rank: group.rank, grad: String(model.weight.grad.toArray()) })
  },
  async threads() {
    await setThreads(2)
    await setThreads(1)
  },
  /** A load beyond the memory, which the engine notices by a signal. */
  trap() {
    const type = [1, 5, 1, 0x60, 0, 1, 0x7f]
    const declared = [3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 0x66, 0, 0]
    const code = [10, 9, 1, 7, 0, 0x41, 0x7f, 0x28, 2, 0, 0x0b]
    const bytes = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...type, ...declared, ...code)
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
    refused('trap', exports.f as () => void)
  },
  async twice() {
    const error = await joinGroup().then(() => 'none', String)
    report({ rank: group.rank, error })
  },
  none: () => {},
}

for (const fault of process.argv.slice(2)) await (faults[fault] as () => unknown)()
if (process.argv[2] !== 'none') group.close()
