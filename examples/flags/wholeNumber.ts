// The parser of the examples' flags: whole numbers within bounds, or an error that names these.
import { InvalidArgumentError } from 'commander'

/** Reads a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`Allowed are whole numbers from ${least} to ${most}.`)
    }
    return value
  }
}
