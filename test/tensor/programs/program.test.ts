// Programs: each instruction against its kernel, how much scratch they take, and cuts by rows. Random
// values in random places are in assemble.test.ts.

import { full, type Tensor, tensor, zeros } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { floatKernels, start } from '../../../src/kernels/engine.ts'
import { evacuate } from '../../../src/kernels/memory/heap.ts'
import { CODES, SCRATCH } from '../../../src/kernels/program.ts'
import { type Cut, floatSharings } from '../../../src/kernels/threads/cuts.ts'
import { scratchBytes } from '../../../src/kernels/wasm.generated.ts'
import { Program } from '../../../src/tensor/programs/program.ts'
import { type Value, Values } from '../../../src/tensor/programs/values.ts'
import { gridded, numbersOf } from '../../support/tensors.ts'
import { kernelRule, run } from './instructions.ts'

start()

const UNARY = CODES.slice(0, CODES.indexOf('add'))
const COMPARED = ['eq', 'ne', 'lt', 'le', 'gt', 'ge']

describe.each(['float32', 'float64'] as const)('%s: an instruction is its kernel', (dtype) => {
  test.each(CODES.slice(0, CODES.indexOf('addAdd')))('%s', (code) => {
    const [rows, n] = [3, 37]
    const kernels = floatKernels[dtype] as unknown as Record<string, (...all: number[]) => void>
    const call = kernels[code] as (...all: number[]) => void
    const [a, b, one] = [
      gridded([rows, n], 1, dtype),
      gridded([rows, n], 2, dtype),
      gridded([rows, 1], 3, dtype),
    ]
    const c = b.gt(a)
    const isUnary = UNARY.includes(code) || code === 'rowSum' || code === 'copy'
    const isCompared = COMPARED.includes(code)
    const width = code === 'rowSum' ? 1 : n
    /** The program for arguments of which some have one number in a row. */
    const byProgram = (parts: readonly (readonly [number, number, boolean?])[]): number[] => {
      const values = new Values()
      const args = parts.map(([operand, own, isBool]) => values.part(operand, 0, own, isBool))
      let value: Value
      if (code === 'rowSum') value = values.rowSum(args, [1])
      else if (code === 'copy') value = args[0] as Value
      else value = values.computed(kernelRule(code), undefined, args, isCompared)
      if (isCompared)
        value = values.computed(
          kernelRule('where'),
          undefined,
          [value, values.part(0, 0, n), values.constant(7)],
          false,
        )
      const y = zeros([rows, width], { dtype })
      run(new Program(dtype, [{ value, operand: 4, from: 0, width }]), [a, b, one, c, y])
      return numbersOf(y)
    }
    const byKernel = (second: Tensor): number[] => {
      const y = zeros([rows, width], { dtype })
      const compared = zeros([rows, n]).gt(0)
      const [out, at] = [(isCompared ? compared : y).address(), a.address()]
      const other = second.address()
      const isOne = second === one
      if (code === 'copy') return numbersOf(a)
      if (code === 'rowSum') kernels.sum?.(out, at, rows, n, 1, 0)
      else if (UNARY.includes(code)) call(out, at, rows * n)
      else if (code === 'where') call(out, c.address(), at, other, rows * n, 1, 1)
      else if (code.endsWith('Grad')) call(out, at, other, rows * n)
      else call(out, at, other, rows, n, n, 1, isOne ? 1 : n, isOne ? 0 : 1)
      return numbersOf(isCompared ? a.where(compared, 7) : y)
    }
    const first = [0, n] as const
    if (isUnary) expect(byProgram([first])).toEqual(byKernel(b))
    else if (code === 'where') expect(byProgram([[3, n, true], first, [1, n]])).toEqual(byKernel(b))
    else expect(byProgram([first, [1, n]])).toEqual(byKernel(b))
    if (!isUnary && code !== 'where' && !code.endsWith('Grad'))
      expect(byProgram([first, [2, 1]])).toEqual(byKernel(one))
  })
})

