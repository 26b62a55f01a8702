// Any number of threads gives the same bits over whole training steps, and what is left when
// threads are missing or die. Cuts are in cuts.test.ts.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import {
  Adam,
  crossEntropy,
  Embedding,
  Generator,
  Linear,
  LSTM,
  Module,
  RNN,
  randint,
  randn,
  setThreads,
  type Tensor,
  ValueError,
} from 'tapegrad'
import { afterEach, describe, expect, test, vi } from 'vitest'

const bits = (x: ArrayBufferView): Buffer =>
  Buffer.from(new Uint8Array(x.buffer, x.byteOffset, x.byteLength))

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
async function trained(
  Recurrent: typeof LSTM | typeof RNN,
  between: (step: number) => unknown = () => {},
): Promise<Buffer> {
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
  vi.spyOn(process, 'getBuiltinModule').mockImplementation((() => ({
    Worker: Thread,
  })) as unknown as typeof process.getBuiltinModule)
  return listen()
}

function listen(): string[] {
  const warnings: string[] = []
  vi.spyOn(process, 'emitWarning').mockImplementation(
    (message) => void warnings.push(String(message)),
  )
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

  test('shares products of odd shapes in both floats, also in a memory that has grown', async () => {
    const operands = (['float32', 'float64'] as const).flatMap((dtype) =>
      [
        [67, 89, 131],
        [1, 701, 1031],
        [1031, 701, 1],
        [1201, 700, 333],
      ].map(([m, k, n]) => [randn([m, k], { dtype }), randn([k, n], { dtype })]),
    )
    const products = (): Buffer[] =>
      operands.map(([a, b]) => bits(a.matmul(b).add(0).toTypedArray()))
    const expected = products()
    await setThreads(3)
    const held = Array.from({ length: 20 }, () => randn([1000, 1000]))
    expect(products().every((x, i) => x.equals(expected[i]))).toBe(true)
    const [first] = held
    expect(
      bits(first.reshape([1000, 1000]).permute([1, 0]).permute([1, 0]).toTypedArray()).equals(
        bits(first.toTypedArray()),
      ),
    ).toBe(true)
  })

  test.each([0, 1.5, Number.NaN, -1, 33, 'two', null])('refuses %s', async (n) => {
    await expect(setThreads(n as number)).rejects.toThrow(ValueError)
    await expect(setThreads(n as number)).rejects.toThrow(
      `got ${typeof n === 'string' ? `"${n}"` : n}`,
    )
  })

  test('does one change after the other', async () => {
    expect(await Promise.all([setThreads(2), setThreads(3), setThreads(1), setThreads(2)])).toEqual(
      [2, 3, 1, 2],
    )
  })

  test('goes on with one thread and one warning when a worker dies, and starts anew', async () => {
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

  test.each([
    ['is refused', () => Promise.reject(new Error('no')), '(no)'],
    ['fails', (options: object) => new Worker('throw new Error("broken")', options), '(broken)'],
    ['ends', (options: object) => new Worker('process.exit(7)', options), '(exit code 7)'],
  ])(
    'goes on with one thread, warning once, when a worker %s at its start',
    async (what, start, why) => {
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
      expect(warnings).toEqual([
        `setThreads: expected 2 more threads, got none ${why}: going on with one`,
      ])
      expect((await trained(LSTM)).equals(expected)).toBe(true)
    },
  )

  test('goes on with one thread, warning once, where memory cannot be shared', async () => {
    const expected = await trained(LSTM)
    vi.stubGlobal('SharedArrayBuffer', undefined)
    vi.resetModules()
    const warnings = listen()
    const plain = await import('tapegrad')
    expect(await plain.setThreads(2)).toBe(1)
    expect(warnings).toEqual([
      expect.stringMatching(/^tapegrad: expected to be loaded once/),
      'setThreads: expected 1 more threads, got none (expected a shared memory, which needs ' +
        'kernels that were not handed over, and in browsers a page that is cross-origin ' +
        'isolated): going on with one',
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
        this.#thread = (texts.get(url) as Blob)
          .text()
          .then((text) => new Worker(browser, { eval: true, workerData: { text } }))
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
    const root = fileURLToPath(new URL('../../..', import.meta.url))
    const printed = await new Promise<string>((resolve, reject) => {
      execFile(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '-e', script],
        { cwd: root, timeout: 60_000 },
        (error, stdout, stderr) => (error === null ? resolve(stdout + stderr) : reject(error)),
      )
    })
    expect(printed).toBe('3 [ 300, 300 ]\n')
  })
})
