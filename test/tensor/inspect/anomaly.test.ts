// detectAnomaly(): who made the first NaN or Infinity, on the way there or back, and which line of
// this file called it.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import {
  AnomalyError,
  checkpoint,
  detectAnomaly,
  grad,
  Linear,
  LSTM,
  noGrad,
  ones,
  TapeError,
  type Tensor,
  tensor,
  unary,
  ValueError,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { d, leaf } from '../../support/tensors.ts'

/** The number of the line in this file that calls it. */
function here(): number {
  const frame = (new Error().stack as string)
    .split('\n')
    .filter((text) => text.includes('anomaly.test.ts'))[1]
  return Number(/:(\d+):\d+\)?$/.exec(frame)?.[1])
}

/** The anomaly that `fn` meets. */
function met(fn: () => unknown): AnomalyError {
  try {
    detectAnomaly(fn)
  } catch (error) {
    if (error instanceof AnomalyError) return error
    throw error
  }
  throw new Error('expected an anomaly, got none')
}

const lineOf = (error: AnomalyError): number =>
  Number(/anomaly\.test\.ts:(\d+):\d+$/.exec(error.line ?? '')?.[1])
const summary = ({ op, shape, direction }: AnomalyError) => [op, ...shape, direction]

describe('forward', () => {
  it('names the op, the shape of its result, what it made where, and the line', () => {
    const x = leaf([
      [1, 2],
      [3, 0],
    ])
    let line = 0
    const error = met(() => {
      const y = x.mul(2)
      line = here() + 1
      return y.log().exp().sum()
    })
    expect(summary(error)).toEqual(['log', 2, 2, 'forward'])
    expect(lineOf(error)).toBe(line)
    expect(error.message).toBe(
      'log (2, 2): expected finite numbers, got -Infinity at [1, 1] of its result (2, 2): ' +
        `forward, called at ${error.line}`,
    )
    expect((error.cause as Error).stack).toContain('anomaly.test.ts')
  })

  it('finds it recorded or not, in float32, in custom ops, and in layers of layers', () => {
    expect(summary(met(() => noGrad(() => tensor([-1, 1]).sqrt())))).toEqual(['sqrt', 2, 'forward'])
    const odd = unary('odd', { f: (x) => x / 0, vjp: (g) => g })
    expect(summary(met(() => odd(tensor([1]))))).toEqual(['odd', 1, 'forward'])
    const linear = new Linear(2, 1)
    const line = here() + 1
    const error = met(() => linear.forward(tensor([[Number.NaN, 1]])))
    expect([error.direction, lineOf(error)]).toEqual(['forward', line])
    expect(met(() => new LSTM(2, 3).forward(tensor([[[Number.NaN, 1]]]))).message).toMatch(
      /got NaN .* called at .*anomaly\.test\.ts/,
    )
  })

  it('says where in a tensor that is kept the other way round', () => {
    const x = tensor([
      [1, 2, 3],
      [4, Number.NaN, 6],
    ])
    expect(met(() => x.t()).message).toMatch(
      /^\S+ \(3, 2\): expected finite numbers, got NaN at \[1, 1\]/,
    )
    expect(met(() => x.slice(1, 1)).message).toContain('got NaN at [1, 0]')
  })

  it('lets an Infinity pass that an op was given, and a NaN that a formula takes back', () => {
    const mask = tensor([true, false])
    const scores = leaf([1, 2])
    const weights = detectAnomaly(() => scores.where(mask, -Infinity).softmax())
    expect(weights.toArray()).toEqual([1, 0])
    detectAnomaly(() => weights.sum().backward())
    const x = leaf([0, 2])
    detectAnomaly(() =>
      x
        .pow(d([0, 3]))
        .sum()
        .backward(),
    )
    expect(x.grad?.toArray()).toEqual([0, 12])
  })
})

