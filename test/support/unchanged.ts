// What every test file finds, and has to leave, that takes its process over from others: the
// built-in kernels on one thread, a tape that records, and the random numbers of a new process.

import { manualSeed } from 'tapegrad'
import { afterAll, expect } from 'vitest'
import { recording } from '../../src/autograd/tape.ts'
import { pluggedIn } from '../../src/kernels/blas/product.ts'
import { floatKernels, start } from '../../src/kernels/engine.ts'
import { origins } from '../../src/tensor/inspect/anomaly.ts'

start()
manualSeed(0)
// Threads put other functions in the kernels' place.
const { matmul } = floatKernels.float32

afterAll(() => {
  expect({ recording, library: pluggedIn(), origins }).toEqual({
    recording: true,
    library: null,
    origins: null,
  })
  expect(floatKernels.float32.matmul).toBe(matmul)
})