describe.each(['float32', 'float64'] as const)('%s: two functions in one instruction', (dtype) => {
  const pairs = ['add', 'sub', 'mul'] as const
  test.each(['tanhGrad', 'sigmoidGrad'] as const)('mul, then %s', (slope) => {
    const [g, x, z] = [1, 2, 3].map((seed) => gridded([3, 37], seed, dtype)) as [
      Tensor,
      Tensor,
      Tensor,
    ]
    const values = new Values()
    const [a, b, c] = [0, 1, 2].map((i) => values.part(i, 0, 37)) as [Value, Value, Value]
    const product = values.computed(kernelRule('mul'), undefined, [a, b], false)
    const value = values.computed(kernelRule(slope), undefined, [product, c], false)
    const y = zeros([3, 37], { dtype })
    run(new Program(dtype, [{ value, operand: 3, from: 0, width: 37 }]), [g, x, z, y])
    const expected = zeros([3, 37], { dtype })
    const own = floatKernels[dtype]
    own[slope](expected.address(), g.mul(x).address(), z.address(), 3 * 37)
    expect(numbersOf(y)).toEqual(numbersOf(expected))
  })
  const cases = pairs.flatMap((p) =>
    pairs.flatMap((q) => [false, true].map((isSecond) => ({ p, q, isSecond }))),
  )
  test.each(cases)('$p, then $q, as the second operand: $isSecond', ({ p, q, isSecond }) => {
    const [rows, n] = [3, 37]
    const operands = [1, 2, 3].map((seed) => gridded([rows, n], seed, dtype))
    const ones = [4, 5, 6].map((seed) => gridded([rows, 1], seed, dtype))
    for (const which of [[], [0], [1], [2], [0, 1], [1, 2]]) {
      const [a, b, c] = operands.map((t, i) => (which.includes(i) ? (ones[i] as Tensor) : t)) as [
        Tensor,
        Tensor,
        Tensor,
      ]
      const values = new Values()
      const parts = [a, b, c].map((t, i) => values.part(i, 0, t.shape[1] as number))
      const inner = values.computed(kernelRule(p), undefined, parts.slice(0, 2), false)
      const both = isSecond ? [parts[2] as Value, inner] : [inner, parts[2] as Value]
      const value = values.computed(kernelRule(q), undefined, both, false)
      const y = zeros([rows, n], { dtype })
      const program = new Program(dtype, [{ value, operand: 3, from: 0, width: n }])
      run(program, [a, b, c, y])
      const first = a[p](b)
      expect(numbersOf(y)).toEqual(numbersOf(isSecond ? c[q](first) : first[q](c)))
    }
  })
})

test('scratch is used again, and a thread has as much as programs count on', () => {
  const values = new Values()
  let y: Value = values.part(0, 0, 3)
  for (let i = 0; i < 50; i++)
    y = values.computed(kernelRule('add'), undefined, [y, values.constant(i)], false)
  const twice = values.computed(kernelRule('mul'), undefined, [y, y], false)
  const program = new Program('float64', [{ value: twice, operand: 1, from: 0, width: 3 }])
  // Some 50 constants and instructions, and no 50 rows of scratch.
  expect(program.layout(1024).bytes).toBeLessThan(4096)
  expect(scratchBytes).toBeGreaterThan(SCRATCH + 8192)
})

/** A program that holds max(x, i) for 200 numbers i at a time, and gives their sum. */
function crowded(width: number, isSummed: boolean): Program {
  const values = new Values()
  const of = (kernel: 'add' | 'maximum', a: Value, b: Value): Value =>
    values.computed(kernelRule(kernel), undefined, [a, b], false)
  const x = values.part(0, 0, width)
  const all = Array.from({ length: 200 }, (_, i) => of('maximum', x, values.constant(i)))
  const sum = all.reduceRight((a, b) => of('add', a, b))
  const value = isSummed ? of('add', sum, values.rowSum([sum], [1])) : sum
  return new Program('float64', [{ value, operand: 1, from: 0, width }])
}

test('values beyond the scratch of a thread: fewer columns at a time, or room of their own', () => {
  const bytes = (program: Program): number => program.layout(1024).bytes
  expect(bytes(crowded(1024, false))).toBeLessThan(SCRATCH / 16)
  expect(bytes(crowded(1024, true))).toBeGreaterThan(200 * 1024 * 8)
  const x = gridded([2, 1024], 1)
  const y = zeros([2, 1024], { dtype: 'float64' })
  run(crowded(1024, false), [x, y])
  // From 2 on every i is the larger.
  const sums = numbersOf(x).map((v) => Math.max(v, 0) + Math.max(v, 1) + (199 * 200) / 2 - 1)
  expect(numbersOf(y)).toEqual(sums)
})

