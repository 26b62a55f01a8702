// Names for what gets a line, for given tensors and for the parts of packed weights.

import { LATEX } from './notation.ts'
import { isFunction } from './numbers.ts'
import { isPart } from './select.ts'
import type { Quantity, Term } from './term.ts'

/** Names that LaTeX writes alike are one, and `W²` is also the square of W. */
const keyOfName = (name: string): string => LATEX.name(name.replace(/[⁰-⁹¹²³]+$/u, ''))

/** Each name once: the second `z` is `z_2`. */
export class Names {
  readonly #taken = new Set<string>()

  unique(name: string): string {
    let own = name
    for (let k = 2; this.has(own); k++) own = `${name}_${k}`
    this.#taken.add(keyOfName(own))
    return own
  }

  has(name: string): boolean {
    return this.#taken.has(keyOfName(name))
  }
}

/** `W_ih` for weight_ih, `b_l0_ih` for l0.bias_ih, `w_ci` for a vector. */
export function parameterName(path: string, rank: number): string {
  const parts = path.split('.')
  const [kind, ...rest] = (parts.pop() as string).split('_')
  const letter = kind === 'weight' ? (rank > 1 ? 'W' : 'w') : kind === 'bias' ? 'b' : null
  if (letter === null) return [...parts, kind, ...rest].join('_')
  return [letter, ...parts, ...rest].join('_')
}

/** All but letters with their accents, digits, and signs above and below. */
const UNREADABLE = /[^\p{Lu}\p{Ll}\p{Lo}\p{Mn}\p{Nd}_′⁻⁺⁰-⁹¹²³₀-₉₊₋ₐ-ₜᵢ-ᵥⱼ]|Σ/gu

/** What a caller may call something, as one word of the equations that is no gradient's. */
export const asName = (label: string): string =>
  label
    .replaceAll("'", '′')
    .replaceAll('ᵀ', '_T')
    .replace(UNREADABLE, '_')
    .replace(/^(?=[^\p{L}_]|[δεₐ-ₜᵢ-ᵥⱼ])/u, '_') || '_'

/** A name that is also no function of the equations. */
export const labelName = (label: string): string => {
  const name = asName(label)
  return isFunction(name) ? `_${name}` : name
}

/** `W_ii` of `W_ih` and the gate i; `V_i` of `V`. */
const partName = (whole: string, gate: string): string =>
  /_\w*h$/u.test(whole) ? whole.slice(0, -1) + gate : `${whole}_${gate}`

/** The rows of a parameter, by their range. */
export interface PartOf {
  readonly leaf: Term
  readonly from: number
  readonly to: number
}
export const partOf = ({ args, attrs }: Term): PartOf => {
  const [from, to] = attrs.range ?? [0, 0]
  return { leaf: args[0], from, to }
}
const keyOf = ({ leaf, from, to }: PartOf): string => `${leaf.id} ${from} ${to}`
const placeOf = ({ leaf, from, to }: PartOf): string => `${from}/${to}/${leaf.shape[0]}`

/** The names of the rows of packed parameters: those of the gates that are computed with them. */
export class PartNames {
  readonly #names = new Map<string, string>()
  readonly #parts = new Map<Term, PartOf[]>()

  /** `definitions` are those of the lines, with the gates that lines belong to. */
  constructor(
    names: Names,
    definitions: readonly (readonly [gate: string | null, definition: Term])[],
  ) {
    const gates = new Map<string, string>()
    const found: PartOf[] = []
    const visit = (term: Term, gate: string | null, seen: Set<Term>): void => {
      if (seen.has(term)) return
      seen.add(term)
      if (isPart(term)) {
        const part = partOf(term)
        if (!found.some((other) => keyOf(other) === keyOf(part))) found.push(part)
        if (gate !== null && !gates.has(placeOf(part))) gates.set(placeOf(part), gate)
      } else if (term.op !== 'ref') for (const arg of term.args) visit(arg, gate, seen)
    }
    for (const [gate, definition] of definitions) visit(definition, gate, new Set())
    for (const part of found.sort((a, b) => a.leaf.id - b.leaf.id || a.from - b.from)) {
      const all = this.#parts.get(part.leaf) ?? []
      this.#parts.set(part.leaf, [...all, part])
      const gate = gates.get(placeOf(part)) ?? String(all.length + 1)
      const whole = (part.leaf.symbol as Quantity).name
      this.#names.set(keyOf(part), names.unique(partName(whole, gate)))
    }
  }

  of(part: PartOf): string {
    return this.#names.get(keyOf(part)) as string
  }

  /** The parts of a parameter that have names, in their order. */
  partsOf(leaf: Term): readonly PartOf[] {
    return this.#parts.get(leaf) ?? []
  }

  get leaves(): readonly Term[] {
    return [...this.#parts.keys()]
  }
}
