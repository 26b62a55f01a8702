// Recompute instead of store: the graph of a function's call is dropped, and recorded once more when a walk comes to it. The walk itself is autograd's business.

import { Node, now, type Rule, recording, rewound, withRecording } from '../autograd/index.ts'
import { memory } from '../kernels/engine.ts'
import { BYTES } from './dtype.ts'
import { TapeError } from './errors.ts'
import { grad } from './gradient.ts'
import { scoped, tensorsIn } from './lifetime.ts'
import { checkFunction, requireSync } from './options.ts'
import { watchStreams } from './random.ts'
import { sameShape, show } from './shape.ts'
import type { Tensor } from './tensor.ts'

/** A call whose graph was dropped: the clock at its beginning, the tensors it made, and what makes them again, recorded. */
interface Call {
  readonly since: number
  readonly outputs: readonly Tensor[]
  again(): Tensor[]
}

const rule: Rule<Tensor, Call> = {
  name: 'checkpoint',
  vjp(gradOutputs, y, inputs, { outputs, again }, wanted) {
    const targets = inputs.filter((_, i) => wanted[i])
    const cotangents = grad(again()[outputs.indexOf(y)], targets, { gradOutputs, createGraph: recording, allowUnused: true })
    return wanted.map((yes) => (yes ? (cotangents.shift() as Tensor) : null))
  },
  recompute({ since, outputs, again }, resume) {
    const walkOn = (): Tensor[] => {
      const values = again()
      resume(
        since,
        outputs.map((y, i) => [y.node as Node<Tensor>, values[i]]),
      )
      return values
    }
    if (!recording) return void scoped('checkpoint', () => void walkOn())
    // The walk's own graph is built upon the one that was recorded again: it stays, in the place of the one that was dropped.
    walkOn().forEach(({ node }, i) => {
      outputs[i].node = node
    })
  },
}

/** The tensors in a result that ops have recorded since. */
const made = (result: unknown, since: number): Tensor[] => tensorsIn(result).filter(({ node }) => node !== null && node.rule !== null && node.id > since)

/** Where the graph behind `y` began: the tensors that required a gradient before `since`. */
function boundary(y: Tensor, since: number): Tensor[] {
  const behind = new Set([y])
  for (const { node } of behind) if (node !== null && node.id > since) for (const input of node.inputs) behind.add(input)
  return [...behind].filter(({ node }) => node !== null && node.id <= since)
}

/** Throws a TapeError unless both calls gave the same tensors, to the bit. */
function requireRepeated(outputs: readonly Tensor[], again: readonly Tensor[]): void {
  const all = (tensors: readonly Tensor[]): string => tensors.map(({ shape, dtype }) => `${show(shape)} ${dtype}`).join(', ') || 'nothing'
  const fits = outputs.length === again.length && outputs.every(({ shape, dtype }, i) => sameShape(shape, again[i].shape) && dtype === again[i].dtype)
  if (!fits) throw new TapeError(`checkpoint: expected fn to give ${all(outputs)} when called again, got ${all(again)}: it must compute the same every time`)
  const changed = outputs.findIndex((y, i) => !sameBits(y, again[i]))
  if (changed < 0) return
  throw new TapeError(
    `checkpoint: expected fn to give the same numbers when called again, got others in ${all([again[changed]])}: it must compute the same every time`,
  )
}

function sameBits(a: Tensor, b: Tensor): boolean {
  if (a.flipped !== b.flipped) for (const t of [a, b]) t.straighten()
  const [at, bt] = [a.rawPtr, b.rawPtr]
  const length = a.size * BYTES[a.dtype]
  const [x, y] = [at, bt].map((ptr) => new Uint8Array(memory.buffer, ptr, length))
  return x.every((byte, i) => byte === y[i])
}

/**
 * A function of the same signature that keeps no intermediate results for the way back: only what it is given, the tensors it captures and what it returns.
 * A walk that comes to it calls `fn` once more and goes on through what that records: gradients, those of captured parameters among them, are the same to the
 * bit, and of every order (Chen et al. 2016, "Training deep nets with sublinear memory cost"). The random streams stand as they did for the first call, and
 * afterwards as before, so that dropout drops the same elements. `fn` may return tensors in arrays and objects; checkpoints nest.
 *
 * `fn` must be synchronous, compute the same every time and change nothing in place. What it made and did not return is recycled when it ends, as by noGrad().
 * Throws a ValueError unless `fn` is a function; a call throws a TapeError for an asynchronous one, and so does a walk where the second call gave other numbers.
 *
 * ```ts
 * const block = checkpoint((x: Tensor) => x.exp().log1p().tanh())
 * const x = tensor([0, 1], { requiresGrad: true })
 * grad(block(x).sum(), x) // [0.32, 0.1839]
 * ```
 */
export function checkpoint<Args extends readonly unknown[], R>(fn: (...args: Args) => R): (...args: Args) => R {
  checkFunction('checkpoint', 'a function', fn)
  return (...args) => {
    if (!recording) return requireSync('checkpoint', fn(...args))
    return scoped('checkpoint', () => {
      const since = now()
      const [result, withStreams] = watchStreams(() => fn(...args))
      const outputs = made(result, since)
      const call: Call = {
        since,
        outputs,
        again() {
          const values = withRecording(true, () => rewound(since, () => withStreams(() => made(fn(...args), since))))
          requireRepeated(outputs, values)
          return values
        },
      }
      // All inputs are found before the first node changes: an output may lie behind another.
      const inputs = outputs.map((y) => boundary(y, since))
      outputs.forEach((y, i) => {
        y.node = new Node(rule as Rule<Tensor>, inputs[i], call, y)
      })
      return result
    })
  }
}
