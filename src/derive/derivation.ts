// A derivation as a caller gets it: its equations as text, as LaTeX, and one by one.

import type { NestedArray } from '../tensor/index.ts'
import type { Given, Line } from './line.ts'
import type { Phase } from './trace.ts'

/** One equation of a derivation. */
export interface Equation {
  /** The quantity on the left, as in `δz_i`. */
  readonly name: string
  /** The right side, as text. */
  readonly expression: string
  /** The equation in LaTeX. */
  readonly latex: string
  /** The shape in letters: `['N', 'H']`. */
  readonly shape: readonly string[]
  /** Which pass it belongs to; `second` is the derivative of the derivative. */
  readonly part: 'forward' | 'backward' | 'second'
  /** For which steps it holds, and in which order they are computed; null for one of no step. */
  readonly steps: 't = 1 … T' | 't = T … 1' | null
}

/** A tensor that the equations begin from. */
export interface Beginning {
  /** Its name in the equations. */
  readonly name: string
  /** The shape in letters. */
  readonly shape: readonly string[]
  /**
   * An input, a parameter, the gradient (or direction) that a pass begins from, or numbers that the
   * function made.
   */
  readonly kind: 'input' | 'parameter' | 'seed' | 'constant'
  /** A parameter's path in its module; else the name that a caller gave. */
  readonly from: string
  /** The rows of it, where it is a part: from, and to before. */
  readonly rows: readonly [number, number] | null
  /** The numbers of a constant; null for others. */
  readonly values: NestedArray | null
}

const TITLES: Readonly<Record<Phase, string>> = {
  forward: 'forward',
  backward: 'backward',
  second: 'second order',
}
/**
 * The equations of a function and its derivative.
 *
 * ```ts
 * const derivation = derive(new RNNCell(3, 5), { passes: 'backward' })
 * derivation.lines[0].name // 'δz'
 * derivation.lines[0].expression // 'δh′ ⊙ (1 − h′²)'
 * ```
 */
export class Derivation {
  /** The function's name and what it is given. */
  readonly title: string
  /** The equations in the order in which they can be computed. */
  readonly lines: readonly Equation[]
  /** What they begin from. */
  readonly beginnings: readonly Beginning[]
  /** The lengths of the axes where it was derived, by their letters. */
  readonly sizes: Readonly<Record<string, number>>

  /** @internal */
  constructor(
    title: string,
    lines: readonly Equation[],
    beginnings: readonly Beginning[],
    sizes: Readonly<Record<string, number>>,
  ) {
    this.title = title
    this.lines = lines
    this.beginnings = beginnings
    this.sizes = sizes
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), {
      value: () => this.toString(),
    })
  }

  /** A line for each equation, under the pass it belongs to. */
  toString(): string {
    const width = Math.min(12, Math.max(...this.lines.map(({ name }) => length(name))))
    const groups = this.#groups().map(({ title, lines }) => {
      const rows = lines.map(
        ({ name, expression }) =>
          `  ${name}${' '.repeat(Math.max(0, width - length(name)))} = ${expression}`,
      )
      return [title, ...rows].join('\n')
    })
    return [[this.title, ...this.#parts()].join('\n'), ...groups].join('\n\n')
  }

  /** The equations as an `align*` environment each pass. */
  toLaTeX(): string {
    const groups = this.#groups().map(({ title, lines }) => {
      const rows = lines.map(({ latex }) => `  ${latex.replace(' = ', ' &= ')}`)
      return [`% ${title}`, '\\begin{align*}', rows.join(' \\\\\n'), '\\end{align*}'].join('\n')
    })
    return [`% ${this.title}`, ...groups].join('\n')
  }

  /** `W_ii, W_if, W_ig, W_io (H, D): rows of weight_ih` */
  #parts(): string[] {
    const parts = new Map<string, string[]>()
    for (const { name, from, shape, rows } of this.beginnings) {
      if (rows === null) continue
      const text = `(${shape.join(', ')}): rows of ${from}`
      parts.set(text, [...(parts.get(text) ?? []), name])
    }
    return [...parts].map(([text, names]) => `${names.join(', ')} ${text}`)
  }

  /** Neighbouring equations of one pass, of the same steps. */
  #groups(): { title: string; lines: Equation[] }[] {
    const groups: { title: string; lines: Equation[] }[] = []
    const begun = new Set<Phase>()
    for (const line of this.lines) {
      const { part, steps } = line
      const last = groups.at(-1)?.lines
      if (last !== undefined && last[0].part === part && last[0].steps === steps) {
        last.push(line)
        continue
      }
      const from = begun.has(part) ? '' : this.#seeds(part)
      begun.add(part)
      const title = TITLES[part] + (steps === null ? '' : `, for ${steps}`) + from
      groups.push({ title, lines: [line] })
    }
    return groups
  }

  /** `, from δy (N, H)` */
  #seeds(part: Phase): string {
    const mark = part === 'backward' ? 'δ' : part === 'second' ? 'v' : ' '
    const seeds = this.beginnings
      .filter(({ kind, name, rows }) => kind === 'seed' && name.startsWith(mark) && rows === null)
      .map(({ name, shape }) => `${name} (${shape.join(', ')})`)
    return seeds.length === 0 ? '' : `, from ${seeds.join(', ')}`
  }
}

const length = (text: string): number => [...text].length

/** A line of one call of the function. */
export const equation = ({ name, expression, latex, shape, part }: Line): Equation => ({
  name,
  expression,
  latex,
  shape,
  part,
  steps: null,
})

export const beginning = ({ name, shape, kind, from, rows, term }: Given): Beginning => ({
  name,
  shape,
  kind,
  from,
  rows,
  values: kind === 'constant' ? (term.symbol?.tensors[0].toArray() ?? null) : null,
})

/** `x (N, D), h (N, H)` */
export const listed = (given: readonly Beginning[], kind: Beginning['kind']): string =>
  given
    .filter((one) => one.kind === kind)
    .map(({ name, shape }) => `${name} (${shape.join(', ')})`)
    .join(', ')