test('code that was moved out of the memory, and in again at another place', () => {
  const values = new Values()
  const of = (kernel: 'mul' | 'add', a: Value, b: number): Value =>
    values.computed(kernelRule(kernel), undefined, [a, values.constant(b)], false)
  const value = of('add', of('mul', values.part(0, 0, 3), 2), 5)
  const program = new Program('float64', [{ value, operand: 1, from: 0, width: 3 }])
  const x = gridded([2, 3], 1)
  const results = (): number[] => {
    const y = zeros([2, 3], { dtype: 'float64' })
    run(program, [x, y])
    return numbersOf(y)
  }
  const first = results()
  expect(first).toEqual(numbersOf(x).map((v) => 2 * v + 5))
  evacuate()
  // What lay in the memory is overwritten.
  for (let i = 0; i < 8; i++) full([2 ** 18], Number.NaN)
  expect(results()).toEqual(first)
})

test('a kernel is told the addresses that it writes to at this shift', () => {
  const values = new Values()
  const value = values.computed(kernelRule('neg'), undefined, [values.part(0, 0, 2)], false)
  const program = new Program('float64', [{ value, operand: 1, from: 0, width: 2 }])
  const code = program.kept()
  const [x, y] = [gridded([4, 2], 1), zeros([4, 2], { dtype: 'float64' })]
  code.place([x, y].map((t) => ({ at: t.address(), step: 16, move: 16 })))
  const kernels = floatKernels.float64 as unknown as { program: (...call: unknown[]) => void }
  const own = kernels.program
  let writes: unknown
  kernels.program = (...call) => {
    writes = call.at(-1)
  }
  try {
    code.run(1, 3)
  } finally {
    kernels.program = own
  }
  expect(writes).toEqual([y.address() + 3 * 16])
})

test('conditions in columns of their own', () => {
  const values = new Values()
  const args = [values.part(0, 2, 3, true), values.part(1, 1, 3), values.constant(9)]
  const value = values.computed(kernelRule('where'), undefined, args, false)
  const program = new Program('float64', [{ value, operand: 2, from: 0, width: 3 }])
  const holds = [1, 1, 0, 1, 0, 0, 0, 1, 0, 1].map((v) => v === 1)
  const y = zeros([2, 3], { dtype: 'float64' })
  const x = tensor(
    [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ],
    { dtype: 'float64' },
  )
  run(program, [tensor(holds).reshape([2, 5]), x, y])
  expect(numbersOf(y)).toEqual([9, 2, 9, 5, 9, 7])
})

test.each(['float32', 'float64'] as const)('%s: the same bits wherever rows are cut', (dtype) => {
  const size = dtype === 'float32' ? 4 : 8
  const values = new Values()
  const [x, one] = [values.part(0, 0, 61), values.part(1, 0, 1)]
  const y = values.computed(
    kernelRule('mul'),
    undefined,
    [values.computed(kernelRule('tanh'), undefined, [x], false), one],
    false,
  )
  const sum = values.rowSum([y], [1])
  const program = new Program(dtype, [
    { value: y, operand: 2, from: 0, width: 61 },
    { value: sum, operand: 3, from: 0, width: 1 },
    { value: sum, operand: 4, from: 0, width: 61, accumulate: true },
  ])
  const rows = 301
  const kernels = floatKernels[dtype] as unknown as { program: (...call: unknown[]) => void }
  const alone = kernels.program
  const results = (): number[][] => {
    const operands = [gridded([rows, 61], 1, dtype), gridded([rows, 1], 2, dtype)]
    const outs = [61, 1, 61].map((n, i) => gridded([rows, n], 5 + i, dtype).clone())
    const written = outs.map((t) => t.address())
    kept = written
    run(program, [...operands, ...outs])
    return outs.map(numbersOf)
  }
  let kept: number[] = []
  const expected = results()
  for (const parts of [2, 3, 7]) {
    let cuts = 0
    let writes: readonly number[] = []
    const share = ({ count, align, writes: own, call }: Cut): void => {
      writes = own
      const step = Math.ceil(count / parts / align) * align
      for (let from = 0; from < count; from += step, cuts++)
        alone(...call(from, Math.min(from + step, count)))
    }
    const sharing = floatSharings.program as unknown as (
      serial: typeof alone,
      share: (cut: Cut) => void,
      size: number,
    ) => typeof alone
    kernels.program = sharing(alone, share, size)
    try {
      expect(results()).toEqual(expected)
    } finally {
      kernels.program = alone
    }
    expect(cuts).toBe(parts)
    expect(writes).toEqual(kept)
  }
})
