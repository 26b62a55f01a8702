// Reads printed equations: a parser of the notation by itself, for tests. It
// imports nothing of the package, and so knows the notation only as it is documented.

/** An expression that was read. */
export type Tree =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'sum'; readonly parts: readonly (readonly [1 | -1, Tree])[] }
  | { readonly kind: 'times' | 'over' | 'beside'; readonly left: Tree; readonly right: Tree }
  | { readonly kind: 'transposed'; readonly of: Tree }
  | { readonly kind: 'power'; readonly of: Tree; readonly by: Tree }
  | { readonly kind: 'total'; readonly index: string; readonly of: Tree }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Argument[] }
  | { readonly kind: 'test'; readonly relation: string; readonly left: Tree; readonly right: Tree }
  | { readonly kind: 'joined'; readonly isRow: boolean; readonly parts: readonly Tree[] }
  | {
      readonly kind: 'part'
      readonly of: Tree
      readonly ranges: readonly (readonly Tree[] | null)[]
    }

/** An argument of a function: an expression, a list of numbers, or `axes 0, 1`, `axis 1`, `keep`. */
export type Argument = Tree | { readonly kind: 'list'; readonly numbers: readonly number[] } | Word
interface Word {
  readonly kind: 'word'
  readonly word: string
}

const NAME = /[\p{Lu}\p{Ll}\p{Lo}_][\p{Lu}\p{Ll}\p{Lo}\p{Mn}\p{Nd}_′⁻⁺₀-₉₊₋ₐ-ₜᵢ-ᵥⱼ]*(?:⟨[^⟩]*⟩)?/uy
const NUMBER = /∞|\d+(?:\.\d+)?(?:e−?\d+)?/uy
const POWERS: Readonly<Record<string, number>> = { '²': 2, '³': 3 }

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  all(): Tree {
    const tree = this.#sum()
    this.#spaces()
    if (this.#at < this.#text.length) this.#fail('the end')
    return tree
  }

  #fail(expected: string): never {
    const [before, after] = [this.#text.slice(0, this.#at), this.#text.slice(this.#at)]
    throw new Error(`expected ${expected} in ${before}‸${after}`)
  }

  #spaces(): void {
    while (this.#text[this.#at] === ' ') this.#at++
  }

  #next(text: string): boolean {
    this.#spaces()
    return this.#text.startsWith(text, this.#at)
  }

  #take(text: string): boolean {
    if (!this.#next(text)) return false
    this.#at += text.length
    return true
  }

  #must(text: string): void {
    if (!this.#take(text)) this.#fail(text)
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? null
    if (found !== null) this.#at += found.length
    return found
  }

  #sum(): Tree {
    const first = this.#take('−') ? -1 : 1
    const parts: (readonly [1 | -1, Tree])[] = [[first, this.#product()]]
    for (;;) {
      if (this.#take('+')) parts.push([1, this.#product()])
      else if (this.#take('−')) parts.push([-1, this.#product()])
      else return parts.length === 1 && first === 1 ? parts[0][1] : { kind: 'sum', parts }
    }
  }

  #product(): Tree {
    if (this.#take('Σ')) {
      const index = this.#match(/[ₙₘⱼₜ]/uy) ?? ''
      return { kind: 'total', index, of: this.#product() }
    }
    let left = this.#chain()
    for (;;) {
      if (this.#take('⊙')) left = { kind: 'times', left, right: this.#chain() }
      else if (this.#take('/')) left = { kind: 'over', left, right: this.#chain() }
      else return left
    }
  }

  /** Factors beside each other: a number times something, or a product of matrices. */
  #chain(): Tree {
    let left = this.#postfix()
    while (this.#beginsFactor()) left = { kind: 'beside', left, right: this.#postfix() }
    return left
  }

  #beginsFactor(): boolean {
    this.#spaces()
    const rest = this.#text.slice(this.#at)
    return /^[\p{Lu}\p{Ll}\p{Lo}_\d([]/u.test(rest) && !rest.startsWith('Σ')
  }

  #postfix(): Tree {
    let tree = this.#primary()
    for (;;) {
      const sign = this.#text[this.#at]
      if (sign === 'ᵀ') {
        this.#at++
        tree = { kind: 'transposed', of: tree }
      } else if (sign in POWERS) {
        this.#at++
        tree = { kind: 'power', of: tree, by: { kind: 'number', value: POWERS[sign] } }
      } else if (sign === '^') {
        this.#at++
        tree = { kind: 'power', of: tree, by: this.#primary() }
      } else if (sign === '[') tree = this.#part(tree)
      else return tree
    }
  }

  #primary(): Tree {
    this.#spaces()
    if (this.#take('(')) {
      const tree = this.#sum()
      this.#must(')')
      return tree
    }
    if (this.#take('[')) return this.#bracket()
    const number = this.#match(NUMBER)
    if (number !== null) {
      const value = number === '∞' ? Infinity : Number(number.replace('−', '-'))
      const tree: Tree = { kind: 'number', value }
      const size = this.#match(NAME)
      if (size === null) return tree
      return { kind: 'beside', left: tree, right: { kind: 'name', name: size } }
    }
    const name = this.#match(NAME)
    if (name === null) this.#fail('an expression')
    const power = POWERS[this.#text[this.#at]]
    const isSpoken = power !== undefined && this.#text[this.#at + 1] === '('
    if (isSpoken) this.#at++
    if (this.#text[this.#at] !== '(') return { kind: 'name', name }
    const call: Tree = { kind: 'call', name, args: this.#arguments() }
    return isSpoken ? { kind: 'power', of: call, by: { kind: 'number', value: power } } : call
  }

  #bracket(): Tree {
    const left = this.#sum()
    for (const relation of ['=', '≠', '≤', '≥', '<', '>'])
      if (this.#take(relation)) {
        const right = this.#sum()
        this.#must(']')
        return { kind: 'test', relation, left, right }
      }
    const isRow = this.#next('|')
    const parts = [left]
    while (this.#take(isRow ? '|' : ';')) parts.push(this.#sum())
    this.#must(']')
    return { kind: 'joined', isRow, parts }
  }

  #arguments(): Argument[] {
    this.#must('(')
    const args: Argument[] = []
    do {
      const word =
        this.#next('ax') || this.#next('keep') ? this.#match(/ ?(?:axes|axis|keep)\b/uy) : null
      if (word !== null) {
        args.push({ kind: 'word', word: word.trim() })
        if (word.trim() === 'keep') continue
      }
      this.#spaces()
      if (this.#take('{')) {
        const text = this.#match(/[^}]*/uy) ?? ''
        this.#must('}')
        const numbers = text === '' ? [] : text.split(', ').map((x) => Number(x.replace('−', '-')))
        args.push({ kind: 'list', numbers })
      } else args.push(this.#sum())
    } while (this.#take(','))
    this.#must(')')
    return args
  }

  #part(of: Tree): Tree {
    this.#must('[')
    const ranges: (readonly Tree[] | null)[] = []
    do {
      this.#spaces()
      if (/^:(?:,|\])/u.test(this.#text.slice(this.#at))) {
        this.#at++
        ranges.push(null)
        continue
      }
      const bounds = [this.#primary()]
      while (this.#take(':')) bounds.push(this.#primary())
      ranges.push(bounds)
    } while (this.#take(','))
    this.#must(']')
    return { kind: 'part', of, ranges }
  }
}

export const parse = (text: string): Tree => new Reader(text).all()

/** The equations of a text: the name on the left, the expression on the right. */
export const equationsIn = (text: string): (readonly [name: string, expression: string])[] =>
  text.split('\n').flatMap((line) => {
    const [, name, expression] = /^ {2}(\S+) += (.*)$/u.exec(line) ?? []
    return name === undefined ? [] : [[name, expression] as const]
  })
