// The two notations: that of docs/documents.md as text, and LaTeX.

/** The two notations. */
export interface Notation {
  name(name: string): string
  number(x: number): string
  brackets(text: string): string
  minus: string
  times: string
  over(above: string, below: string): string
  beside: string
  transposed(text: string): string
  power(base: string, exponent: string): string
  sum(index: string): string
  call(name: string, args: readonly string[]): string
  relation(name: string): string
  test(text: string): string
  joined(parts: readonly string[], isRow: boolean): string
  part(of: string, range: string): string
}

const decimal = (x: number): string =>
  Math.abs(x) === Infinity
    ? `${x < 0 ? '−' : ''}∞`
    : String(x).replaceAll('-', '−').replace('e+', 'e')

const SUPERSCRIPTS: Readonly<Record<string, string>> = { '2': '²', '3': '³' }

export const TEXT: Notation = {
  name: (name) => name,
  number: decimal,
  brackets: (text) => `(${text})`,
  minus: '−',
  times: ' ⊙ ',
  over: (above, below) => `${above} / ${below}`,
  beside: ' ',
  transposed: (text) => `${text}ᵀ`,
  power: (base, exponent) =>
    exponent in SUPERSCRIPTS ? base + SUPERSCRIPTS[exponent] : `${base}^${exponent}`,
  sum: (index) => `Σ${index}`,
  call: (name, args) => `${name}(${args.join(', ')})`,
  relation: (name) => ` ${name} `,
  test: (text) => `[${text}]`,
  joined: (parts, isRow) => `[${parts.join(isRow ? ' | ' : '; ')}]`,
  part: (of, range) => `${of}[${range}]`,
}

const RELATIONS: Readonly<Record<string, string>> = { '≠': '\\ne', '≤': '\\le', '≥': '\\ge' }
const KNOWN = ['tanh', 'exp', 'log', 'sin', 'cos', 'max', 'min']
const INDICES: Readonly<Record<string, string>> = { ₙ: '_n', ⱼ: '_j', '': '' }

/** Greek letters from α and Α on, as LaTeX calls them; '' for those that look as Latin ones. */
const SMALL =
  'alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi  pi rho varsigma ' +
  'sigma tau upsilon varphi chi psi omega'
const LARGE = '  Gamma Delta    Theta   Lambda   Xi  Pi   Sigma  Upsilon Phi  Psi Omega'
const GREEK = new Map<string, string>(
  [
    [SMALL, 0x3b1] as const,
    [LARGE, 0x391] as const,
    ['vartheta', 0x3d1] as const,
    ['phi varpi', 0x3d5] as const,
    ['varkappa varrho', 0x3f0] as const,
    ['epsilon', 0x3f5] as const,
  ].flatMap(([names, from]) =>
    names.split(' ').flatMap((name, i) => (name ? [[String.fromCharCode(from + i), name]] : [])),
  ) as [string, string][],
)
/** What a word may be the name of: a letter that marks no gradient. */
const WORDS = new Set([...GREEK.values()].filter((name) => !/delta|epsilon/u.test(name)))

/** `h'`, `\mathrm{loss}`, `\alpha2`: what stands between two `_` of a name. */
function latexWord(word: string, isBelow: boolean): string {
  if (word === '') return '\\_'
  const runs = word.match(/[A-Za-z]+\d*|\d+|[′⁻]+|[^\w′⁻]/gu) ?? []
  return runs.reduce((text, run, i) => {
    const [, letters, digits] = /^([A-Za-z]*)(\d*)$/u.exec(run) ?? []
    const greek = GREEK.get(run) ?? (WORDS.has(letters) ? letters : undefined)
    // A letter needs a space behind it before another one.
    const space = /\\[a-z]+$/iu.test(text) && /^[A-Za-z]/u.test(run) ? ' ' : ''
    if (greek !== undefined) return `${text}\\${greek}${digits ?? ''}`
    if (letters !== undefined)
      return `${text}${space}${letters.length > 1 && !isBelow ? `\\mathrm{${run}}` : run}`
    if (!/[′⁻]/u.test(run)) return `${text}\\text{${run}}`
    const marks = run.replaceAll('⁻', '-')
    const above = /^′+$/u.test(run)
      ? "'".repeat(run.length)
      : `^{${marks.replaceAll('′', '\\prime ').trim()}}`
    return i === runs.length - 1 ? text + above : `{${text}${above}}`
  }, '')
}

/** `W_{ii}`, `\delta h'`, `h_{t-1}` */
export function latexName(name: string): string {
  const [, mark, main, step] = /^([δε]*)(.*?)(?:⟨(.*)⟩)?$/u.exec(name) as unknown as string[]
  const [first, ...rest] = main.split('_')
  const marks = [...mark].map((letter) => `\\${GREEK.get(letter)} `).join('')
  const below = rest.map((word) => latexWord(word, true))
  if (step !== undefined) below.push(step.replaceAll('−', '-'))
  const base = marks + latexWord(first, false)
  return below.length === 0 ? base : `${base}_{${below.join(',')}}`
}

export const LATEX: Notation = {
  name: latexName,
  number: (x) =>
    decimal(x)
      .replaceAll('−', '-')
      .replace('∞', '\\infty')
      .replace(/e(.*)$/, ' \\cdot 10^{$1}'),
  brackets: (text) => `\\left(${text}\\right)`,
  minus: '-',
  times: ' \\odot ',
  over: (above, below) => `${above} / ${below}`,
  beside: '\\,',
  transposed: (text) => `{${text}}^\\top`,
  power: (base, exponent) => `{${base}}^{${exponent}}`,
  sum: (index) => `\\sum${INDICES[index]}`,
  call: (name, args) => {
    const known = name === 'σ' ? '\\sigma' : KNOWN.includes(name) ? `\\${name}` : null
    const own = known ?? `\\operatorname{${name.replaceAll('_', '\\_')}}`
    return `${own}\\left(${args.join(', ')}\\right)`
  },
  relation: (name) => ` ${RELATIONS[name] ?? name} `,
  test: (text) => `\\left[${text}\\right]`,
  joined: (parts, isRow) =>
    isRow
      ? `\\left[${parts.join(' \\;\\middle|\\; ')}\\right]`
      : `\\begin{bmatrix}${parts.join(' \\\\ ')}\\end{bmatrix}`,
  part: (of, range) => `{${of}}_{[${range}]}`,
}
