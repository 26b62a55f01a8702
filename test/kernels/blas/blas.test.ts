// How a library is found, asked, checked and refused, played through with libraries written here: a
// stand-in for koffi loads them.

import {
  LibraryError,
  type Tensor,
  tensor,
  useBuiltInKernels,
  useSystemBlas,
  ValueError,
} from 'tapegrad'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { memory } from '../../../src/kernels/engine.ts'

type Functions = Record<string, (...operands: never[]) => unknown>

const stage = vi.hoisted(() => ({
  libraries: {} as Record<string, Functions>,
  tried: [] as string[],
  base: 2 ** 40,
}))

vi.mock('koffi', () => ({
  load(path: string) {
    stage.tried.push(path)
    const functions = stage.libraries[path]
    if (functions === undefined) throw new Error('Failed to load shared library: no such file')
    return {
      func(name: string) {
        if (functions[name] === undefined) throw new Error(`Cannot find function '${name}'`)
        return functions[name]
      },
    }
  },
  address(view: Uint8Array) {
    if (view.buffer !== memory.buffer) throw new Error('expected the memory as it is now')
    return BigInt(stage.base)
  },
}))

/** What is wrong with a library. */
interface Fault {
  deafTo?: 'A' | 'B'
  neverAdds?: boolean
  alwaysReads?: boolean
  skipsZeros?: boolean
  oversteps?: boolean
  coarse?: (x: number) => number
  wrongFrom?: number
  /**
   * Adds up the columns behind the last whole group of so many the other way round: another
   * rounding.
   */
  groups?: number
}

/**
 * The C interface of BLAS in plain loops, with a fault where one is asked for, and the number of
 * its calls.
 */
function blas(fault: Fault = {}): { calls: { count: number }; functions: Functions } {
  const calls = { count: 0 }
  const gemm =
    (Floats: typeof Float32Array | typeof Float64Array) =>
    (
      _order: number,
      opA: number,
      opB: number,
      m: number,
      n: number,
      k: number,
      ...[_alpha, a, lda, b, ldb, beta, c, ldc]: number[]
    ): void => {
      calls.count++
      const all = new Floats(memory.buffer)
      const [A, B, C] = [a, b, c].map(
        (pointer) => (pointer - stage.base) / Floats.BYTES_PER_ELEMENT,
      )
      const [downA, acrossA] = opA === 112 && fault.deafTo !== 'A' ? [1, lda] : [lda, 1]
      const [downB, acrossB] = opB === 112 && fault.deafTo !== 'B' ? [1, ldb] : [ldb, 1]
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = fault.wrongFrom !== undefined && i >= fault.wrongFrom ? 1 : 0
          const turned = fault.groups !== undefined && j >= n - (n % fault.groups)
          for (let step = 0; step < k; step++) {
            const p = turned ? k - 1 - step : step
            const [x, y] = [all[A + i * downA + p * acrossA], all[B + p * downB + j * acrossB]]
            if (!(fault.skipsZeros && y === 0)) sum += (fault.coarse?.(x) ?? x) * y
          }
          const here = C + i * ldc + j
          const added = fault.alwaysReads || (beta !== 0 && !fault.neverAdds) ? beta * all[here] : 0
          all[here] = sum + added
        }
      }
      if (fault.oversteps) all[C + m * n] = 1
    }
  return { calls, functions: { cblas_sgemm: gemm(Float32Array), cblas_dgemm: gemm(Float64Array) } }
}

/** Small whole numbers; a product of two with 16 rows is just worth a call. */
const square = (side: number): Tensor =>
  tensor(
    Array.from({ length: side }, (_, i) =>
      Array.from({ length: side }, (_, j) => ((i * 5 + j * 3) % 7) - 3),
    ),
  )

afterEach(useBuiltInKernels)

test(
  'a library that agrees computes the products worth a call, until the built-in kernels are ' +
    'asked for again',
  async () => {
    const { calls, functions } = blas()
    stage.libraries = { 'good.so': functions }
    expect(await useSystemBlas({ library: 'good.so' })).toEqual({
      name: 'BLAS',
      version: null,
      coreType: null,
      threads: null,
      sameBits: true,
      library: 'good.so',
    })
    const products = (): unknown[] =>
      [16, 15, 0].map((side) =>
        square(side)
          .reshape([side, side])
          .matmul(square(side).reshape([side, side]).t())
          .toArray(),
      )
    calls.count = 0
    const theirs = products()
    expect(calls.count).toBe(1)
    useBuiltInKernels()
    expect(products()).toEqual(theirs)
    expect(calls.count).toBe(1)
  },
)

