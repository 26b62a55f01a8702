// The matrix product of operands that end with the last byte WebAssembly can address, where the
// address behind them is 0 again. Nothing else lies in that memory.
import { expect, test } from 'vitest'
import { type FloatKernels, isShared, modules } from '../../../src/kernels/engine.ts'
import { tablesEnd } from '../../../src/kernels/wasm.generated.ts'
import { random } from '../memory.ts'

interface Exports {
  matmul_f32: FloatKernels['matmul']
  packOperand_f32: FloatKernels['packOperand']
  matmulPacked_f32: FloatKernels['matmulPacked']
  packedLength_f32: FloatKernels['packedLength']
}

const LIMIT = 2 ** 32
const memory = new WebAssembly.Memory({ initial: 65536, maximum: 65536, shared: isShared })
const instances = modules.map(
  (module) => new WebAssembly.Instance(module, { env: { memory, scratch: tablesEnd } }),
)
const { matmul_f32, packOperand_f32, matmulPacked_f32, packedLength_f32 }: Exports = Object.assign(
  {},
  ...instances.map(({ exports }) => exports),
)
const next = random(11)

/** `count` numbers at `at`. */
const numbers = (at: number, count: number) => new Float32Array(memory.buffer, at, count)
const [a, b, out] = [1, 2, 3].map((i) => i * 2 ** 24)

test.each([
  [4, 49, 25],
  [3, 73, 8],
  [6, 48, 16],
  [40, 97, 300],
])('(%i, %i, %i): as anywhere else', (m, n, k) => {
  for (const operand of [numbers(a, m * k), numbers(b, k * n)])
    operand.set(operand.map(() => next() * 2 - 1))
  const product = () => numbers(out, m * n).slice()
  matmul_f32(out, a, b, m, n, k, 0, 0, 0)
  const expected = product()
  for (const slack of [0, 4, 8, 20, 28, 92, 96]) {
    const atEnd = LIMIT - slack - 4 * k * n
    numbers(atEnd, k * n).set(numbers(b, k * n))
    matmul_f32(out, a, atEnd, m, n, k, 0, 0, 0)
    expect(product(), `${slack} bytes before the end`).toEqual(expected)
  }
  const packed = LIMIT - 4 * packedLength_f32(n, k)
  packOperand_f32(packed, b, n, k, 0)
  matmulPacked_f32(out, a, packed, m, n, k, 0, 0)
  expect(product(), 'packed').toEqual(expected)
})
