// What the process that checks a file tells the one that prints: types of lines of JSON, nothing
// else.
import type { ModuleReport } from '../modules/settings.ts'

export interface CheckFileOptions {
  seed: number
  runs: number
  /** The export to check; all of them by default. */
  only?: string
}

/** What was thrown, with the fields of a CheckError where it is one. */
export interface Problem {
  name: string
  message: string
  [field: string]: unknown
}

/** What was found out about one export: a report, or what was thrown. */
export interface Outcome {
  name: string
  report: ModuleReport | null
  error: Problem | null
}

export type Message =
  /** The exports that will be checked, in this order. */
  | { found: string[] }
  /** The export that is checked from now on. */
  | { checking: string }
  /** How many inputs have been tried and, if no check fails, will be. */
  | { done: number; of: number }
  | Outcome
  /** Why nothing, or nothing more, can be checked. */
  | { failed: string }
  /** Everything has been told. */
  | { finished: true }
