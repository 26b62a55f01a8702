// Makes a program that shows something smaller for as long as it still shows it; it knows no op.

import {
  defined,
  type Fn,
  isFn,
  isOptional,
  isVariable,
  type Part,
  type Program,
  type Statement,
  type Text,
  used,
  type Variable,
} from './program.ts'

/** The program without a statement, and without what uses its results. */
function without(program: Program, gone: ReadonlySet<Statement>): Program {
  const missing = new Set<Variable>()
  const keeps = (statement: Statement): boolean => {
    if (!gone.has(statement) && !used(statement.text).some((variable) => missing.has(variable)))
      return true
    for (const variable of defined(statement)) missing.add(variable)
    return false
  }
  return program.filter(keeps)
}

/** A text with every part replaced. */
const mapped = (text: Text, f: (part: Part) => Text): Text => text.flatMap(f)

/** A text in which other variables stand for some, in the functions in it as well. */
function renamed(text: Text, names: ReadonlyMap<Variable, Text>): Text {
  return mapped(text, (part) => {
    if (isVariable(part)) return names.get(part) ?? [part]
    if (!isFn(part)) return [part]
    const body = part.body.map((statement) => ({
      ...statement,
      text: renamed(statement.text, names),
    }))
    return [{ ...part, body, result: renamed(part.result, names) }]
  })
}

const literal = (shape: readonly number[], seed = 1): string => {
  const numbers = (at: readonly number[], depth: number): string => {
    if (depth === shape.length)
      return String((((at.reduce((a, b) => a * 3 + b, seed) * 7) % 13) - 6) / 4 || 0.5)
    return `[${Array.from({ length: shape[depth] as number }, (_, i) => numbers([...at, i], depth + 1)).join(', ')}]`
  }
  return numbers([], 0)
}

const sameShape = (a: Variable, b: Variable): boolean =>
  a.kind === 'tensor' && b.kind === 'tensor' && String(a.shape) === String(b.shape)

/** Smaller texts: without an option, with a function that does less. */
function* smallerTexts(text: Text, known: readonly Variable[]): Generator<Text> {
  for (const [i, part] of text.entries()) {
    if (isOptional(part)) yield text.toSpliced(i, 1)
    if (isFn(part)) for (const fn of smallerFns(part, known)) yield text.with(i, fn)
  }
}

function* smallerFns(fn: Fn, known: readonly Variable[]): Generator<Fn> {
  const complete = (body: Program): Generator<Fn> => completed(fn, body, known)
  for (const statement of fn.body) yield* complete(without(fn.body, new Set([statement])))
  yield* smallerBody(fn.body, [...known, ...fn.parameters], (body) => ({ ...fn, body }))
}

/**
 * A function with less in its body: what it returned and is gone, is something of the same shape.
 */
function* completed(fn: Fn, body: Program, known: readonly Variable[]): Generator<Fn> {
  const there = new Set([...known, ...fn.parameters, ...body.flatMap(defined)])
  const lost = used(fn.result).filter(
    (variable) =>
      !there.has(variable) && fn.body.some((statement) => defined(statement).includes(variable)),
  )
  if (lost.length === 0) yield { ...fn, body }
  else if (lost.length === 1) {
    const [variable] = lost as [Variable]
    for (const other of [...fn.parameters, ...body.flatMap(defined), ...known])
      if (sameShape(other, variable))
        yield { ...fn, body, result: renamed(fn.result, new Map([[variable, [other]]])) }
  }
}

/** Smaller forms of statements one by one. */
function* smallerBody<T>(
  body: Program,
  known: readonly Variable[],
  whole: (body: Program) => T,
): Generator<T> {
  for (const [i, statement] of body.entries()) {
    const before = [...known, ...body.slice(0, i).flatMap(defined)]
    for (const text of smallerTexts(statement.text, before))
      yield whole(body.with(i, { ...statement, text }))
    // Not what a hook is on: a function that may run again hooks only what it has made itself.
    const hooked = statement.text.includes('.registerHook(') ? statement.text[0] : null
    for (const variable of new Set(used(statement.text)))
      for (const other of before.slice(0, before.indexOf(variable)))
        if (variable !== hooked && sameShape(other, variable))
          yield whole(
            body.with(i, {
              ...statement,
              text: renamed(statement.text, new Map([[variable, [other]]])),
            }),
          )
    const [only, ...others] = defined(statement)
    const isLiteral = typeof statement.text[0] === 'string' && /^tensor\(/.test(statement.text[0])
    if (only?.kind !== 'tensor' || others.length > 0 || isLiteral) continue
    for (const option of ["{ dtype: 'float64', requiresGrad: true }", 'float64'])
      yield whole(
        body.with(i, { pattern: [only], text: [`tensor(${literal(only.shape)}, ${option})`] }),
      )
  }
}

/** Smaller programs, the much smaller ones first. */
function* smaller(program: Program): Generator<Program> {
  for (let size = program.length >> 1; size > 0; size >>= 1)
    for (let at = program.length - size; at >= 0; at -= size)
      yield without(program, new Set(program.slice(at, at + size)))
  yield* smallerBody(program, [], (body) => body)
}

/** The smallest program found that still `shows` it. */
export function shrunk(program: Program, shows: (program: Program) => boolean): Program {
  let least = program
  for (let tries = 0, again = true; again && tries < 3000; ) {
    again = false
    for (const candidate of smaller(least)) {
      if (++tries > 3000) break
      if (candidate.length === 0 || !shows(candidate)) continue
      least = candidate
      again = true
      break
    }
  }
  return least
}
