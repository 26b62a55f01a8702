// Brings expressions to a normal form: sums of products, transposes at names alone, everything that
// commutes in one order. Equal normal forms are equal functions; nothing is computed.

import type { Tree } from './language.ts'

/** Products and what stands before them. */
type Polynomial = Map<string, number>

const one = (factor: string, coef = 1): Polynomial => new Map([[factor, coef]])
const keyOf = (p: Polynomial): string => {
  const terms = [...p].filter(([, coef]) => coef !== 0).map(([factors, c]) => `${c}·${factors}`)
  return `{${terms.sort().join(' + ')}}`
}

function add(a: Polynomial, b: Polynomial, factor = 1): Polynomial {
  const sum = new Map(a)
  for (const [key, coef] of b) sum.set(key, (sum.get(key) ?? 0) + factor * coef)
  return sum
}

/** Factors of a product by elements are kept sorted, with a mark between them. */
const MARK = ' ⊙ '
const factorsOf = (key: string): string[] => (key === '1' ? [] : key.split(MARK))
const product = (factors: readonly string[]): string =>
  factors.length === 0 ? '1' : [...factors].sort().join(MARK)

function times(a: Polynomial, b: Polynomial, join: (x: string, y: string) => string): Polynomial {
  let sum: Polynomial = new Map()
  for (const [x, p] of a) for (const [y, q] of b) sum = add(sum, one(join(x, y), p * q))
  return sum
}
const byElements = (x: string, y: string): string => product([...factorsOf(x), ...factorsOf(y)])

/** A product of matrices is one factor; one inside another is opened. */
const opened = (key: string): string =>
  key.startsWith('⟪') && !key.includes(MARK)
    ? key.slice(1, -1)
    : key.includes(MARK)
      ? `(${key.replaceAll(MARK, '⊙')})`
      : key
const asChain = (x: string, y: string): string => `⟪${opened(x)}·${opened(y)}⟫`

/** `vectors` are names that a transpose does not change. */
function polynomial(tree: Tree, flipped: boolean, vectors: ReadonlySet<string>): Polynomial {
  const of = (inner: Tree, flip = flipped): Polynomial => polynomial(inner, flip, vectors)
  switch (tree.kind) {
    case 'number':
      return one('1', tree.value)
    case 'name':
      return one(flipped && !vectors.has(tree.name) ? `${tree.name}ᵀ` : tree.name)
    case 'sum':
      return tree.parts.reduce<Polynomial>(
        (sum, [sign, part]) => add(sum, of(part), sign),
        new Map(),
      )
    case 'times':
      return times(of(tree.left), of(tree.right), byElements)
    case 'over':
      return times(of(tree.left), one(`1/${keyOf(of(tree.right))}`), byElements)
    case 'beside': {
      const [a, b] = flipped ? [tree.right, tree.left] : [tree.left, tree.right]
      const isScaled = a.kind === 'number' || b.kind === 'number'
      return times(of(a), of(b), isScaled ? byElements : asChain)
    }
    case 'transposed':
      return of(tree.of, !flipped)
    case 'power': {
      const { by } = tree
      if (by.kind !== 'number') throw new Error('expected a number as a power')
      return Array<Tree>(by.value)
        .fill(tree.of)
        .map((factor) => of(factor))
        .reduce((a, b) => times(a, b, byElements))
    }
    case 'total': {
      let sum: Polynomial = new Map()
      for (const [key, coef] of of(tree.of))
        sum = add(sum, one(`Σ${tree.index}${opened(key)}`, coef))
      return sum
    }
    case 'call': {
      const args = tree.args.map((arg) => {
        if (arg.kind === 'list') return arg.numbers.join(',')
        return arg.kind === 'word' ? arg.word : keyOf(of(arg))
      })
      return one(`${tree.name}(${args.join(', ')})`)
    }
    default:
      throw new Error(`no normal form of a ${tree.kind}`)
  }
}

/** The normal form of an expression, or of its transpose. */
export const normal = (
  tree: Tree,
  { flipped = false, vectors = [] }: { flipped?: boolean; vectors?: readonly string[] } = {},
): string => keyOf(polynomial(tree, flipped, new Set(vectors)))

/** The tree with every name replaced, and other trees as `change` says. */
export function replaced(tree: Tree, change: (tree: Tree) => Tree | null): Tree {
  const own = change(tree)
  if (own !== null) return own
  const inner = (one: Tree): Tree => replaced(one, change)
  switch (tree.kind) {
    case 'sum':
      return { ...tree, parts: tree.parts.map(([sign, part]) => [sign, inner(part)] as const) }
    case 'times':
    case 'over':
    case 'beside':
    case 'test':
      return { ...tree, left: inner(tree.left), right: inner(tree.right) }
    case 'transposed':
    case 'total':
    case 'part':
      return { ...tree, of: inner(tree.of) }
    case 'power':
      return { ...tree, of: inner(tree.of), by: inner(tree.by) }
    case 'joined':
      return { ...tree, parts: tree.parts.map(inner) }
    case 'call':
      return {
        ...tree,
        args: tree.args.map((arg) =>
          arg.kind === 'word' || arg.kind === 'list' ? arg : inner(arg),
        ),
      }
    default:
      return tree
  }
}
