// The messages from the process that checks a file to the one that prints: types of lines of JSON,
// nothing else.
import type { ModuleReport } from '../modules/settings.ts'

export interface CheckFileOptions {
  seed: number
  runs: number
  /** The export to check; all of them by default. */
  only?: string
}

/** An error, with the fields of a CheckError where it is one. */
export interface Problem {
  name: string
  message: string
  [field: string]: unknown
}

/** The outcome for one export: a report or an error. */
export interface Outcome {
  name: string
  report: ModuleReport | null
  error: Problem | null
}

export type Message =
  /** The exports that will be checked, in this order. */
  | { found: string[] }
  /** The export whose check begins. */
  | { checking: string }
  /** How many inputs have been tried, and how many will be if no check fails. */
  | { done: number; of: number }
  | Outcome
  /** The reason why no more exports can be checked. */
  | { failed: string }
  /** The last message. */
  | { finished: true }
