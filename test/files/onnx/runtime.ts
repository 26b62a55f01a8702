// Models in ONNX Runtime, and their results beside ours. It tests nothing itself.
import * as ort from 'onnxruntime-web'
import { type DType, Generator, noGrad, randint, randn, type Tensor, tensor } from 'tapegrad'
import { expect } from 'vitest'
import { type OnnxOptions, toOnnx } from '../../../src/files/index.ts'

ort.env.logLevel = 'error'
ort.env.wasm.numThreads = 1

type Fn = (...inputs: Tensor[]) => Tensor | readonly Tensor[]

interface Session {
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, ort.Tensor>>
}

/** A model that is ready to run. Warnings of the runtime are errors here. */
export async function load(bytes: Uint8Array): Promise<Session> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 })
  return {
    run: async (inputs) => {
      const feeds = Object.entries(inputs).map(
        ([name, t]) => [name, new ort.Tensor(t.dtype, t.toTypedArray(), t.shape)] as const,
      )
      return (await session.run(Object.fromEntries(feeds))) as Record<string, ort.Tensor>
    },
  }
}

/** Random inputs for these sizes of the named axes. Whole numbers are below 9. */
export function drawn(
  { inputs }: OnnxOptions,
  sizes: Readonly<Record<string, number>>,
  seed: number,
): Tensor[] {
  const generator = new Generator(seed)
  return Object.values(inputs).map(({ shape, dtype = 'float32' }) => {
    const own = shape.map((n) => (typeof n === 'number' ? n : (sizes[n] as number)))
    if (dtype === 'int32') return randint(0, 9, own, { generator })
    if (dtype === 'bool') return randint(0, 2, own, { generator }).ne(0)
    return randn(own, { dtype: dtype as Exclude<DType, 'int32' | 'bool'>, generator })
  })
}

/** Compares shapes, dtypes and numbers of a model with those of the function it was made of. */
export async function expectSame(
  fn: Fn,
  options: OnnxOptions,
  inputs: readonly (readonly Tensor[])[],
  tolerance: number,
): Promise<void> {
  const session = await load(toOnnx(fn, options))
  const names = Object.keys(options.inputs)
  for (const given of inputs) {
    const theirs = await session.run(Object.fromEntries(given.map((t, i) => [names[i], t])))
    const ours = [noGrad(() => fn(...given))].flat() as Tensor[]
    ours.forEach((y, i) => {
      const { dims, type, data } = theirs[options.outputs[i] as string] as ort.Tensor
      expect({ dims: [...dims], type }).toEqual({ dims: [...y.shape], type: y.dtype })
      const numbers = Array.from(data as Float64Array, Number)
      Array.from(y.toTypedArray()).forEach((x, k) => {
        const n = numbers[k] as number
        const isSame = Object.is(x, n) || Math.abs(x - n) <= tolerance * Math.max(1, Math.abs(x))
        if (!isSame) expect.fail(`number ${k} of ${options.outputs[i]}: ${n}, expected ${x}`)
      })
    })
  }
}

/** Sizes of N and T: one, two, few, many. */
export const SIZES = [
  { N: 1, T: 1 },
  { N: 2, T: 2 },
  { N: 3, T: 7 },
  { N: 4, T: 20 },
]

/** The same function of named axes N and T, at several sizes. */
export const expectSameAtAll = (fn: Fn, options: OnnxOptions, tolerance = 1e-6): Promise<void> =>
  expectSame(
    fn,
    options,
    SIZES.map((sizes, seed) => drawn(options, sizes, seed)),
    tolerance,
  )

export const int32 = (data: number[]): Tensor => tensor(data, { dtype: 'int32' })