test('a memory that has grown is asked for its address again', async () => {
  stage.libraries = { 'grown.so': blas().functions }
  await useSystemBlas({ library: 'grown.so' })
  const before = square(20).matmul(square(20)).toArray()
  memory.grow(1)
  stage.base += 4096
  expect(square(20).matmul(square(20)).toArray()).toEqual(before)
})

/** Cut to the 8 bits of a bfloat16. */
const bfloat = (x: number): number =>
  new Float32Array(
    new Uint32Array(Float32Array.of(x).buffer).map((bits) => bits & 0xffff0000).buffer,
  )[0]

test.each<[string, Fault, RegExp]>([
  [
    'takes the left operand as it is',
    { deafTo: 'A' },
    /fails a float32 product of \(5, 3\) transposed and \(3, 7\): expected -?\d+ at \[0, 0\], got/,
  ],
  [
    'takes the right operand as it is',
    { deafTo: 'B' },
    /fails a float32 product of \(5, 3\) and \(3, 7\) transposed: expected/,
  ],
  [
    'does not add',
    { neverAdds: true },
    /fails a float32 product of .*, added to out: expected -?\d+ at \[0, 0\], got/,
  ],
  [
    'reads what it does not add',
    { alwaysReads: true },
    /fails a float32 product of \(5, 3\) and \(3, 7\): expected -?\d+ at \[0, 0\], got NaN/,
  ],
  [
    'skips zeros',
    { skipsZeros: true },
    /fails a float32 product of .*: expected NaN at \[\d+, \d+\], got/,
  ],
  [
    'writes behind its product',
    { oversteps: true },
    /fails a float32 product of .*: expected NaN behind it, got 1/,
  ],
  ['computes float32 in less', { coarse: bfloat }, /fails a float32 product of/],
  ['computes float64 in float32', { coarse: Math.fround }, /fails a float64 product of/],
  [
    'is wrong beyond 16 rows',
    { wrongFrom: 16 },
    /fails a float32 product of \(34, 9\) and \(9, 1\): expected -?\d+ at \[16, 0\], got/,
  ],
])('a library that %s is refused, and the one in use stays', async (name, fault, message) => {
  const inUse = blas()
  stage.libraries = { [`before ${name}`]: inUse.functions, [name]: blas(fault).functions }
  await useSystemBlas({ library: `before ${name}` })
  const failure = await useSystemBlas({ library: name }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(LibraryError)
  expect(failure).toHaveProperty('message', expect.stringMatching(message))
  inUse.calls.count = 0
  square(20).matmul(square(20))
  expect(inUse.calls.count).toBe(1)
})

test('what cannot be used says why', async () => {
  const { cblas_sgemm } = blas().functions
  stage.libraries = { 'half.so': { cblas_sgemm } }
  await expect(useSystemBlas({ library: 'half.so' })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[LibraryError: useSystemBlas: 'half.so' has no cblas_dgemm: expected a library with the C ` +
      'interface of BLAS]',
  )
  await expect(
    useSystemBlas({ library: './nowhere.so' }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[LibraryError: useSystemBlas: expected a library at './nowhere.so': Failed to load shared ` +
      'library: no such file]',
  )
  await expect(useSystemBlas({ library: '' })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[ValueError: useSystemBlas: expected library to be a name or a path, got ""]`,
  )
  await expect(useSystemBlas({ threads: 0 })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[ValueError: useSystemBlas: expected threads to be a positive integer, got 0]`,
  )
  await expect(useSystemBlas({ threads: 1.5 })).rejects.toBeInstanceOf(ValueError)
  await expect(useSystemBlas(Object({ path: 'x' }))).rejects.toThrowErrorMatchingInlineSnapshot(
    `[ValueError: useSystemBlas: unknown option 'path': expected library, threads]`,
  )
})

describe('each vendor is asked in its own words', () => {
  const set: number[] = []
  const setThreads = (n: number): number => {
    set.push(n)
    return 0
  }
  const mkl =
    'Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 20240605 for Intel(R) 64 ' +
    'architecture applications'

  test.each<[string, Functions, number, object]>([
    [
      'OpenBLAS',
      {
        openblas_get_config: () =>
          'OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64',
        openblas_get_corename: () => 'Haswell',
        openblas_set_num_threads: setThreads,
        openblas_get_num_threads: () => set.at(-1),
      },
      2,
      { version: '0.3.21', coreType: 'Haswell', threads: 2 },
    ],
    [
      'MKL',
      {
        MKL_Get_Version_String: (text: Uint8Array) => void new TextEncoder().encodeInto(mkl, text),
        MKL_Set_Num_Threads: setThreads,
        MKL_Get_Max_Threads: () => set.at(-1),
      },
      3,
      { version: '2024.2', coreType: 'Intel(R) 64 architecture', threads: 3 },
    ],
    [
      'Accelerate',
      { BLASSetThreading: setThreads },
      1,
      { version: null, coreType: null, threads: 1 },
    ],
  ])('%s', async (name, functions, threads, expected) => {
    const library = `lib${name}.so`
    stage.libraries = { [library]: { ...blas().functions, ...functions } }
    expect(await useSystemBlas({ library, threads })).toEqual({
      name,
      library,
      sameBits: true,
      ...expected,
    })
    expect(set.at(-1)).toBe(threads)
  })
})

describe('whether its bits depend on the number of threads', () => {
  const told = {
    openblas_get_config: () => 'OpenBLAS 0.3.21',
    openblas_set_num_threads: () => {},
    openblas_get_num_threads: () => 2,
  }
  test.each<[string, Functions, Fault, number, boolean]>([
    ['not where it rounds alike everywhere', told, {}, 2, true],
    ['where it rounds some columns otherwise', told, { groups: 100 }, 2, false],
    ['not where parts begin with its groups', told, { groups: 64 }, 2, true],
    ['not where it has one thread', told, { groups: 100 }, 1, true],
    ['where its own threads cannot be stopped', {}, {}, 2, false],
  ])('%s', async (what, functions, fault, threads, sameBits) => {
    stage.libraries = { [what]: { ...blas(fault).functions, ...functions } }
    expect(await useSystemBlas({ library: what, threads })).toMatchObject({ sameBits })
  })

  test('a library that is refused keeps the threads that it had', async () => {
    const set = [5]
    const threads = {
      openblas_set_num_threads: (n: number) => set.push(n),
      openblas_get_num_threads: () => set.at(-1),
    }
    stage.libraries = {
      'refused.so': {
        ...blas({ skipsZeros: true }).functions,
        openblas_get_config: () => 'OpenBLAS',
        ...threads,
      },
    }
    await expect(useSystemBlas({ library: 'refused.so', threads: 3 })).rejects.toBeInstanceOf(
      LibraryError,
    )
    expect(set.at(-1)).toBe(5)
  })
})

describe('without a name', () => {
  /** The loading as it is on another system. */
  async function on(
    platform: string | undefined,
  ): Promise<typeof import('../../../src/kernels/blas/blas.ts')> {
    vi.resetModules()
    const { env, nextTick } = process
    // The test runner goes on meanwhile, and needs nextTick.
    const stub =
      platform === undefined
        ? { nextTick }
        : { ...process, platform, env: { ...env, CONDA_PREFIX: '/conda' } }
    vi.stubGlobal('process', stub)
    stage.tried = []
    try {
      return await import('../../../src/kernels/blas/blas.ts')
    } finally {
      vi.unstubAllGlobals()
    }
  }

  test.each([
    [
      'linux',
      [
        'libopenblas.so.0',
        '/opt/OpenBLAS/lib/libopenblas.so',
        '/conda/lib/libopenblas.so',
        'libmkl_rt.so.2',
      ],
    ],
    [
      'darwin',
      [
        '/System/Library/Frameworks/Accelerate.framework/Accelerate',
        '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
      ],
    ],
    ['win32', ['libopenblas.dll', 'mkl_rt.2.dll', '/conda\\Library\\bin\\mkl_rt.2.dll']],
  ])('the usual names of %s are tried in turn', async (platform, names) => {
    const { plugInBlas } = await on(platform)
    stage.libraries = {}
    await expect(plugInBlas(undefined, 1)).rejects.toThrow(
      /^expected a BLAS library, found none of .*: install one \(apt-get install .*\) or name it, \{ library \}$/,
    )
    expect(stage.tried.filter((name) => names.includes(name))).toEqual(names)
  })

  test('one that cannot be used is passed over', async () => {
    const { plugInBlas } = await on('linux')
    stage.libraries = { 'libopenblas.so.0': {}, 'libmkl_rt.so.2': {} }
    await expect(plugInBlas(undefined, 1)).rejects.toThrow(
      /^'libopenblas.so.0' has no cblas_sgemm: .*; 'libmkl_rt.so.2' has no cblas_sgemm: /,
    )
  })

  test('a browser is told that it cannot', async () => {
    const { plugInBlas } = await on(undefined)
    await expect(plugInBlas(undefined, 1)).rejects.toThrow(
      /^expected a process that can load libraries of its system \(Node.js\), got a browser$/,
    )
    expect(stage.tried).toEqual([])
  })

  test('koffi is asked for where it is not installed', async () => {
    const { plugInBlas } = await on('linux')
    vi.doMock('koffi', () => {
      throw new Error("Cannot find package 'koffi'")
    })
    await expect(plugInBlas(undefined, 1)).rejects.toThrow(
      /^expected the optional package koffi: npm install koffi \(/,
    )
  })
})
