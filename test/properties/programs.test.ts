// Laws that hold for every program over the ops, on random ones: three ways to a derivative,
// changes that change nothing, and where numbers live.

import fc from 'fast-check'
import { cat, jvp, noGrad, type Tensor, tensor } from 'tapegrad'
import { type Program, programs } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { evacuate } from '../../src/kernels/memory/heap.ts'
import { gradients, weigh, weightsLike } from '../support/derivatives.ts'
import { expectClose } from '../support/numbers.ts'
import { numbersOf } from '../support/tensors.ts'
import { runs } from './runs.ts'

const forPrograms = (law: (program: Program, seed: number) => void): void => {
  fc.assert(fc.property(programs(), fc.nat(999), law), runs(200))
}

/**
 * The results of all steps; every value, inputs included, goes through `through` before it is used.
 */
function results(
  { steps }: Program,
  inputs: readonly Tensor[],
  through: (x: Tensor) => Tensor = (x) => x,
): Tensor[] {
  const values = inputs.map(through)
  for (const { operands, run } of steps) values.push(through(run(operands.map((at) => values[at]))))
  return values
}
const last = (values: readonly Tensor[]): Tensor => values.at(-1) as Tensor

/** Value and gradients, for uneven cotangents. */
function outcome(y: Tensor, inputs: readonly Tensor[], seed: number): number[][] {
  const value = numbersOf(y)
  return [value, ...gradients(weigh([y], [weightsLike(y, seed)]), inputs).map(numbersOf)]
}

function expectAlike(
  actual: readonly number[][],
  expected: readonly number[][],
  tolerance: number,
): void {
  actual.forEach((numbers, i) => {
    expectClose(
      numbers,
      expected[i],
      tolerance,
      i === 0 ? 'the value' : `the gradient of input ${i - 1}`,
    )
  })
}

const STEP = 2 ** -12

/**
 * The derivative of f along a direction, by five points on the line: (f(−2h) − 8f(−h) + 8f(h) −
 * f(2h)) / 12h.
 */
function alongLine(
  { inputs }: Program,
  direction: readonly Tensor[],
  f: (inputs: Tensor[]) => number[],
): number[] {
  const at = (t: number): number[] => {
    const moved = noGrad(() => inputs.map((x, i) => x.add(direction[i].mul(t * STEP)).detach()))
    for (const x of moved) x.requiresGrad = true
    return f(moved)
  }
  const [a, b, c, d] = [-2, -1, 1, 2].map(at)
  return a.map((x, i) => (x - 8 * b[i] + 8 * c[i] - d[i]) / (12 * STEP))
}

const dot = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, n, i) => sum + n * y[i], 0)

it('a derivative is the same backward, forward, and by differences', () => {
  forPrograms((program, seed) => {
    const { inputs } = program
    const direction = inputs.map((x, i) => weightsLike(x, seed + i))
    const forward = numbersOf(jvp((...xs: Tensor[]) => program.run(xs), inputs, direction).tangent)
    expectClose(
      forward,
      alongLine(program, direction, (xs) => numbersOf(program.run(xs))),
      1e-7,
      'Jv, forward against differences:',
    )
    const y = program.run()
    const u = weightsLike(y, seed + 9)
    const backward = gradients(weigh([y], [u]), inputs).reduce(
      (sum, g, i) => sum + dot(numbersOf(g), numbersOf(direction[i])),
      0,
    )
    expectClose([backward], [dot(numbersOf(u), forward)], 1e-11, '⟨Jᵀu, v⟩ against ⟨u, Jv⟩:')
  })
})

it('so is the second', () => {
  forPrograms((program, seed) => {
    const { inputs } = program
    const direction = inputs.map((x, i) => weightsLike(x, seed + i))
    const slopes = (xs: readonly Tensor[]): Tensor[] => {
      const y = program.run(xs)
      return gradients(weigh([y], [weightsLike(y, seed + 9)]), xs, true)
    }
    const twice = gradients(weigh(slopes(inputs), direction), inputs).flatMap(numbersOf)
    const expected = alongLine(program, direction, (xs) => slopes(xs).flatMap(numbersOf))
    expectClose(twice, expected, 1e-6, 'Hv, by a second walk against differences of the first:')
  })
})

