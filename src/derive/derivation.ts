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
   * An input, a parameter, numbers that the function made, the gradient that the backward pass
   * begins from, or a direction of second order.
   */
  readonly kind: 'input' | 'parameter' | 'constant' | 'seed' | 'direction'
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
      return [...title, ...rows].join('\n')
    })
    return [this.#head().join('\n'), ...groups].join('\n\n')
  }

  /** The equations as an `align*` environment each pass. */
  toLaTeX(): string {
    const groups = this.#groups().map(({ title, lines }) => {
      const rows = lines.map(({ latex }) => `  ${latex.replace(' = ', ' &= ')}`)
      const comments = title.map((text) => `% ${text}`)
      return [...comments, '\\begin{align*}', rows.join(' \\\\\n'), '\\end{align*}'].join('\n')
    })
    return [...this.#head().map((text) => `% ${text}`), ...groups].join('\n')
  }

  /** What the equations begin from, except the gradients and directions of a pass. */
  #head(): string[] {
    const parameters = listed(this.beginnings, 'parameter')
    const constants = this.beginnings.filter(({ kind }) => kind === 'constant')
    return [
      this.title,
      ...(parameters === '' ? [] : [`parameters ${parameters}`]),
      ...this.#parts((kind) => kind !== 'direction'),
      ...constants.map((one) => {
        const isNumber = one.shape.length === 0
        return `${isNumber ? `${one.name} = ${one.values}` : written(one)}: constant`
      }),
    ]
  }

  /** `W_ii, W_if, W_ig, W_io (H, D): rows of weight_ih` */
  #parts(isWanted: (kind: Beginning['kind']) => boolean): string[] {
    const parts = new Map<string, string[]>()
    for (const { name, from, shape, rows, kind } of this.beginnings) {
      if (rows === null || !isWanted(kind)) continue
      const text = `(${shape.join(', ')}): rows of ${from}`
      parts.set(text, [...(parts.get(text) ?? []), name])
    }
    return [...parts].map(([text, names]) => `${names.join(', ')} ${text}`)
  }

  /** Neighbouring equations of one pass, of the same steps. */
  #groups(): { title: string[]; lines: Equation[] }[] {
    const groups: { title: string[]; lines: Equation[] }[] = []
    const begun = new Set<Phase>()
    for (const line of this.lines) {
      const { part, steps } = line
      const last = groups.at(-1)?.lines
      if (last !== undefined && last[0].part === part && last[0].steps === steps) {
        last.push(line)
        continue
      }
      const [from, ...more] = begun.has(part) ? [''] : this.#seeds(part)
      begun.add(part)
      const title = TITLES[part] + (steps === null ? '' : `, for ${steps}`) + from
      groups.push({ title: [title, ...more], lines: [line] })
    }
    return groups
  }

  /** `, from δy (N, H)`, and of second order what ε marks. */
  #seeds(part: Phase): string[] {
    if (part === 'forward') return ['']
    const kind = part === 'second' ? 'direction' : 'seed'
    const seeds = listed(this.beginnings, kind)
    const from = seeds === '' ? '' : `, from ${seeds}`
    if (part === 'backward') return [from]
    const all = this.beginnings.filter((one) => one.kind === kind).map((one) => one.from)
    const sum = [...new Set(all)].map((v) => `Σ ${v} ⊙ δ${v.slice('v_'.length)}`)
    const parts = this.#parts((own) => own === kind)
    return [from, ...parts, `ε marks the gradients of ${sum.join(' + ')}`]
  }
}

/** Marks stand on the letter before them. */
const length = (text: string): number => [...text.replace(/\p{Mn}/gu, '')].length

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

/** `x (N, D)` */
const written = ({ name, shape }: Beginning): string => `${name} (${shape.join(', ')})`

/** `x (N, D), h (N, H)`: what is not a part of another. */
export const listed = (given: readonly Beginning[], kind: Beginning['kind']): string =>
  given
    .filter((one) => one.kind === kind && one.rows === null)
    .map(written)
    .join(', ')
