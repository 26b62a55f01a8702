// Wide vectors keep every bit: of tensors made before, on this thread and on others, in products of
// all forms and in training. Flags and refusals are in engine.test.ts.

import { readFileSync } from 'node:fs'
import {
  Adam,
  crossEntropy,
  Generator,
  Linear,
  LSTM,
  randint,
  randn,
  setThreads,
  type Tensor,
  tensor,
  useWideVectors,
} from 'tapegrad'
import { afterAll, expect, test, vi } from 'vitest'
import { floatKernels, modules, names, numbered, tallTiles } from '../../src/kernels/engine.ts'

afterAll(() => setThreads(1))

/** How many threads were started so far. */
let started = 0
const { getBuiltinModule } = process
vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) => {
  if (name === 'worker_threads') started++
  return getBuiltinModule(name)
}) as typeof getBuiltinModule)

/** Whether threads stand in the kernels' places. */
const areShared = (): boolean =>
  floatKernels.float32.exp !== (numbered[names.indexOf('exp_f32')] as unknown)

const bits = (t: Tensor): Buffer => {
  const { buffer, byteOffset, byteLength } = t.toTypedArray()
  return Buffer.from(new Uint8Array(buffer, byteOffset, byteLength))
}

const generator = new Generator(7)
const older = randn([61, 67], { generator })
const olderBits = bits(older)
const operands = (['float32', 'float64'] as const).flatMap((dtype) =>
  [
    [3, 5, 7],
    [33, 41, 65],
    [67, 300, 131],
    [260, 70, 97],
  ].map(([m, k, n]) => ({
    a: randn([m, k], { dtype, generator }),
    b: randn([k, n], { dtype, generator }),
    aT: randn([k, m], { dtype, generator }),
    bT: randn([n, k], { dtype, generator }),
    x: randn([4001], { dtype, generator }),
  })),
)

/** The bits of products and functions, and of the parameters after two steps of training. */
function everything(): Buffer {
  const results = operands.flatMap(({ a, b, aT, bT, x }) => [
    a.matmul(b),
    a.matmul(bT.permute([1, 0])),
    aT.permute([1, 0]).matmul(b),
    ...[x.exp(), x.abs().log(), x.tanh(), x.sigmoid(), x.sum(), x.softmax(0), x.mul(x).add(1)],
  ])
  const seeded = { generator: new Generator(3) }
  const [lstm, readOut] = [new LSTM(33, 67, seeded), new Linear(67, 29, seeded)]
  const parameters = [...lstm.parameters(), ...readOut.parameters()]
  const optimizer = new Adam(parameters, { lr: 0.01 })
  const x = randn([21, 13, 33], seeded)
  const y = randint(0, 29, [21, 13], seeded)
  for (let step = 0; step < 2; step++) {
    optimizer.zeroGrad()
    crossEntropy(readOut.forward(lstm.forward(x).output), y).backward()
    optimizer.step()
  }
  return Buffer.concat([...results, ...parameters].map(bits))
}

/** Often enough that V8 has optimised every loop; a turn in between, so that it can. */
async function repeated(expected: Buffer): Promise<void> {
  for (let i = 0; i < 12; i++) {
    expect(everything().equals(expected), `repetition ${i}`).toBe(true)
    await new Promise(setImmediate)
  }
}

const [major] = process.versions.node.split('.').map(Number)
const cpu = process.platform === 'linux' ? readFileSync('/proc/cpuinfo', 'utf8') : ''
/** Where they take; null where it is not known. */
const able = major < 24 || process.arch !== 'x64' ? false : / avx2 /.test(cpu) || null

/** On a machine that is busy all the time V8 may not optimise the trial before it ends. */
async function asked(): Promise<boolean> {
  for (let i = 0; i < 5; i++) if (await useWideVectors()) return true
  return false
}

test('take where V8 can make them, in the middle of a program, and no number changes', async () => {
  const expected = everything()
  expect(await setThreads(2)).toBe(2)
  const took = await asked()
  if (able !== null) expect(took).toBe(able)
  expect([tallTiles, areShared(), started]).toEqual([took, true, took ? 2 : 1])
  const taken = modules

  await repeated(expected)
  expect(await useWideVectors()).toBe(took)
  expect([modules, areShared(), started]).toEqual([taken, true, took ? 2 : 1])
  expect(await setThreads(3)).toBe(3)
  await repeated(expected)
  expect(await setThreads(1)).toBe(1)
  await repeated(expected)
  expect(bits(older).equals(olderBits)).toBe(true)
})

test('come one after the other with changes of threads, and in the middle of a graph', async () => {
  const x = tensor([[1, 2, 3]], { requiresGrad: true })
  const y = x.matmul(x.permute([1, 0])).sum()
  const [took, threads, again] = await Promise.all([
    useWideVectors(),
    setThreads(2),
    useWideVectors(),
  ])
  expect([typeof took, threads, again]).toEqual(['boolean', 2, took])
  y.backward()
  expect(x.grad?.toArray()).toEqual([[2, 4, 6]])
})
