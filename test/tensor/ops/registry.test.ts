// Every op of the registry: known values, derivatives of every order against differences, and the
// laws that all ops obey. Nothing here knows which op it has.

import fc from 'fast-check'
import { DTypeError, grad, type Tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { evacuate } from '../../../src/kernels/memory/heap.ts'
import {
  anyShape,
  type Case,
  edgeShape,
  type Plain,
  sizeOf,
  toTensor,
} from '../../support/cases.ts'
import {
  checkDerivatives,
  differences,
  gradients,
  weigh,
  weightsLike,
} from '../../support/derivatives.ts'
import { expectClose, weights } from '../../support/numbers.ts'
import { numbersOf, unfold } from '../../support/tensors.ts'
import { disguises } from './disguises.ts'
import { rows } from './registry.ts'

const leaves = (inputs: readonly Plain[], dtype: 'float32' | 'float64' = 'float64'): Tensor[] =>
  inputs.map((x) => toTensor(x, dtype, true))
const seeds = fc.nat(9999)
/** Cotangents for every output. */
const cotangents = (outputs: readonly Tensor[], seed: number): Tensor[] =>
  outputs.map((y, k) => weightsLike(y, seed + k))
const flat = (tensors: readonly Tensor[]): number[] => tensors.flatMap(numbersOf)
const shapes = (tensors: readonly Tensor[]): (readonly number[])[] => tensors.map((x) => x.shape)

describe.each(rows)('%s', (_, row) => {
  const cases = row.cases(anyShape)
  const smooth = row.orders > 0
  const each = (runs: number, law: (call: Case, seed: number) => void): void =>
    fc.assert(fc.property(cases, seeds, law), { numRuns: runs })

  it('gives the known values', () => {
    for (const [result, expected] of row.known) {
      const results = [result()].flat()
      const nested = results.length > 1 ? unfold(expected) : [unfold(expected)]
      results.forEach((y, k) => {
        const plain = [(nested as unknown[])[k]].flat(9).map(Number)
        expectClose(numbersOf(y), plain, 1e-14)
        expect(String(y.toArray()).split(',').length).toBe(plain.length)
      })
    }
  })

  it('gives in float32 what it gives in float64', () => {
    each(50, (call) => {
      const narrow = call.run(leaves(call.inputs, 'float32'))
      const wide = call.run(leaves(call.inputs))
      expect(shapes(narrow)).toEqual(shapes(wide))
      expectClose(flat(narrow), flat(wide), 1e-5)
    })
  })

  it('takes the dtypes it names and refuses the others', () => {
    each(30, (call) => {
      for (const dtype of ['int32', 'bool'] as const) {
        const whole = call.inputs.map(({ shape, values }) => ({
          shape,
          values: values.map((x) => (dtype === 'int32' ? 16 * x : Number(x > 0))),
        }))
        const run = () => call.run(whole.map((x) => toTensor(x, dtype)))
        if (row.dtypes.includes(dtype))
          expect(flat(run())).toEqual(flat(call.run(leaves(whole))).map((x) => x + 0))
        else expect(run).toThrow(DTypeError)
      }
    })
  })

  it('does not care where its inputs are', () => {
    each(20, (call) => {
      const plain = call.inputs.map((x) => toTensor(x))
      for (const disguise of Object.values(disguises))
        expect(flat(call.run(plain.map(disguise)))).toEqual(flat(call.run(plain)))
    })
  })

  it('leaves its inputs as they were, and requires a gradient only where one is defined', () => {
    each(20, (call, seed) => {
      const inputs = leaves(call.inputs)
      const outputs = call.run(inputs)
      for (const y of outputs) expect(y.requiresGrad).toBe(smooth && inputs.length > 0)
      if (smooth) gradients(weigh(outputs, cotangents(outputs, seed)), inputs)
      expect(inputs.map(numbersOf)).toEqual(call.inputs.map((x) => x.values))
    })
  })

  it('takes 0-d and empty tensors', () => {
    fc.assert(
      fc.property(row.cases(edgeShape), seeds, (call, seed) => {
        const inputs = leaves(call.inputs)
        const outputs = call.run(inputs)
        if (!smooth) return
        const found = gradients(weigh(outputs, cotangents(outputs, seed)), inputs)
        const again = gradients(weigh(call.run(inputs), cotangents(outputs, seed)), inputs, true)
        expect(shapes(found)).toEqual(shapes(inputs))
        expectClose(flat(found), flat(again), 1e-12)
      }),
      { numRuns: 50 },
    )
  })

  if (!smooth) return

  it.each([
    ['first', 1, 40],
    ['second', 2, 12],
    ['third', 3, 4],
  ] as const)('%s derivative agrees with differences', (_, order, runs) => {
    if (order > row.orders) return
    each(runs, (call, seed) => {
      // The cotangents are inputs too, so that mixed derivatives are checked with the others.
      const outputs = call.run(leaves(call.inputs))
      const u = outputs.map((y, k) => ({ shape: y.shape, values: weights(y.size, seed + k) }))
      const phi = (xs: readonly Tensor[]): Tensor =>
        weigh(call.run(xs.slice(0, call.inputs.length)), xs.slice(call.inputs.length))
      checkDerivatives(phi, [...call.inputs, ...u], order, seed)
    })
  })

  it('has gradients of the inputs’ shapes and dtypes', () => {
    each(30, (call, seed) => {
      for (const dtype of ['float32', 'float64'] as const) {
        const inputs = leaves(call.inputs, dtype)
        const outputs = call.run(inputs)
        const found = gradients(weigh(outputs, cotangents(outputs, seed)), inputs)
        expect(shapes(found)).toEqual(shapes(inputs))
        expect(found.map((g) => g.dtype)).toEqual(inputs.map(() => dtype))
      }
    })
  })

  it('has a gradient that is linear in the cotangent', () => {
    each(30, (call, seed) => {
      const inputs = leaves(call.inputs)
      const outputs = call.run(inputs)
      const by = (u: readonly Tensor[]): number[] =>
        flat(grad(outputs, inputs, { gradOutputs: u, retainGraph: true, allowUnused: true }))
      const [u, v] = [cotangents(outputs, seed), cotangents(outputs, seed + 7)]
      const mixed = by(u.map((g, k) => g.mul(3).sub((v[k] as Tensor).mul(0.5))))
      const fromV = by(v)
      expectClose(
        mixed,
        by(u).map((g, k) => 3 * g - 0.5 * (fromV[k] as number)),
        1e-12,
      )
    })
  })

  it('satisfies ⟨u, Jv⟩ = ⟨Jᵀu, v⟩, Jv by differentiating Jᵀ and by differences', () => {
    each(20, (call, seed) => {
      const inputs = leaves(call.inputs)
      const outputs = call.run(inputs)
      const w = cotangents(outputs, seed + 1).map((x) =>
        toTensor({ shape: x.shape, values: numbersOf(x) }, 'float64', true),
      )
      const jtw = grad(outputs, inputs, { gradOutputs: w, createGraph: true, allowUnused: true })
      const v = inputs.map((x, k) => weightsLike(x, seed + 20 + k))
      const jv = gradients(weigh(jtw, v), w)
      const u = cotangents(outputs, seed + 40)
      const jtu = gradients(weigh(outputs, u), inputs)
      const dot = (a: readonly Tensor[], b: readonly Tensor[]): number =>
        flat(a).reduce((sum, x, k) => sum + x * (flat(b)[k] as number), 0)
      expectClose([dot(u, jv)], [dot(jtu, v)], 1e-11)
      const along = (t: number) =>
        call.inputs.map(({ shape, values }, i) => ({
          shape,
          values: values.map((x, k) => x + t * (numbersOf(v[i] as Tensor)[k] as number) * 0.125),
        }))
      const moved = differences(
        ([t]) => dot(u, call.run(leaves(along(t.values[0] as number)))),
        [{ shape: [1], values: [0] }],
      )
      if (row.orders === 3) expectClose([dot(u, jv) * 0.125], moved[0] as number[], 1e-7)
    })
  })

  it('adds into a gradient in place what it would have given by itself', () => {
    each(30, (call, seed) => {
      // Each input is used three times: the second and third gradient are added into the first,
      // unless the walk is recorded.
      const walked = (createGraph: boolean): number[] => {
        const inputs = leaves(call.inputs)
        const uses = [0, 1, 2].flatMap((k) => {
          const outputs = call.run(k === 2 ? inputs.map((x) => x.mul(1)) : inputs)
          return weigh(outputs, cotangents(outputs, seed + 5 * k))
        })
        return flat(
          gradients(
            uses.reduce((a, b) => a.add(b)),
            inputs,
            createGraph,
          ),
        )
      }
      const alone = [0, 1, 2].map((k) => {
        const inputs = leaves(call.inputs)
        const outputs = call.run(inputs)
        return flat(gradients(weigh(outputs, cotangents(outputs, seed + 5 * k)), inputs, true))
      })
      const expected = (alone[0] as number[]).map((_, k) =>
        alone.reduce((sum, g) => sum + (g[k] as number), 0),
      )
      expectClose(walked(true), expected, 1e-12, 'recorded')
      expectClose(walked(false), expected, 1e-12, 'in place')
    })
  })

  it('adds up the gradients of one tensor given as every input', () => {
    each(20, (call, seed) => {
      const [first] = call.inputs
      if (
        first === undefined ||
        call.inputs.length < 2 ||
        call.inputs.some(({ shape }) => String(shape) !== String(first.shape))
      )
        return
      const apart = leaves(call.inputs.map(() => first))
      const outputs = call.run(apart)
      const u = cotangents(outputs, seed)
      const separate = gradients(weigh(outputs, u), apart).map(numbersOf)
      const x = toTensor(first, 'float64', true)
      const [together] = gradients(weigh(call.run(call.inputs.map(() => x)), u), [x])
      const sum = (separate[0] as number[]).map((_, k) =>
        separate.reduce((total, g) => total + (g[k] as number), 0),
      )
      if (sum.every(Number.isFinite)) expectClose(numbersOf(together as Tensor), sum, 1e-12)
    })
  })

  it('gives an input the same gradient when it is the only one to require one', () => {
    each(20, (call, seed) => {
      const of = (required: (i: number) => boolean): Tensor[] => {
        const inputs = call.inputs.map((x, i) => toTensor(x, 'float64', required(i)))
        const outputs = call.run(inputs)
        return gradients(
          weigh(outputs, cotangents(outputs, seed)),
          inputs.filter((_, i) => required(i)),
        )
      }
      const together = of(() => true)
      call.inputs.forEach((_, k) => {
        const [alone] = of((i) => i === k) as [Tensor]
        expectClose(numbersOf(alone), numbersOf(together[k] as Tensor), 1e-13, `input ${k}`)
      })
    })
  })

  it('has the same gradient wherever its inputs, cotangents and results are', () => {
    each(20, (call, seed) => {
      const plain = leaves(call.inputs)
      const results = call.run(plain)
      const expected = gradients(weigh(results, cotangents(results, seed)), plain, true).map(
        numbersOf,
      )
      for (const disguise of Object.values(disguises)) {
        const inputs = call.inputs.map((x) => disguise(toTensor(x)).detach())
        for (const x of inputs) x.requiresGrad = true
        const outputs = call.run(inputs)
        const gradOutputs = cotangents(outputs, seed).map(disguise)
        evacuate()
        grad(outputs, inputs, { gradOutputs, allowUnused: true }).forEach((g, i) => {
          expectClose(numbersOf(g), expected[i] as number[], 1e-12)
        })
      }
    })
  })

  it('gives the same bits when the graph is walked again', () => {
    each(15, (call, seed) => {
      const inputs = leaves(call.inputs)
      const outputs = call.run(inputs)
      const walk = () => {
        for (const x of inputs) x.grad = null
        weigh(outputs, cotangents(outputs, seed)).backward(null, { retainGraph: true })
        return inputs.map((x) => (x.grad === null ? null : numbersOf(x.grad)))
      }
      if (outputs.length > 0 && sizeOf((outputs[0] as Tensor).shape) >= 0)
        expect(walk()).toEqual(walk())
    })
  })
})
