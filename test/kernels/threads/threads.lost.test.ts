// What becomes of a call when a thread does not finish its part of it, or fails: nothing wrong is
// ever read. What threads compute is in threads.test.ts.
import { Worker } from 'node:worker_threads'
import { Adam, arange, randn, setThreads, TapeError, type Tensor, ThreadError } from 'tapegrad'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { names, numbered } from '../../../src/kernels/engine.ts'
import { evacuate } from '../../../src/kernels/memory/heap.ts'
import { ARITY, word } from '../../../src/kernels/threads/worker.ts'

const bits = (x: ArrayBufferView): Buffer =>
  Buffer.from(new Uint8Array(x.buffer, x.byteOffset, x.byteLength))

/** Node's worker_threads with a Worker of our choosing, and the warnings while it lasts. */
function withWorker(Thread: unknown): string[] {
  const warnings: string[] = []
  vi.spyOn(process, 'getBuiltinModule').mockImplementation((() => ({
    Worker: Thread,
  })) as unknown as typeof process.getBuiltinModule)
  vi.spyOn(process, 'emitWarning').mockImplementation(
    (message) => void warnings.push(String(message)),
  )
  return warnings
}

afterEach(async () => {
  vi.restoreAllMocks()
  await setThreads(1)
})

describe('a worker that does not finish its part', () => {
  /**
   * Takes one part, writes `numbers` over the first of what the part writes, waits until it is
   * woken, and writes them once more.
   */
  const stalling = `const { parentPort } = require('node:worker_threads')
    parentPort.once('message', ({ memory, control, parts }) => {
      parentPort.postMessage('ready')
      let part = -1
      while (part < 0) part = Atomics.load(control, ${word.untaken}) < 1 ? -1 : Atomics.sub(control, ${word.untaken}, 1) - 1
      const write = (x) => new Float32Array(memory.buffer, parts[part * ${ARITY}], 1000).fill(x)
      write(111)
      Atomics.wait(control, ${word.kernel}, control[${word.kernel}])
      write(222)
      Atomics.store(control, ${word.sleeping}, 333)
      Atomics.notify(control, ${word.sleeping})
    })`
  /**
   * Two threads of which one stalls in its first part; `wake` lets it go on and waits until it has.
   */
  async function stalled(): Promise<{ warnings: string[]; wake(): void }> {
    let control = new Int32Array(new SharedArrayBuffer(0))
    const warnings = withWorker(
      class extends Worker {
        constructor(_: string, options: object) {
          super(stalling, options)
        }
        override postMessage(message: { control: Int32Array<SharedArrayBuffer> }): void {
          control = message.control
          super.postMessage(message)
        }
        // As of a thread that the system does not let run: it would end when it runs again, but not
        // before it has written.
        override async terminate(): Promise<number> {
          return 0
        }
      },
    )
    expect(await setThreads(2)).toBe(2)
    const { now } = performance
    let hours = 0
    vi.spyOn(performance, 'now').mockImplementation(
      () => now.call(performance) + hours++ * 3_600_000,
    )
    vi.spyOn(Atomics, 'wait').mockReturnValue('timed-out')
    const wake = (): void => {
      Atomics.add(control, word.kernel, 1)
      Atomics.notify(control, word.kernel)
      Atomics.wait(control, word.sleeping, 0, 10_000)
      expect(control[word.sleeping]).toBe(333)
    }
    return { warnings, wake }
  }

  const n = 300_000
  const ramp = (): Tensor => arange(0, n, 1, { dtype: 'float32' })
  const refusal = (fn: () => unknown): unknown => {
    try {
      fn()
    } catch (error) {
      return error
    }
    return null
  }

  test.each([
    ['before', false],
    ['after', true],
  ])(
    'is an error, what it was to write is refused, and all else is as it was when it wakes, %s ' +
      'the heap was emptied',
    async (_, emptied) => {
      evacuate()
      const [p, kept] = [ramp(), ramp()]
      p.requiresGrad = true
      const optimiser = new Adam([p], { lr: 1 })
      p.mul(2).sum().backward()
      const { warnings, wake } = await stalled()
      let error: unknown = null
      // Until the worker has come in time to take a part.
      for (let i = 0; error === null && i < 1000; i++) error = refusal(() => optimiser.step())
      expect(error).toBeInstanceOf(ThreadError)
      expect(String(error)).toBe(
        'ThreadError: setThreads: expected each thread to finish its part of adam_f32, got none ' +
          'for 60 s: the numbers that the call was to write are refused from now on, and one ' +
          'thread goes on: load them from where they were saved',
      )
      expect(warnings).toEqual([])
      expect(() => p.toArray()).toThrow(
        /was being written by adam_f32 on a thread that did not finish/,
      )
      expect(p.grad?.toTypedArray().every((v) => v === 2)).toBe(true)
      // Everything made anew lies elsewhere, in and after the heap as it is, and so does the room
      // of other threads.
      const before = Array.from({ length: 12 }, ramp)
      vi.restoreAllMocks()
      if (emptied) {
        evacuate()
        expect(await setThreads(2)).toBe(2)
      }
      const inUse = [...before, kept].map((x) => x.add(0))
      wake()
      const expected = Float32Array.from({ length: n }, (_, i) => i)
      for (const x of [...before, ...inUse, kept])
        expect(bits(x.toTypedArray()).equals(bits(expected))).toBe(true)
      expect(() => p.add(1)).toThrow(TapeError)
    },
  )

  test('leaves one thread that computes the same, and threads can be started again', async () => {
    const [a, b] = [randn([300, 300]), randn([300, 300])]
    const expected = bits(a.matmul(b).toTypedArray())
    await stalled()
    let error: unknown = null
    for (let i = 0; error === null && i < 10_000; i++) error = refusal(() => a.matmul(b))
    expect(String(error)).toContain('its part of matmul_f32, got none for 60 s')
    expect(bits(a.matmul(b).toTypedArray()).equals(expected)).toBe(true)
    vi.restoreAllMocks()
    expect(await setThreads(3)).toBe(3)
    expect(bits(a.matmul(b).toTypedArray()).equals(expected)).toBe(true)
  })

  test('is told at once where it fails', async () => {
    const warnings = withWorker(
      class extends Worker {
        constructor(source: string, options: object) {
          super(
            source.replace(
              'kernels[control',
              'if (true) throw new Error("broken"); kernels[control',
            ),
            options,
          )
        }
      },
    )
    expect(await setThreads(2)).toBe(2)
    const x = ramp()
    let error: unknown = null
    for (let i = 0; error === null && i < 10_000; i++) error = refusal(() => x.exp())
    expect(String(error)).toMatch(
      /^ThreadError: setThreads: expected each thread to finish its part of exp_f32, got one that failed in it: /,
    )
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(warnings).toEqual([])
    expect(x.exp().toTypedArray()[1]).toBeCloseTo(Math.E, 5)
  })
})

