// Runs a program on both sides, statement by statement, and says what they do not agree on.

import * as tapegrad from 'tapegrad'
import * as mirror from './mirror/index.ts'
import { type Doubt, grant, reset } from './mirror/memory.ts'
import {
  compiled,
  defined,
  type Outcome,
  type Program,
  type Statement,
  type Surface,
  used,
  type Variable,
} from './program.ts'
import * as workshop from './workshop.ts'

/**
 * A disagreement: what kind, at which statement (null: when all had run), and the two sides in
 * words.
 */
export interface Find {
  readonly kind: string
  readonly statement: Statement | null
  readonly expected: string
  readonly got: string
}

const OURS: Surface = { ...tapegrad, ...workshop }
const THEIRS: Surface = { ...mirror, grid: workshop.grid }

const TOLERANCE = 1e-8
const KEPT = 'what a hook kept'

/** What a refusal of tapegrad is called here, by its message. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/recycled|freed with it/, 'gone'],
  [/has changed since|have changed since/, 'changed'],
  [/already walked/, 'walked'],
  [/must compute the same every time/, 'repeated'],
  [/was not used/, 'unused'],
  [/requires? a gradient|require no gradient/, 'plain'],
  [/^assign_: /, 'assign'],
  [/hooks inside each other/, 'endless'],
  [/expected groups of one (lr|initialLr)/, 'rates'],
  [/expected the moments to stay/, 'moments'],
]

function kindOf(error: unknown): string {
  if (error instanceof mirror.Refusal) return error.kind
  if (!(error instanceof Error)) return String(error)
  const known =
    error instanceof tapegrad.TapeError || error instanceof tapegrad.ValueError
      ? refusals.find(([pattern]) => pattern.test(error.message))
      : undefined
  return known?.[1] ?? `${error.name}: ${error.message}`
}

const isDoubt = (kind: string): kind is Doubt =>
  ['gone', 'changed', 'walked', 'repeated'].includes(kind)

type Reading = { numbers: ArrayLike<number> } | { refused: string }

interface Tensorlike {
  readonly requiresGrad: boolean
  readonly shape: readonly number[]
  readonly grad: Tensorlike | null
  toTypedArray(): ArrayLike<number>
}

const isTensor = (x: unknown): x is Tensorlike =>
  x instanceof tapegrad.Tensor || x instanceof mirror.Mirror

function read(x: Tensorlike): Reading {
  try {
    return { numbers: x.toTypedArray() }
  } catch (error) {
    return { refused: kindOf(error) }
  }
}

const worded = (reading: Reading): string =>
  'refused' in reading
    ? `refused: ${reading.refused}`
    : `[${Array.from(reading.numbers, (n) => +n.toPrecision(6)).join(', ')}]`

const close = (a: number, b: number): boolean =>
  Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b))

/**
 * Where two tensors differ; the mirror is asked second, so that it may refuse what tapegrad has
 * refused.
 */
function difference(
  ours: Tensorlike,
  theirs: Tensorlike,
  what: string,
): Omit<Find, 'statement'> | null {
  if (ours.requiresGrad !== theirs.requiresGrad)
    return {
      kind: 'requires',
      expected: `${what}.requiresGrad ${theirs.requiresGrad}`,
      got: `${ours.requiresGrad}`,
    }
  if (String(ours.shape) !== String(theirs.shape))
    return { kind: 'shape', expected: `${what} (${theirs.shape})`, got: `(${ours.shape})` }
  const got = read(ours)
  grant('refused' in got && isDoubt(got.refused) ? got.refused : null)
  const expected = read(theirs)
  grant(null)
  const differ = (kind: string) => ({
    kind,
    expected: `${what} ${worded(expected)}`,
    got: worded(got),
  })
  if ('refused' in got) return 'refused' in expected ? null : differ(`refused ${got.refused}`)
  if ('refused' in expected) return differ('read')
  const { numbers } = expected
  if (!Array.from(got.numbers).every((n, i) => close(n, numbers[i] as number)))
    return differ('numbers')
  const [gradient, other] = [gradientOf(ours), theirs.grad]
  // A tensor may be its own gradient; and what a hook was shown may be the caller's own, or a copy.
  if (what.endsWith('.grad.grad') || what === KEPT) return null
  if (gradient === null || other === null)
    return gradient === other
      ? null
      : {
          kind: `${other === null ? 'a' : 'no'} ${what.replace(/^[^.]*/, '')}.grad`,
          expected: `${what}.grad ${other && worded(read(other))}`,
          got: `${gradient && worded(read(gradient))}`,
        }
  return difference(gradient, other, `${what}.grad`)
}

/** The result of an op that has no gradient refuses to be asked for one. */
function gradientOf(t: Tensorlike): Tensorlike | null {
  try {
    return t.grad
  } catch (error) {
    if (!(t instanceof tapegrad.Tensor) || t.isLeaf || !(error instanceof tapegrad.TapeError))
      throw error
    return null
  }
}

