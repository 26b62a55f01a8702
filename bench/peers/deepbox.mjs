// The cost of Deepbox's tape: `node deepbox.mjs add|chain THREADS`.
import { parameter, tensor } from 'deepbox/ndarray'
import { serve } from './serve.mjs'

const [task] = process.argv.slice(-2)
const x = parameter([1, 2, 3, 4])
const b = parameter(tensor([1, 2, 3, 4]), { requiresGrad: false })

function add() {
  for (let i = 0; i < 1000; i++) x.add(b)
  return 0
}

function chain() {
  let y = x
  for (let i = 0; i < 1000; i++) y = y.add(b)
  const loss = y.sum()
  loss.backward()
  x.zeroGrad()
  return Number(loss.tensor.data[0])
}

await serve(task === 'chain' ? chain : add)
