// What a user computes through the BLAS library of this system, where there is one: sequences, the
// documents, the layers.

import { Generator, grad, LSTM, randn, useBuiltInKernels, useSystemBlas } from 'tapegrad'
import { beforeAll, describe, expect, test } from 'vitest'
import { plugInBlas } from '../src/kernels/blas/blas.ts'

/** Every product goes through the library, however small. */
const plugIn = (): Promise<unknown> => plugInBlas(undefined, 1, 1)
/** Null where there is none; one that is there and refused is a failure. */
const found = await plugIn().catch((error: Error) => {
  if (!error.message.includes('found none of')) throw error
  return null
})

describe.runIf(found)(
  'through the BLAS library of this system (not run where there is none)',
  () => {
    beforeAll(plugIn)

    test('a sequence goes on when the library is plugged in or out between forward and backward', async () => {
      const choose = (blas: boolean): unknown => (blas ? useSystemBlas() : useBuiltInKernels())
      async function gradients(forward: boolean, back: boolean): Promise<number[]> {
        const settings = { generator: new Generator(1), dtype: 'float64' } as const
        const lstm = new LSTM(8, 16, settings)
        const x = randn([8, 5, 8], settings)
        await choose(forward)
        const { output } = lstm.forward(x)
        await choose(back)
        return grad(output.square().sum(), lstm.parameters()).flatMap((g) => [...g.toTypedArray()])
      }
      const expected = await gradients(false, false)
      for (const forward of [false, true])
        for (const back of [false, true])
          for (const [i, value] of (await gradients(forward, back)).entries())
            expect(value).toBeCloseTo(expected[i], 10)
      await plugIn()
    })

    describe('the documents', async () => {
      await import('./documents/d0.test.ts')
      await import('./documents/d1.test.ts')
      await import('./documents/d2.test.ts')
      await import('./documents/d4.test.ts')
      await import('./documents/errata.test.ts')
    })

    describe('the layers', async () => {
      await import('./tensor/sequence/sequence.test.ts')
      await import('./layers/pytorch.test.ts')
      await import('./layers/recurrent/recorded.test.ts')
    })
  },
)
