// What the exhibits share: float64 numbers, and a checker's objection to something that it must not
// let through.
import { type NestedArray, type Tensor, tensor } from 'tapegrad'
import { CheckError } from 'tapegrad/testing'

export const float64 = { dtype: 'float64' } as const

export const point = (data: NestedArray): Tensor => tensor(data, float64)

/** The CheckError that `check` throws; an error when it throws none. */
export function caught(check: () => unknown): CheckError {
  try {
    check()
  } catch (error) {
    if (error instanceof CheckError) return error
    throw error
  }
  throw new Error('expected a CheckError, got none: the exhibit went through')
}