/**
 * How two values differ: tensors by what they say, the tensors of layers, and nothing else but
 * whether they are there.
 */
function compare(ours: unknown, theirs: unknown, what: string): Omit<Find, 'statement'> | null {
  if (isTensor(ours) && isTensor(theirs)) return difference(ours, theirs, what)
  if (ours instanceof tapegrad.Module && theirs instanceof mirror.Layer) {
    const others = theirs.parameters()
    return first(ours.parameters(), (p, i) =>
      difference(p, others[i] as mirror.Mirror, `${what}’s parameter ${i}`),
    )
  }
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    // What hooks have kept, in any order: which leaf's hook is called first is nobody's promise.
    const left = [...theirs]
    const missing = ours.filter((x) => {
      const at = left.findIndex((y) => compare(x, y, KEPT) === null)
      if (at >= 0) left.splice(at, 1)
      return at < 0
    })
    const kept = (x: unknown): string =>
      isTensor(x) ? `${worded(read(x))}${x.requiresGrad ? ' requiring a gradient' : ''}` : String(x)
    return missing.length + left.length === 0
      ? null
      : { kind: 'kept', expected: `kept ${left.map(kept)}`, got: `${missing.map(kept)}` }
  }
  const plain =
    typeof ours === 'number' || typeof ours === 'string' || ours == null || theirs == null
  const same =
    ours === theirs ||
    (typeof ours === 'number' && typeof theirs === 'number' && close(ours, theirs)) ||
    (ours == null && theirs == null)
  return plain && !same ? { kind: 'value', expected: `${what} ${theirs}`, got: `${ours}` } : null
}

function first<T>(
  all: Iterable<T>,
  find: (x: T, i: number) => Omit<Find, 'statement'> | null,
): Omit<Find, 'statement'> | null {
  let i = 0
  for (const x of all) {
    const found = find(x, i++)
    if (found !== null) return found
  }
  return null
}

/**
 * What a program came to: a disagreement, or none; and how many of its statements did something.
 */
export interface Verdict {
  readonly find: Find | null
  readonly done: number
}

/**
 * Runs a program on both sides, ours perhaps with another surface. `eager` reads every result at
 * once, and not only when all statements have run.
 */
export function run(program: Program, eager: boolean, surface: Surface = {}): Verdict {
  reset()
  const make = compiled(program)
  const [ours, theirs] = [make({ ...OURS, ...surface }), make(THEIRS)]
  ours.next(true)
  theirs.next(true)
  const values = new Map<Variable, readonly [ours: unknown, theirs: unknown]>()
  const dead = new Set<Variable>()
  const bury = (statement: Statement): void => {
    for (const variable of defined(statement)) dead.add(variable)
  }
  let [done, lasting] = [0, false]
  for (const statement of program) {
    const go = !used(statement.text).some((variable) => dead.has(variable))
    const here = ours.next(go).value as Outcome
    if (!go) {
      theirs.next(false)
      bury(statement)
      continue
    }
    const refused = 'error' in here ? kindOf(here.error) : null
    grant(refused !== null && isDoubt(refused) ? refused : null)
    const there = theirs.next(true).value as Outcome
    grant(null)
    if (
      'error' in there &&
      !(there.error instanceof mirror.Refusal || kindOf(there.error).startsWith('Error: thrown'))
    ) {
      if (there.error instanceof mirror.Pointless) return { find: null, done: 0 }
      if (refused === null || refused !== kindOf(there.error))
        throw new Error(`the mirror broke: ${kindOf(there.error)}`, { cause: there.error })
      return { find: null, done: 0 }
    }
    const expected = 'error' in there ? kindOf(there.error) : null
    // Both refuse, each for a reason of its own: which is seen first depends on who keeps what.
    if (refused !== null && isDoubt(refused) && expected !== null) return { find: null, done }
    if (refused !== expected) {
      const said = refused !== null && 'error' in here ? String(here.error) : 'no error'
      return {
        find: {
          kind: `refusal ${refused} ${expected}`,
          statement,
          expected: expected === null ? 'no error' : `refused: ${expected}`,
          got: said,
        },
        done,
      }
    }
    if ('error' in here || 'error' in there) {
      if (lasting) return { find: null, done }
      bury(statement)
      continue
    }
    done++
    lasting ||= statement.effects === true
    const names = defined(statement)
    names.forEach((variable, i) => {
      const pair = [here.values[i], there.values[i]] as const
      if (pair[0] == null && pair[1] == null) dead.add(variable)
      else values.set(variable, pair)
    })
    const found = first(eager ? names : [], (_, i) =>
      compare(here.values[i], there.values[i], `result ${i}`),
    )
    if (found !== null) return { find: { ...found, statement }, done }
  }
  const found = first(values, ([variable, [a, b]]) => {
    const statement = program.find((one) => defined(one).includes(variable)) as Statement
    const difference = compare(a, b, `the result of ${defined(statement).indexOf(variable)}`)
    return difference === null ? null : ({ ...difference, statement } as Find)
  })
  return { find: found as Find | null, done }
}
