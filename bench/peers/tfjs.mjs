// The same training step in TensorFlow.js: `node tfjs.mjs wasm|cpu TASK THREADS`. Ops without a
// gradient kernel in the wasm backend are avoided (one-hot products).
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { readWorkload, serve } from './serve.mjs'

const [backend, task] = process.argv.slice(-3)
tf.env().set('IS_NODE', true)
setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm')))}/`)
await tf.setBackend(backend)
await tf.ready()
if (tf.getBackend() !== backend) throw new Error(`the backend is ${tf.getBackend()}`)

function trainingStep() {
  const { sizes, tensors } = readWorkload(task)
  const { V, D, H, N, T } = sizes
  const named = Object.fromEntries(
    tensors.map(({ name, shape, numbers }) => [name, tf.tensor(numbers, shape)]),
  )
  const { x, y, ...parameters } = named
  const inputs = tf.oneHot(x.transpose().flatten().toInt(), V).toFloat()
  const targets = tf.oneHot(y.transpose().flatten().toInt(), V).toFloat()
  const variable = (name) => tf.variable(parameters[name])
  const embedding = variable('embedding.weight')
  const weightIh = variable('recurrent.weight_ih_l0')
  const weightHh = variable('recurrent.weight_hh_l0')
  const biasIh = variable('recurrent.bias_ih_l0')
  const biasHh = variable('recurrent.bias_hh_l0')
  const weight = variable('readOut.weight')
  const bias = variable('readOut.bias')
  const optimiser = tf.train.adam(1e-3, 0.9, 0.999, 1e-8)

  const loss = () => {
    const embedded = inputs.matMul(embedding)
    const zx = embedded
      .reshape([T * N, D])
      .matMul(weightIh, false, true)
      .add(biasIh.add(biasHh))
      .reshape([T, N, 4 * H])
    let h = tf.zeros([N, H])
    let c = tf.zeros([N, H])
    const hs = tf.unstack(zx).map((z) => {
      const [i, f, g, o] = tf.split(z.add(h.matMul(weightHh, false, true)), 4, 1)
      c = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()))
      h = o.sigmoid().mul(c.tanh())
      return h
    })
    const logits = tf.concat(hs).matMul(weight, false, true).add(bias)
    return tf
      .logSoftmax(logits)
      .mul(targets)
      .sum()
      .div(-N * T)
  }
  return () => {
    const value = optimiser.minimize(loss, true)
    const [number] = value.dataSync()
    value.dispose()
    return number
  }
}

function chain() {
  const x = tf.tensor([1, 2, 3, 4])
  const b = tf.tensor([1, 2, 3, 4])
  const both = tf.valueAndGrad((start) => {
    let y = start
    for (let i = 0; i < 1000; i++) y = y.add(b)
    return y.sum()
  })
  return () =>
    tf.tidy(() => {
      const { value, grad } = both(x)
      grad.dataSync()
      return value.dataSync()[0]
    })
}

await serve(task === 'chain' ? chain() : trainingStep())
