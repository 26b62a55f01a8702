// The work of `tapegrad grade` inside the file's own process: it loads the file, finds the backward
// functions that it exports, and grades each; it prints nothing.
import type { Student } from '../grade/exam.ts'
import { grade } from '../grade/grade.ts'
import type { Form } from '../grade/problem.ts'
import { gradeOf } from '../grade/report.ts'
import { CannotCheckError, load, problemOf } from './load.ts'
import type { GradeFileOptions, GradeReport, Message } from './message.ts'

const NAME = /^(rnn|lstm)(?:_?(cell|step))?_?(backward|forward)$/i
const NAMES = 'rnn_cell_backward, lstm_step_backward, lstm_backward, …'

interface Named {
  readonly name: string
  readonly cell: Form['cell']
  readonly part: 'cell' | 'step' | null
  readonly direction: 'backward' | 'forward'
  readonly run: Student
}

function named([name, value]: [string, unknown]): Named[] {
  const [, cell, part, direction] = NAME.exec(name) ?? []
  if (cell === undefined || typeof value !== 'function') return []
  return [
    {
      name,
      cell: cell.toLowerCase() as Named['cell'],
      part: (part?.toLowerCase() ?? null) as Named['part'],
      direction: direction.toLowerCase() as Named['direction'],
      run: value as Student,
    },
  ]
}

const LAYOUTS = { cell: 'columns', step: 'rows' } as const

/** The layout of a function: its name says it, or an option, or the file, or the file's steps. */
function layoutOf(
  path: string,
  { name, part }: Named,
  all: readonly Named[],
  given: unknown,
): Form['layout'] {
  if (part !== null) return LAYOUTS[part]
  if (given === 'columns' || given === 'rows') return given
  const found = new Set(all.flatMap((one) => (one.part === null ? [] : LAYOUTS[one.part])))
  const [layout] = found
  if (given === undefined && layout !== undefined && found.size === 1) return layout
  throw new CannotCheckError(
    `${path}: expected the layout of ${name}, got ${given === undefined ? 'none' : String(given)}` +
      `: export const layout = 'columns' or 'rows', or pass --layout`,
  )
}

/**
 * Grades the functions that a file exports by the names of their courses, in snake or camel case.
 * Sends which exports it will grade, which one it grades now, and each outcome. Throws a
 * CannotCheckError when the file cannot be loaded, exports none, or does not say their layout.
 */
export async function gradeFile(
  path: string,
  { only, layout }: GradeFileOptions,
  send: (message: Message<GradeReport>) => void,
): Promise<void> {
  const exported = await load(path)
  const all = Object.entries(exported).flatMap(named)
  const backward = all.filter(({ direction }) => direction === 'backward')
  if (backward.length === 0)
    throw new CannotCheckError(
      `${path}: expected an exported ${NAMES}, got ${Object.keys(exported).join(', ') || 'none'}`,
    )
  const chosen = backward.filter(({ name }) => only === undefined || name === only)
  if (chosen.length === 0)
    throw new CannotCheckError(
      `${path}: expected an exported backward function called ${only}, got ` +
        `${backward.map(({ name }) => name).join(', ')}`,
    )
  const forms = chosen.map((one) => ({
    cell: one.cell,
    layout: layoutOf(path, one, all, layout ?? exported.layout),
    sequence: one.part === null,
  }))
  send({ found: chosen.map(({ name }) => name) })
  for (const [k, { name, cell, part, run }] of chosen.entries()) {
    send({ checking: name })
    const forward = all.find(
      (one) => one.direction === 'forward' && one.cell === cell && one.part === part,
    )
    try {
      const unnamed = grade(run, { ...(forms[k] as Form), forward: forward?.run })
      const result = gradeOf({ ...unnamed, name })
      send({ name, report: { ...result, text: String(result) }, error: null })
    } catch (error) {
      send({ name, report: null, error: problemOf(error) })
    }
  }
}
