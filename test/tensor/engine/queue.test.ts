// Changes of threads and of the library that overlap, in any order, failing ones among them: the
// last of each kind counts, and what each resolves with is true then.

import fc from 'fast-check'
import {
  LibraryError,
  setThreads,
  tensor,
  useBuiltInKernels,
  useSystemBlas,
  ValueError,
} from 'tapegrad'
import { afterEach, expect, test } from 'vitest'
import { preparedLength } from '../../../src/kernels/blas/product.ts'
import { floatKernels, names, numbered } from '../../../src/kernels/engine.ts'

/** Whether there is a library on this system; without one, only the other changes are mixed. */
const found = await useSystemBlas().then(
  () => true,
  () => false,
)

afterEach(async () => {
  useBuiltInKernels()
  await setThreads(1)
})

/**
 * What is at work now: the built-in product packs an operand where a library reads it, and threads
 * stand in the kernels' places.
 */
const library = (): boolean => preparedLength('float32', 64, 64, 64, 0) === 0
const shared = (): boolean =>
  floatKernels.float32.exp !== (numbered[names.indexOf('exp_f32')] as unknown)

const n = 300
const [a, b] = [3, 5].map((step) =>
  tensor(
    Float32Array.from({ length: n * n }, (_, i) => ((i * step) % 7) - 3),
    { shape: [n, n] },
  ),
)
/** A product that is shared out where there are threads, and exact: sums of small whole numbers. */
const product = (): Float32Array => a.matmul(b).toTypedArray() as Float32Array
useBuiltInKernels()
const expected = product()

type Change = { threads: number } | { blas: number } | 'no library' | 'no threads' | 'built in'
const changes = fc.constantFrom<Change>(
  ...[1, 2, 1, 3].map((threads) => ({ threads })),
  ...(found ? [1, 2, 2] : []).map((blas) => ({ blas })),
  'no library',
  'no threads',
  'built in',
  'built in',
)

/** Asks for a change, and looks at what there is when it resolves. */
async function make(change: Change): Promise<void> {
  if (change === 'built in') {
    useBuiltInKernels()
    expect(library()).toBe(false)
  } else if (change === 'no library')
    await expect(useSystemBlas({ library: './nowhere.so' })).rejects.toBeInstanceOf(LibraryError)
  else if (change === 'no threads') await expect(setThreads(0)).rejects.toBeInstanceOf(ValueError)
  else if ('threads' in change) {
    expect(await setThreads(change.threads)).toBe(change.threads)
    expect(shared()).toBe(change.threads > 1)
  } else {
    const told = await useSystemBlas({ threads: change.blas })
    expect(library()).toBe(true)
    if (told.name === 'OpenBLAS') expect(told.threads).toBe(change.blas)
  }
  expect(product()).toEqual(expected)
}

test('the last of each kind counts', async () => {
  const property = fc.asyncProperty(
    fc.array(changes, { minLength: 2, maxLength: 6 }),
    async (all) => {
      useBuiltInKernels()
      await setThreads(1)
      await Promise.all(all.map(make))
      // When this one is refused, nothing that was asked for before is still under way.
      await useSystemBlas({ library: './nowhere.so' }).catch(() => {})
      const threads =
        all.findLast(
          (change): change is { threads: number } =>
            typeof change === 'object' && 'threads' in change,
        )?.threads ?? 1
      const chosen =
        all.findLast(
          (change) => change === 'built in' || (typeof change === 'object' && 'blas' in change),
        ) ?? 'built in'
      expect([shared(), library()]).toEqual([threads > 1, chosen !== 'built in'])
      expect(product()).toEqual(expected)
    },
  )
  const examples: Change[][] = [
    [{ threads: 2 }, { threads: 1 }],
    [{ threads: 3 }, { threads: 1 }, { threads: 2 }, 'no threads'],
    ...(found
      ? ([
          [{ blas: 2 }, 'built in'],
          [{ threads: 2 }, { blas: 2 }, 'no library', { blas: 1 }, { threads: 1 }],
        ] satisfies Change[][])
      : []),
  ]
  await fc.assert(property, { numRuns: 4, examples: examples.map((all): [Change[]] => [all]) })
})

test.runIf(found)(
  'a library on several threads, and the same on one at the same time',
  async () => {
    for (const order of [
      [{ threads: 2 }, {}],
      [{}, { threads: 2 }],
    ]) {
      await setThreads(2)
      await Promise.all(order.map((options) => useSystemBlas(options)))
      expect(product()).toEqual(expected)
      await setThreads(1)
      expect(product()).toEqual(expected)
    }
  },
)
