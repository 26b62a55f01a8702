// The process that trains with the built package alone, as contender.ts asks:
// `node runner.mjs [blas] [unaware] [wide] [fuse] [VARIANT] TASK THREADS`.

import { createInterface } from 'node:readline'
import { setThreads, useSystemBlas, useWideVectors } from 'tapegrad'
import { CELLS, VARIANTS } from './cells.ts'
import { elementwise } from './elementwise.ts'
import { layerCall } from './layerCall.ts'
import { Model, trainingStep, UnawareModel } from './model.ts'
import { add, chain } from './tape.ts'
import { readWorkload } from './workload.ts'

const [task, threads] = process.argv.slice(-2)

function bodyOf(task: string): () => number {
  if (task === 'add') return add
  if (task === 'chain') return chain
  if (task === 'elementwise') return elementwise(process.argv.includes('fuse'))
  const called = CELLS.find((cell) => task === `call-${cell}`)
  if (called !== undefined) return layerCall(called)
  const { model, x, y } = readWorkload(
    task,
    process.argv.includes('unaware') ? UnawareModel : Model,
    VARIANTS.find((variant) => process.argv.includes(variant)),
  )
  return trainingStep(model, x, y)
}

const n = Number(threads)
if (process.argv.includes('wide') && !(await useWideVectors()))
  throw new Error('expected wide vectors, got none: take Node 24 or newer and an idle machine')
if (n > 1 && (await setThreads(n)) !== n) throw new Error(`expected ${n} threads, got fewer`)
if (process.argv.includes('blas')) await useSystemBlas({ threads: n })
const body = bodyOf(task)
console.log('ready')

for await (const line of createInterface(process.stdin)) {
  const losses: number[] = []
  const times: number[] = []
  for (let i = 0; i < Number(line); i++) {
    const start = performance.now()
    losses.push(body())
    times.push(performance.now() - start)
  }
  console.log(JSON.stringify({ losses, times }))
}
