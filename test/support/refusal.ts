// What the tests of refusals share: an error's message, and values that only a caller without types
// can pass.

import { expect } from 'vitest'

/** The message of what `run` throws, which must be of the class. */
export function refusal(kind: new (message: string) => Error, run: () => unknown): string {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(kind)
    expect((error as Error).name).toBe(kind.name)
    return (error as Error).message
  }
  return expect.fail('expected a refusal')
}

/** The message of what `run` throws, of whatever class. */
export function attempt(run: () => unknown): string {
  try {
    run()
    return 'nothing was refused'
  } catch (error) {
    return (error as Error).message
  }
}

export const untyped = (value: unknown): never => value as never