test('a worker is waited for where this thread fails in its own part', async () => {
  let control = new Int32Array(new SharedArrayBuffer(0))
  withWorker(
    class extends Worker {
      constructor(source: string, options: object) {
        super(
          source.replace(
            'kernels[control',
            `Atomics.wait(control, ${word.failed}, 0, 30); kernels[control`,
          ),
          options,
        )
      }
      override postMessage(message: { control: Int32Array<SharedArrayBuffer> }): void {
        control = message.control
        super.postMessage(message)
      }
    },
  )
  await setThreads(2)
  const x = randn([200_000])
  const id = names.indexOf('exp_f32')
  const alone = numbered[id]
  // Only this thread calls what stands here: it has taken one part of four, and fails when the
  // worker has taken another.
  numbered[id] = () => {
    while (Atomics.load(control, word.untaken) > 2);
    throw new RangeError('Maximum call stack size exceeded')
  }
  expect(() => x.exp()).toThrow(RangeError)
  numbered[id] = alone
  expect(control[word.done]).toBeGreaterThan(0)
  expect(control[word.untaken]).toBeLessThanOrEqual(0)
  const shared = x.exp().toTypedArray()
  await setThreads(1)
  expect(bits(shared).equals(bits(x.exp().toTypedArray()))).toBe(true)
})
