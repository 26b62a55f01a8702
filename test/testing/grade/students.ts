// Students' functions: the documents' own, with something else written in some places. They know
// nothing of the package, and of how it describes mistakes.
import { readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import * as arrays from '../../documents/oracle/arrays.ts'

/** What is written in a place, and what a student writes there. */
export type Edit = readonly [find: string, replace: string]

/** The functions of a document, by name. */
export type Course = Record<string, (...args: never[]) => unknown>

const sources = Object.fromEntries(
  ['d0', 'd2'].map((name) => [
    name,
    readFileSync(new URL(`../../documents/oracle/${name}.ts`, import.meta.url), 'utf8'),
  ]),
) as Record<'d0' | 'd2', string>

/** The functions of a document after these edits, each wherever its text stands. */
export function course(document: 'd0' | 'd2', edits: readonly Edit[] = []): Course {
  let source = sources[document]
  for (const [find, replace] of edits) {
    if (!source.includes(find)) throw new Error(`${document}: expected ${find}, got none`)
    source = source.replaceAll(find, replace)
  }
  const { code } = transformSync(source, { loader: 'ts', format: 'cjs', target: 'es2022' })
  const module = { exports: {} as Course }
  new Function('module', 'exports', 'require', code)(module, module.exports, () => arrays)
  return module.exports
}
