// The messages from the process that checks a file to the one that prints: types of lines of JSON,
// nothing else.
import type { GradeFields } from '../grade/report.ts'
import type { ModuleReport } from '../modules/settings.ts'

/** What is done with a file. */
export type Task = 'check' | 'grade'

export interface CheckFileOptions {
  seed: number
  runs: number
  /** The export to check; all of them by default. */
  only?: string
}

export interface GradeFileOptions {
  /** The export to grade; all of them by default. */
  only?: string
  /** Of functions whose names do not say it; the file's own `layout` by default. */
  layout?: 'columns' | 'rows'
}

/** A grade, and its text. */
export interface GradeReport extends GradeFields {
  correct: boolean
  text: string
}

/** An error, with the fields of a CheckError where it is one. */
export interface Problem {
  name: string
  message: string
  [field: string]: unknown
}

/** The outcome for one export: a report or an error. */
export interface Outcome<Report = ModuleReport> {
  name: string
  report: Report | null
  error: Problem | null
}

export type Message<Report = ModuleReport> =
  /** The exports that will be checked or graded, in this order. */
  | { found: string[] }
  /** The export that is begun. */
  | { checking: string }
  /** How many inputs have been tried, and how many will be if no check fails. */
  | { done: number; of: number }
  | Outcome<Report>
  /** The reason why no more exports can be checked. */
  | { failed: string }
  /** The last message. */
  | { finished: true }
