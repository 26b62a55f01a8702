// The same training step in jax-js: `node jax.mjs TASK THREADS`, value, gradients and Adam compiled
// as one program, the input's projection hoisted.
import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  nn,
  numpy as np,
  valueAndGrad,
} from '@jax-js/jax'
import { readWorkload, serve } from './serve.mjs'

const [task] = process.argv.slice(-2)
await init('wasm')
defaultDevice('wasm')

const { sizes, tensors } = readWorkload(task)
const { V, H, N, T } = sizes
const { x, y, ...first } = Object.fromEntries(
  tensors.map(({ name, shape, numbers }) => [
    name,
    np
      .array(numbers, { dtype: numbers instanceof Int32Array ? np.int32 : np.float32 })
      .reshape(shape),
  ]),
)
const names = Object.keys(first)
const inputs = nn.oneHot(np.transpose(x).reshape([T * N]), V)
const targets = nn.oneHot(np.transpose(y).reshape([T * N]), V)

function loss(parameters) {
  const [embedding, weightIh, weightHh, biasIh, biasHh, weight, bias] = parameters
  const zx = np
    .matmul(np.matmul(inputs.ref, embedding), np.transpose(weightIh))
    .add(biasIh.add(biasHh))
    .reshape([T, N, 4 * H])
  const recurrent = np.transpose(weightHh)
  let h = np.zeros([N, H])
  let c = np.zeros([N, H])
  const hs = []
  for (let t = 0; t < T; t++) {
    const z = zx.ref.slice(t).add(np.matmul(h, recurrent.ref))
    const gate = (k) => z.ref.slice([], [k * H, (k + 1) * H])
    c = nn
      .sigmoid(gate(1))
      .mul(c)
      .add(nn.sigmoid(gate(0)).mul(np.tanh(gate(2))))
    h = nn.sigmoid(gate(3)).mul(np.tanh(c.ref))
    z.dispose()
    hs.push(h.ref)
  }
  h.dispose()
  c.dispose()
  zx.dispose()
  recurrent.dispose()
  const logits = np.matmul(np.concatenate(hs), np.transpose(weight)).add(bias)
  return nn
    .logSoftmax(logits)
    .mul(targets.ref)
    .sum()
    .mul(-1 / (N * T))
}

const update = jit((parameters, m, v, correction) => {
  const [value, gradients] = valueAndGrad(loss)(parameters.map((p) => p.ref))
  const [c1, c2] = [correction.ref.slice(0), correction.slice(1)]
  const next = parameters.map((p, k) => {
    const mNext = m[k].mul(0.9).add(gradients[k].ref.mul(0.1))
    const vNext = v[k].mul(0.999).add(np.square(gradients[k]).mul(0.001))
    const root = np.sqrt(vNext.ref.mul(c2.ref)).add(1e-8)
    return [p.sub(mNext.ref.mul(c1.ref).mul(1e-3).div(root)), mNext, vNext]
  })
  c1.dispose()
  c2.dispose()
  return [value, ...[0, 1, 2].map((k) => next.map((triple) => triple[k]))]
})

let t = 0
let parameters = names.map((name) => first[name])
let m = parameters.map((p) => np.zerosLike(p.ref))
let v = parameters.map((p) => np.zerosLike(p.ref))

async function step() {
  t++
  const correction = np.array([1 / (1 - 0.9 ** t), 1 / (1 - 0.999 ** t)])
  const [value, ...next] = update(parameters, m, v, correction)
  ;[parameters, m, v] = next
  await blockUntilReady(next)
  return value.js()
}

await serve(step)
