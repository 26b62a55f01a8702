// What a random program is: statements over variables, as text with holes. What is printed is what
// is run; it knows no op.

/** What a variable holds. Only tensors can stand for each other. */
export type Kind = 'tensor' | 'list' | 'layer' | 'optimiser' | 'state' | 'function'

export interface Variable {
  readonly kind: Kind
  readonly shape: readonly number[]
  /** What its name begins with. */
  readonly letter: string
}

/** Text of a program: words, variables, functions, and words that may be left out. */
export type Part = string | Variable | Fn | Optional
export type Text = readonly Part[]

export interface Optional {
  readonly optional: string
}

/** An arrow function written in the program. */
export interface Fn {
  readonly parameters: readonly Variable[]
  readonly body: readonly Statement[]
  /** What it returns; nothing where it returns nothing. */
  readonly result: Text
}

/** `const pattern = text`, or `text` alone. The variables in the pattern are what it defines. */
export interface Statement {
  readonly pattern: Text
  readonly text: Text
  /**
   * Changes something that the next walk that fails would leave half done: a hook that keeps what
   * it sees.
   */
  readonly effects?: boolean
}

export type Program = readonly Statement[]

export const isVariable = (part: Part): part is Variable =>
  typeof part === 'object' && 'kind' in part
export const isFn = (part: Part): part is Fn => typeof part === 'object' && 'body' in part
export const isOptional = (part: Part): part is Optional =>
  typeof part === 'object' && 'optional' in part

export const defined = ({ pattern }: Statement): Variable[] => pattern.filter(isVariable)

/** The variables that a text names, those in the functions in it among them. */
export const used = (text: Text): Variable[] =>
  text.flatMap((part) => {
    if (isVariable(part)) return [part]
    return isFn(part)
      ? [...part.body.flatMap((statement) => used(statement.text)), ...used(part.result)]
      : []
  })

/** Names for variables, in the order they are met. */
export class Names {
  readonly #names = new Map<Variable, string>()
  readonly #counts = new Map<string, number>()

  of(variable: Variable): string {
    const known = this.#names.get(variable)
    if (known !== undefined) return known
    const count = this.#counts.get(variable.letter) ?? 0
    this.#counts.set(variable.letter, count + 1)
    const name = `${variable.letter}${count}`
    this.#names.set(variable, name)
    return name
  }
}

export function printed(text: Text, names: Names, indent = ''): string {
  return text
    .map((part) => {
      if (typeof part === 'string') return part
      if (isVariable(part)) return names.of(part)
      return isFn(part) ? printedFn(part, names, indent) : part.optional
    })
    .join('')
}

function printedFn({ parameters, body, result }: Fn, names: Names, indent: string): string {
  const head = `(${parameters.map((p) => names.of(p)).join(', ')}) =>`
  const inner = `${indent}  `
  const lines = body.map((statement) => `${inner}${printedStatement(statement, names, inner)}\n`)
  const last = printed(result, names, inner)
  if (lines.length === 0 && last !== '')
    return `${head} ${last.startsWith('{') ? `(${last})` : last}`
  return `${head} {\n${lines.join('')}${last === '' ? '' : `${inner}return ${last}\n`}${indent}}`
}

function printedStatement(
  { pattern, text }: Statement,
  names: Names,
  indent: string,
  keyword = 'const',
): string {
  const left = pattern.length === 0 ? '' : `${keyword} ${printed(pattern, names)} = `
  // Options of which none is left.
  const right = printed(text, names, indent)
    .replaceAll(/, \{ *\}/g, '')
    .replaceAll(/, +\}/g, ' }')
  return left + right.replaceAll(/ {2}\}/g, ' }')
}

/** What a program is run with, by name. */
export type Surface = Readonly<Record<string, unknown>>

/** What one statement came to: the values it defined, or what it threw. */
export type Outcome = { values: readonly unknown[] } | { error: unknown }

/**
 * A run of a program, one statement at a time: `next(true)` runs the next one, `next(false)` leaves
 * it out.
 */
export type Run = Iterator<Outcome | undefined, void, boolean>

/** The program as a function of a surface; compiled once, run on both sides. */
export function compiled(program: Program): (surface: Surface) => Run {
  const names = new Names()
  const statements = program.map((statement) => {
    const run = printedStatement(statement, names, '', 'var')
    const values = defined(statement).map((v) => names.of(v))
    return (
      `if (go) try { ${run}; out = { values: [${values}] } } catch (error) { out = { error } }; ` +
      'go = yield out'
    )
  })
  const source =
    `return function* ({ ${surfaceNames.join(', ')} }) { const float64 = { dtype: 'float64' }; ` +
    `let out; let go = yield;\n${statements.join('\n')} }`
  return new Function(source)()
}

/** Where a pasted program finds what it uses. */
const sources: Readonly<Record<string, readonly string[]>> = {
  tapegrad: [
    'Adam',
    'AdamW',
    'cat',
    'checkpoint',
    'clipGradNorm',
    'crossEntropy',
    'detectAnomaly',
    'Embedding',
    'enableGrad',
    'grad',
    'GRU',
    'GRUCell',
    'hessian',
    'hvp',
    'jacobian',
    'jvp',
    'Linear',
    'LSTM',
    'LSTMCell',
    'mseLoss',
    'noGrad',
    'RNN',
    'RNNCell',
    'SGD',
    'stack',
    'tensor',
    'valueAndGrad',
    'vjp',
    'where',
  ],
  './workshop.ts': ['cube', 'evacuate', 'fill', 'grid', 'heavy', 'starve'],
}
const surfaceNames = Object.values(sources).flat()

/**
 * The program as a TypeScript file of test/fuzz that can be run; `notes` are comments behind its
 * statements.
 */
export function printedProgram(
  program: Program,
  notes: ReadonlyMap<Statement, string> = new Map(),
): string {
  const names = new Names()
  const lines = program.map((statement) => {
    const note = notes.get(statement)
    return printedStatement(statement, names, '') + (note === undefined ? '' : ` // ${note}`)
  })
  const body = lines.join('\n')
  const imports = Object.entries(sources).flatMap(([from, all]) => {
    const needed = all.filter((name) => new RegExp(`\\b${name}\\(`).test(body))
    return needed.length === 0 ? [] : [`import { ${needed.join(', ')} } from '${from}'`]
  })
  const constants = body.includes('float64')
    ? ["const float64 = { dtype: 'float64' } as const"]
    : []
  return [...imports, '', ...constants, body].join('\n')
}
