// How a rank reports to the test that started it.

import { writeSync } from 'node:fs'

/** One line of JSON, written at once, so that lines of ranks do not mix. */
export function report(what: Readonly<Record<string, unknown>>): void {
  writeSync(1, `@${JSON.stringify(what)}\n`)
}
