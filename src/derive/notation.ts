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
  /** `axes 0, 1`, `keep` */
  word(text: string): string
  list(numbers: readonly string[]): string
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
  power: (own, exponent) => {
    // The square of what is called W².
    const base = /[⁰-⁹¹²³]$/u.test(own) ? `(${own})` : own
    return exponent in SUPERSCRIPTS ? base + SUPERSCRIPTS[exponent] : `${base}^${exponent}`
  },
  sum: (index) => `Σ${index}`,
  call: (name, args) => `${name}(${args.join(', ')})`,
  relation: (name) => ` ${name} `,
  test: (text) => `[${text}]`,
  joined: (parts, isRow) => `[${parts.join(isRow ? ' | ' : '; ')}]`,
  part: (of, range) => `${of}[${range}]`,
  word: (text) => text,
  list: (numbers) => `{${numbers.join(', ')}}`,
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

/** Marks on letters, as LaTeX calls them. */
const ACCENTS = new Map(
  'grave acute hat tilde bar overline breve dot ddot mathring check vec'
    .split(' ')
    .map((name, i) => [
      '\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u030a\u030c\u20d7'[i],
      name,
    ]),
)
/** Letters of scripts that renderers of LaTeX have. */
const HAVE = /^[\p{sc=Cyrl}\p{sc=Hani}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]$/u

/** `\hat{x}`, `\ell`, `\text{ж}`: one sign with its marks. */
function latexSign(sign: string): string {
  if (/^[ -~]$/.test(sign)) return sign === '_' ? '\\_' : sign
  const known = sign === 'ℓ' ? 'ell' : GREEK.get(sign)
  if (known !== undefined) return `\\${known}`
  if (HAVE.test(sign)) return `\\text{${sign}}`
  const [base, ...marks] = sign.normalize('NFD')
  if (marks.length > 0)
    return marks.reduce(
      (text, mark) => (ACCENTS.has(mark) ? `\\${ACCENTS.get(mark)}{${text}}` : text),
      latexSign(base),
    )
  const plain = sign.normalize('NFKC').replace('−', '-')
  if (plain !== sign) return [...plain].map(latexSign).join('')
  return `\\text{U+${sign.codePointAt(0)?.toString(16)}}`
}

const ABOVE = '′⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹'
const RUNS = new RegExp(
  `(?:\\w|[^\\w${ABOVE}])\\p{Mn}+|[A-Za-z]+(?!\\p{Mn})\\d*(?!\\p{Mn})|\\d|[${ABOVE}]+|.`,
  'gu',
)

/** `h'`, `\mathrm{loss}`, `\alpha2`: what stands between two `_` of a name. */
function latexWord(word: string, isBelow: boolean): string {
  if (word === '') return '\\_'
  const runs = word.match(RUNS) ?? []
  return runs.reduce((text, run, i) => {
    const [, letters, digits] = /^([A-Za-z]*)(\d*)$/u.exec(run) ?? []
    // A letter needs a space behind it before another one.
    const space = /\\[a-z]+$/iu.test(text) && /^[A-Za-z]/u.test(run) ? ' ' : ''
    if (letters !== undefined && WORDS.has(letters)) return `${text}\\${letters}${digits}`
    if (letters !== undefined)
      return text + space + (run.length > 1 && !isBelow ? `\\mathrm{${run}}` : run)
    if (!ABOVE.includes(run[0])) return text + latexSign(run)
    const marks = run.replace(/[^′]/gu, latexSign)
    const above = /^′+$/u.test(run)
      ? "'".repeat(run.length)
      : `^{${marks.replaceAll('′', '\\prime ').trim()}}`
    return i === runs.length - 1 ? text + above : `{${text}${above}}`
  }, '')
}

/** What stands below a letter, and above it behind that. */
const BELOW = new RegExp(`([₀-₉₊₋ₐ-ₜᵢ-ᵥⱼ]+)([${ABOVE}]*)`, 'gu')

/** `W_{ii}`, `\delta h'`, `h_{t-1}` */
export function latexName(name: string): string {
  const [, mark, main, step] = /^([δε]*)(.*?)(?:⟨(.*)⟩)?$/u.exec(name) as unknown as string[]
  const [first, ...rest] = main
    .replace(BELOW, (_, below: string, above: string) => `${above}_${below.normalize('NFKC')}`)
    .split('_')
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
    const own = known ?? `\\operatorname{${[...name].map(latexSign).join('')}}`
    return `${own}\\left(${args.join(', ')}\\right)`
  },
  relation: (name) => ` ${RELATIONS[name] ?? name} `,
  test: (text) => `\\left[${text}\\right]`,
  joined: (parts, isRow) =>
    isRow
      ? `\\left[${parts.join(' \\;\\middle|\\; ')}\\right]`
      : `\\begin{bmatrix}${parts.join(' \\\\ ')}\\end{bmatrix}`,
  part: (of, range) => `{${of}}_{[${range}]}`,
  word: (text) => `\\text{${text}}`,
  list: (numbers) => `\\{${numbers.join(', ')}\\}`,
}