describe('what changes nothing changes no gradient', () => {
  const nothings: Record<string, (x: Tensor) => Tensor> = {
    'times 1': (x) => x.mul(1),
    'plus 0': (x) => x.add(0),
    'a reshape to itself': (x) => x.reshape(x.shape),
    'a reshape there and back': (x) => x.reshape([-1]).reshape(x.shape),
    'a clone': (x) => x.clone(),
    'two transpositions': (x) =>
      x.rank < 2
        ? x.reshape([-1, 1]).t().t().reshape(x.shape)
        : x.transpose(0, -1).transpose(0, -1),
    'two negations': (x) => x.neg().neg(),
    'a cat of one': (x) => (x.rank === 0 ? x : cat([x])),
  }
  it.each(Object.entries(nothings))('%s, after every step', (_, nothing) => {
    forPrograms((program, seed) => {
      const expected = outcome(program.run(), program.inputs, seed)
      expectAlike(
        outcome(last(results(program, program.inputs, nothing)), program.inputs, seed),
        expected,
        1e-12,
      )
    })
  })

  it('branches that nothing uses, even such that are infinite', () => {
    const branching = (x: Tensor): Tensor => {
      x.mul(0).log().mul(x)
      return x
    }
    forPrograms((program, seed) => {
      const expected = outcome(program.run(), program.inputs, seed)
      // Not to the bit: a transposed view that the branch reads is rewritten in its own order, and
      // a product of it then adds up in another.
      expectAlike(
        outcome(last(results(program, program.inputs, branching)), program.inputs, seed),
        expected,
        1e-12,
      )
    })
  })

  it('results computed anew for every use', () => {
    forPrograms((program, seed) => {
      const { inputs, steps } = program
      const anew = (at: number): Tensor => {
        if (at < inputs.length) return inputs[at]
        const { operands, run } = steps[at - inputs.length]
        return run(operands.map(anew))
      }
      const expected = outcome(program.run(), inputs, seed)
      expectAlike(outcome(anew(inputs.length + steps.length - 1), inputs, seed), expected, 1e-11)
    })
  })
})

it('a loop has the same gradients as for, reduce, recursion, and unrolled by hand', () => {
  forPrograms((program, seed) => {
    const { inputs } = program
    const [start, ...others] = inputs
    // The state keeps within 1/64 of where the program was drawn.
    const body = (state: Tensor): Tensor =>
      start.add(
        program
          .run([state, ...others])
          .mean()
          .tanh()
          .div(64),
      )
    const looped = (): Tensor => {
      let state = start
      for (let t = 0; t < 4; t++) state = body(state)
      return state
    }
    const recursive = (t: number): Tensor => (t === 0 ? start : body(recursive(t - 1)))
    const expected = outcome(looped(), inputs, seed)
    expect(outcome([1, 2, 3, 4].reduce(body, start), inputs, seed)).toEqual(expected)
    expect(outcome(recursive(4), inputs, seed)).toEqual(expected)
    expect(outcome(body(body(body(body(start)))), inputs, seed)).toEqual(expected)
  })
})

it('float32 agrees with float64', () => {
  forPrograms((program, seed) => {
    const single = program.inputs.map((x) =>
      tensor(x.toTypedArray(), { shape: x.shape, dtype: 'float32', requiresGrad: true }),
    )
    expectAlike(
      outcome(program.run(single), single, seed),
      outcome(program.run(), program.inputs, seed),
      1e-4,
    )
  })
})

describe('to the bit, it is the same', () => {
  it('recorded or not', () => {
    forPrograms((program) => {
      expect(numbersOf(noGrad(() => program.run()))).toEqual(numbersOf(program.run()))
    })
  })

  it('whenever the heap is evacuated', () => {
    const evacuated = (x: Tensor): Tensor => {
      evacuate()
      return x
    }
    forPrograms((program, seed) => {
      const expected = outcome(program.run(), program.inputs, seed)
      const y = last(results(program, program.inputs, evacuated))
      const [value, ...slopes] = outcome(y, program.inputs, seed)
      expect([value, ...slopes]).toEqual(expected)
    })
  })
})
