// Any number of threads gives the same bits: every cut of every kernel, whole training steps, and what is left when threads are missing or die.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Adam, crossEntropy, Embedding, Generator, Linear, LSTM, Module, RNN, randint, randn, setThreads, type Tensor, ValueError } from 'tapegrad'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { byteSharings, type Cut, floatSharings } from '../../src/kernels/cuts.ts'
import { byteKernels } from '../../src/kernels/engine.ts'
import { word } from '../../src/kernels/worker.ts'
import { place, random, types } from './memory.ts'

type Kernel = (...call: number[]) => void

interface Call {
  /** The length of each operand in elements, the result first. */
  lengths: number[]
  /** The arguments behind the addresses. */
  rest: number[]
  /** An operand that holds int32 below a bound. */
  classes?: { operand: number; below: number }
}

/** Calls that are worth a cut, by kernel. */
const odd = { m: 67, n: 131, k: 89 }
const product = (m: number, n: number, k: number) => {
  const flags = [0, 1].flatMap((a) => [0, 1].flatMap((b) => [0, 1].map((c) => [a, b, c])))
  return flags.map((trans) => ({ lengths: [m * n, m * k, k * n], rest: [m, n, k, ...trans] }))
}
const calls: Record<string, Call[]> = {
  ...Object.fromEntries(
    ['neg', 'abs', 'sign', 'exp', 'log', 'sqrt', 'reciprocal', 'square', 'tanh', 'sigmoid', 'relu'].map((name) => [
      name,
      [{ lengths: [200003, 200003], rest: [200003] }],
    ]),
  ),
  ...Object.fromEntries(['tanhGrad', 'sigmoidGrad', 'reluGrad'].map((name) => [name, [{ lengths: [100003, 100003, 100003], rest: [100003] }]])),
  ...Object.fromEntries(
    ['add', 'sub', 'mul', 'div', 'maximum', 'minimum'].map((name) => [
      name,
      [
        { lengths: [200003, 200003, 200003], rest: [1, 200003, 0, 1, 0, 1] },
        { lengths: [200003, 200003, 1], rest: [1, 200003, 0, 1, 0, 0] },
        { lengths: [601 * 307, 601 * 307, 307], rest: [601, 307, 307, 1, 0, 1] },
        { lengths: [601 * 307, 601, 601 * 307], rest: [601, 307, 1, 0, 307, 1] },
      ],
    ]),
  ),
  ...Object.fromEntries(['softmax', 'logSoftmax'].map((name) => [name, [{ lengths: [301 * 61, 301 * 61], rest: [301, 61] }]])),
  ...Object.fromEntries(['softmaxGrad', 'logSoftmaxGrad'].map((name) => [name, [{ lengths: [601 * 61, 601 * 61, 601 * 61], rest: [601, 61] }]])),
  crossEntropy: [{ lengths: [601, 601 * 61, 601, 601], rest: [601, 61], classes: { operand: 2, below: 61 } }],
  crossEntropyGrad: [{ lengths: [601 * 61, 601, 601 * 61, 601, 601], rest: [601, 61], classes: { operand: 3, below: 61 } }],
  axpby: [{ lengths: [200003, 200003], rest: [200003, 0.75, -1.5] }],
  adam: [{ lengths: [20003, 20003, 20003, 20003], rest: [20003, 0.9, 0.999, 1e-8, 0.01, 0.5, 0.01, 0.99] }],
  sum: [
    { lengths: [1, 200003], rest: [1, 200003, 1, 0] },
    { lengths: [601, 601 * 307], rest: [601, 307, 1, 1] },
    { lengths: [151, 601 * 151], rest: [1, 601, 151, 1] },
    { lengths: [3 * 151, 3 * 203 * 151], rest: [3, 203, 151, 0] },
  ],
  matmul: [...product(odd.m, odd.n, odd.k), ...product(odd.n, odd.m, odd.k), ...product(1, 1031, 701), ...product(1031, 1, 701)],
  matmulPacked: [0, 1].flatMap((transA) => [0, 1].map((add) => ({ lengths: [67 * 1101, 67 * 300, 1104 * 300], rest: [67, 1101, 300, transA, add] }))),
  lstmForward: [{ lengths: [61 * 4 * 101, 61 * 101, 61 * 101, 61 * 101, 61 * 101], rest: [61, 101] }],
  lstmBackward: [{ lengths: [61 * 4 * 151, 61 * 151, 61 * 151, 61 * 4 * 151, 61 * 151, 61 * 151], rest: [61, 151] }],
}

