// Every op of the registry as an ONNX model, against the op itself.
import fc from 'fast-check'
import { type DType, type Tensor, tensor } from 'tapegrad'
import { describe, it } from 'vitest'
import { anyShape, type Case, type Plain, sizeOf } from '../../support/cases.ts'
import { rows } from '../../tensor/ops/registry.ts'
import { expectSame } from './runtime.ts'

/** ONNX Runtime has these ops for floats and, where it has them, whole numbers. */
const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'bool']
const TOLERANCE = { float32: 1e-6, float64: 1e-12, int32: 0, bool: 0 }

const toTensor = ({ shape, values }: Plain, dtype: DType): Tensor =>
  tensor(
    values.map((x) =>
      dtype === 'int32' ? Math.round(16 * x) : dtype === 'bool' ? x > 0 : x,
    ) as number[],
    { shape: [...shape], dtype },
  )

const expectSameOp = (call: Case, dtype: DType): Promise<void> => {
  const inputs = call.inputs.map((x) => toTensor(x, dtype))
  const results = call.run(inputs)
  return expectSame(
    (...given) => call.run(given),
    {
      inputs: Object.fromEntries(inputs.map(({ shape }, i) => [`x${i}`, { shape, dtype }])),
      outputs: results.map((_, i) => `y${i}`),
    },
    [inputs],
    TOLERANCE[dtype],
  )
}

describe.each(rows)('%s', (_, row) => {
  const shapes = anyShape.filter((shape) => sizeOf(shape) > 0)
  const cases = row
    .cases(shapes)
    .filter(({ inputs }) => inputs.every(({ shape }) => sizeOf(shape) > 0))
  it.each(dtypes.filter((dtype) => dtype.startsWith('float') || row.dtypes.includes(dtype)))(
    'of %s',
    async (dtype) => {
      await fc.assert(
        fc.asyncProperty(cases, (call) => expectSameOp(call, dtype)),
        { numRuns: 8 },
      )
    },
  )
})
