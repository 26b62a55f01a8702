// From a program to what there is to tell of it: nothing, or the smallest program that shows the
// disagreement, with what was expected and got as comments.

import { type Program, printedProgram, type Surface } from './program.ts'
import { type Find, run } from './run.ts'
import { shrunk } from './shrink.ts'

/** What a program shows; null, too, where it cannot be run. */
function shown(program: Program, eager: boolean, surface: Surface): Find | null {
  try {
    return run(program, eager, surface).find
  } catch {
    return null
  }
}

/** Runs a program; half of them, by their number, have every result read at once. */
export function findings(
  program: Program,
  number: number,
  surface: Surface = {},
): { text: string | null; statements: number } {
  const eager = number % 2 === 0
  const { find, done } = run(program, eager, surface)
  if (find === null) return { text: null, statements: done }
  const least = shrunk(program, (candidate) => shown(candidate, eager, surface)?.kind === find.kind)
  const last = shown(least, eager, surface) ?? find
  const notes = new Map(
    last.statement === null ? [] : [[last.statement, `expected ${last.expected}, got ${last.got}`]],
  )
  return { text: `// ${last.kind}\n${printedProgram(least, notes)}`, statements: done }
}