const bits = (x: ArrayBufferView): Buffer => Buffer.from(new Uint8Array(x.buffer, x.byteOffset, x.byteLength))

describe.each(types)('$name', ({ kernels, size, array, read }) => {
  test.each(Object.keys(floatSharings))('%s gives the same bits wherever it is cut', (name) => {
    const alone = kernels[name as 'exp'] as unknown as Kernel
    const sharing = floatSharings[name as 'exp'] as (alone: Kernel, share: (cut: Cut) => void, size: number) => Kernel
    for (const { lengths, rest, classes } of calls[name]) {
      const next = random(7)
      const operands = lengths.map((n, k) =>
        k === classes?.operand ? new Int32Array(n).map(() => next() * classes.below) : array(new Float64Array(n).map(() => next() * 4 - 1)),
      )
      const results = (run: Kernel): Buffer[] => {
        const at = place(...operands)
        run(...at, ...rest)
        return at.map((p, k) => bits(read(p, lengths[k])))
      }
      const expected = results(alone)
      for (const parts of [2, 3, 7]) {
        let cuts = 0
        const share = ({ count, align, by, call }: Cut): void => {
          const step = Math.ceil(count / parts / align) * align
          const kernel = by === undefined ? alone : (kernels[by] as unknown as Kernel)
          for (let from = 0; from < count; from += step, cuts++) kernel(...call(from, Math.min(from + step, count)))
        }
        const shared = results(sharing(alone, share, size))
        expect(shared.map((x, k) => x.equals(expected[k])).includes(false), `${rest} in ${parts} parts`).toBe(false)
        if (lengths[0] > 1) expect(cuts).toBeGreaterThan(1)
      }
    }
  })
})

test('copies give the same bits wherever they are cut', () => {
  const copies = [
    [1, 1, 1, 1, 300001, 0, 0, 0, 1, 0, 0, 0, 1],
    [4, 1, 61, 67, 71, 0, 67 * 71, 71, 1, 0, 71, 61 * 71, 1],
    [8, 3, 61, 1, 301, 61 * 301, 301, 0, 1, 61 * 301, 301, 0, 1],
    [4, 1, 1, 301, 307, 0, 0, 307, 1, 0, 0, 1, 301],
  ]
  for (const [itemSize, ...layout] of copies) {
    const bytes = itemSize * layout.slice(0, 4).reduce((a, b) => a * b)
    const next = random(5)
    const from = Uint8Array.from({ length: bytes }, () => next() * 256)
    const copied = (run: Kernel): Buffer => {
      const [dst, src] = place(new Uint8Array(bytes), from)
      run(itemSize, dst, src, ...layout)
      return bits(types[0].read(dst, Math.floor(bytes / 4)))
    }
    let cuts = 0
    const alone = byteKernels.copyStrided as unknown as Kernel
    const shared = byteSharings.copyStrided?.(
      byteKernels.copyStrided,
      ({ count, align, call }) => {
        const step = Math.ceil(count / 3 / align) * align
        for (let at = 0; at < count; at += step, cuts++) alone(...call(at, Math.min(at + step, count)))
      },
      1,
    )
    expect(copied(shared as unknown as Kernel).equals(copied(alone))).toBe(true)
    expect(cuts).toBe(3)
  }
})

class Model extends Module {
  embedding: Embedding
  recurrent: LSTM | RNN
  readOut: Linear
  constructor(Recurrent: typeof LSTM | typeof RNN, generator: Generator) {
    super()
    this.embedding = new Embedding(29, 33, { generator })
    this.recurrent = new Recurrent(33, 67, { generator })
    this.readOut = new Linear(67, 29, { generator })
  }
  forward(x: Tensor): Tensor {
    return this.readOut.forward(this.recurrent.forward(this.embedding.forward(x)).output)
  }
}