describe('backward', () => {
  it('names the op whose derivative it is, and the line that called the op', () => {
    const x = leaf([4, 0, 1])
    let line = 0
    const error = met(() => {
      line = here() + 1
      const y = x.sqrt().mul(2)
      y.sum().backward()
    })
    expect(summary(error)).toEqual(['sqrt', 3, 'backward'])
    expect(lineOf(error)).toBe(line)
    expect(error.message).toBe(
      'sqrt (3): expected finite numbers, got Infinity at [1] of the gradient (3) it gives an ' +
        `input: backward, called at ${error.line}`,
    )
    expect(x.grad).toBe(null)
  })

  it('finds a sum of gradients that overflows', () => {
    const x = leaf([0.1, 0])
    const error = met(() => {
      const [a, b] = [x.mul(1.7e308), x.mul(1.7e308)]
      a.add(b).sum().backward()
    })
    expect(summary(error)).toEqual(['mul', 2, 'backward'])
    expect(error.message).toContain('got Infinity at [0] of the gradient (2)')
  })

  it('says so when the op was called before', () => {
    const y = leaf(0).sqrt()
    const error = met(() => y.backward())
    expect([error.op, error.direction, error.line]).toEqual(['sqrt', 'backward', null])
    expect(error.message).toContain('called before detectAnomaly()')
  })

  it('of the second order is laid to the line of the op that the derivative belongs to', () => {
    const x = leaf([1e-300])
    let line = 0
    const error = met(() => {
      line = here() + 1
      const y = x.log()
      const first = grad(y.sum(), x, { createGraph: true })
      return grad(first.sum(), x)
    })
    expect([error.direction, lineOf(error)]).toEqual(['backward', line])
  })

  it('names the line inside a checkpoint', () => {
    const x = leaf([4, 0])
    let line = 0
    const block = checkpoint((t: Tensor) => {
      line = here() + 1
      return t.mul(1).sqrt().mul(3)
    })
    const error = met(() => block(x).sum().backward())
    expect([error.op, error.direction, lineOf(error)]).toEqual(['sqrt', 'backward', line])
    const made = block(x)
    expect(lineOf(met(() => made.sum().backward()))).toBe(line)
  })

  it('of fused sequences', () => {
    const lstm = new LSTM(2, 3)
    const error = met(() =>
      lstm
        .forward(ones([1, 4, 2]))
        .output.backward(tensor(Array(12).fill(3e38), { shape: [1, 4, 3] })),
    )
    expect([error.direction, lineOf(error) > 0]).toEqual(['backward', true])
  })
})

describe('detection', () => {
  it('returns what fn returns, gives the same gradients, nests, and ends with it', () => {
    const x = leaf([1, 2])
    const walk = () => {
      x.grad = null
      x.exp().mul(x).sum().backward()
      return x.grad as Tensor | null
    }
    const plain = walk()?.toArray()
    expect(detectAnomaly(() => detectAnomaly(walk))?.toArray()).toEqual(plain)
    expect(() => detectAnomaly(() => [detectAnomaly(() => 1), leaf(-1).log()])).toThrow(
      AnomalyError,
    )
    expect(leaf(-1).log().item()).toBeNaN()
  })

  it('refuses what is no function, and an asynchronous one', () => {
    expect(() => detectAnomaly(1 as never)).toThrow(ValueError)
    expect(() => detectAnomaly(async () => 1)).toThrow(TapeError)
    expect(leaf(-1).log().item()).toBeNaN()
  })
})

it('finds the line of the caller in a bundle too, and from source by tsx', async () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  const folder = mkdtempSync(join(tmpdir(), 'anomaly (line) '))
  try {
    await build({
      entryPoints: [join(root, 'src/index.ts')],
      outfile: join(folder, 'dist/index.mjs'),
      bundle: true,
      format: 'esm',
      packages: 'external',
    })
    const program = (
      from: string,
    ): string => `import { detectAnomaly, tensor } from ${JSON.stringify(from)}
      const inner = (x) =>
        x.log()
      try { detectAnomaly(() => inner(tensor([-1]))) } catch (error) { process.stdout.write(error.line) }`
    writeFileSync(join(folder, 'bundled.mjs'), program('./dist/index.mjs'))
    writeFileSync(join(folder, 'source.mts'), program(join(root, 'src/index.ts')))
    const run = (...args: string[]): string =>
      execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
    expect(run(join(folder, 'bundled.mjs'))).toMatch(/bundled\.mjs:3:11$/)
    expect(run('--import', 'tsx', join(folder, 'source.mts'))).toMatch(/source\.mts:3:11$/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
