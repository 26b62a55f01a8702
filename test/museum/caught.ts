// A checker's objection to something that it must not let through: what every exhibit asks for.
import { CheckError } from 'tapegrad/testing'

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