/** The parameters after some training steps, big enough that most kernels share their work. */
async function trained(Recurrent: typeof LSTM | typeof RNN, between: (step: number) => unknown = () => {}): Promise<Buffer> {
  const generator = new Generator(3)
  const model = new Model(Recurrent, generator)
  const optimiser = new Adam(model.parameters(), { lr: 0.01 })
  const x = randint(0, 29, [61, 13], { generator })
  const y = randint(0, 29, [61, 13], { generator })
  for (let step = 0; step < 4; step++) {
    optimiser.zeroGrad()
    crossEntropy(model.forward(x), y).backward()
    optimiser.step()
    await between(step)
  }
  return Buffer.concat([...model.parameters()].map((p) => bits(p.toTypedArray())))
}

/** Node's worker_threads with a Worker of our choosing, and the warnings while it lasts. */
function withWorker(Thread: unknown): string[] {
  vi.spyOn(process, 'getBuiltinModule').mockImplementation((() => ({ Worker: Thread })) as unknown as typeof process.getBuiltinModule)
  return listen()
}

function listen(): string[] {
  const warnings: string[] = []
  vi.spyOn(process, 'emitWarning').mockImplementation((message) => void warnings.push(String(message)))
  return warnings
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  await setThreads(1)
})

describe('setThreads', () => {
  test.each([LSTM, RNN])('trains to the same bits with 1, 2 and 3 threads', async (Recurrent) => {
    const expected = await trained(Recurrent)
    for (const n of [2, 3]) {
      expect(await setThreads(n)).toBe(n)
      expect((await trained(Recurrent)).equals(expected), `${n} threads`).toBe(true)
    }
    expect(await setThreads(1)).toBe(1)
  })

  test('shares products of odd shapes in both floats, also after the memory has grown', async () => {
    const operands = (['float32', 'float64'] as const).flatMap((dtype) =>
      [
        [67, 89, 131],
        [1, 701, 1031],
        [1031, 701, 1],
        [1201, 700, 333],
      ].map(([m, k, n]) => [randn([m, k], { dtype }), randn([k, n], { dtype })]),
    )
    const products = (): Buffer[] => operands.map(([a, b]) => bits(a.matmul(b).add(0).toTypedArray()))
    const expected = products()
    await setThreads(3)
    const held = Array.from({ length: 20 }, () => randn([1000, 1000]))
    expect(products().every((x, i) => x.equals(expected[i]))).toBe(true)
    const [first] = held
    expect(bits(first.reshape([1000, 1000]).permute([1, 0]).permute([1, 0]).toTypedArray()).equals(bits(first.toTypedArray()))).toBe(true)
  })

  test.each([0, 1.5, Number.NaN, -1, 33, 'two', null])('refuses %s', async (n) => {
    await expect(setThreads(n as number)).rejects.toThrow(ValueError)
    await expect(setThreads(n as number)).rejects.toThrow(`got ${typeof n === 'string' ? `"${n}"` : n}`)
  })

  test('does one change after the other', async () => {
    expect(await Promise.all([setThreads(2), setThreads(3), setThreads(1), setThreads(2)])).toEqual([2, 3, 1, 2])
  })

  test('goes on with one thread, warning once, when a worker dies, and can start anew', async () => {
    const expected = await trained(LSTM)
    const workers: Worker[] = []
    const warnings = withWorker(
      class extends Worker {
        constructor(source: string, options: object) {
          super(source, options)
          workers.push(this)
        }
      },
    )
    await setThreads(3)
    const actual = await trained(LSTM, async (step) => {
      if (step === 0) void workers[0]?.terminate()
      if (step === 1) await vi.waitFor(() => expect(warnings.length).toBe(1), 30_000)
    })
    expect(actual.equals(expected)).toBe(true)
    expect(warnings).toEqual(['setThreads: a thread is gone (exit code 1): going on with one'])
    expect(await setThreads(2)).toBe(2)
    expect((await trained(LSTM)).equals(expected)).toBe(true)
  })

  test('does itself what a worker has taken and never done', async () => {
    const expected = await trained(LSTM)
    const source = `const { parentPort } = require('node:worker_threads')
      parentPort.once('message', ({ control }) => {
        parentPort.postMessage('ready')
        while (Atomics.load(control, ${word.untaken}) < 1 || Atomics.sub(control, ${word.untaken}, 1) < 1) {}
        Atomics.wait(control, ${word.sleeping}, 0)
      })`
    const warnings = withWorker(
      class extends Worker {
        constructor(_: string, options: object) {
          super(source, options)
        }
      },
    )
    await setThreads(2)
    const { now } = performance
    let hours = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + hours++ * 3_600_000)
    while (warnings.length === 0) expect((await trained(LSTM)).equals(expected)).toBe(true)
    expect(warnings).toEqual(['setThreads: a thread is gone (it did not finish its part): going on with one'])
  })

  test.each([
    ['is refused', () => Promise.reject(new Error('no')), '(no)'],
    ['fails', (options: object) => new Worker('throw new Error("broken")', options), '(broken)'],
    ['ends', (options: object) => new Worker('process.exit(7)', options), '(exit code 7)'],
  ])('goes on with one thread, warning once, when a worker %s at its start', async (what, start, why) => {
    const expected = await trained(LSTM)
    let started = 0
    const warnings = withWorker(
      // The first worker starts, the second one does not.
      function Thread(source: string, options: object) {
        if (started++ === 0) return new Worker(source, options)
        if (what === 'is refused') throw new Error('no')
        return start(options)
      },
    )
    expect(await setThreads(3)).toBe(1)
    await turn()
    expect(warnings).toEqual([`setThreads: expected 2 more threads, got none ${why}: going on with one`])
    expect((await trained(LSTM)).equals(expected)).toBe(true)
  })

  test('goes on with one thread, warning once, where memory cannot be shared', async () => {
    const expected = await trained(LSTM)
    vi.stubGlobal('SharedArrayBuffer', undefined)
    vi.resetModules()
    const warnings = listen()
    const plain = await import('tapegrad')
    expect(await plain.setThreads(2)).toBe(1)
    expect(warnings).toEqual([
      'setThreads: expected 1 more threads, got none (expected a shared memory, which in browsers needs a page that is cross-origin isolated): going on with one',
    ])
    const a = plain.tensor([
      [1, 2],
      [3, 4],
    ])
    expect(a.matmul(a).toArray()).toEqual([
      [7, 10],
      [15, 22],
    ])
    expect(plain.zeros([3000, 3000]).add(1).sum().item()).toBe(9e6)
    vi.unstubAllGlobals()
    expect((await trained(LSTM)).equals(expected)).toBe(true)
  })

  test('runs Web Workers where there is no Node', async () => {
    const expected = await trained(RNN)
    const browser = `const { parentPort } = require('node:worker_threads')
      const { text } = require('node:worker_threads').workerData
      globalThis.require = undefined
      globalThis.postMessage = (message) => parentPort.postMessage(message)
      parentPort.on('message', (data) => globalThis.onmessage({ data }))
      ;(0, eval)(text)`
    const texts = new Map<string, Blob>()
    class WebWorker {
      readonly #thread: Promise<Worker>
      constructor(url: string) {
        this.#thread = (texts.get(url) as Blob).text().then((text) => new Worker(browser, { eval: true, workerData: { text } }))
      }
      postMessage(message: unknown): void {
        void this.#thread.then((thread) => thread.postMessage(message))
      }
      addEventListener(event: string, listener: (what: unknown) => void): void {
        void this.#thread.then((thread) => thread.on(event, (data) => listener({ data })))
      }
      terminate(): void {
        void this.#thread.then((thread) => thread.terminate())
      }
    }
    withWorker(null)
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
    vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
      texts.set(`blob:${texts.size}`, blob as Blob)
      return `blob:${texts.size - 1}`
    })
    vi.stubGlobal('Worker', WebWorker)
    expect(await setThreads(2)).toBe(2)
    expect((await trained(RNN)).equals(expected)).toBe(true)
  })

  test('keeps no process alive', async () => {
    const script = `import { randn, setThreads } from 'tapegrad'
      console.log(await setThreads(3), randn([300, 300]).matmul(randn([300, 300])).shape)`
    const root = fileURLToPath(new URL('../..', import.meta.url))
    const printed = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { cwd: root, timeout: 60_000 }, (error, stdout, stderr) =>
        error === null ? resolve(stdout + stderr) : reject(error),
      )
    })
    expect(printed).toBe('3 [ 300, 300 ]\n')
  })
})
