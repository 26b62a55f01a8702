// Reads JSON as the reference of safetensors does: no key twice, whole numbers exactly, no lone
// surrogates, no deep nesting. It knows no tensors.

/** Objects are Maps, whose keys may be any text; whole numbers that fit 64 bits are bigints. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject
/** An object by its keys, in the order of the text. */
export type JsonObject = ReadonlyMap<string, Json>

/** How many lists and objects may lie in each other. */
const DEEPEST = 127
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WHOLE = /^-?\d{1,20}$/
const LONE_SURROGATE = /\p{Surrogate}/u

/** The value that a text holds. Throws a SyntaxError that says where it is none. */
export function parseJson(text: string): Json {
  let at = 0

  function refuse(expected: string): never {
    throw new SyntaxError(`expected ${expected} at character ${at}`)
  }

  /** The next character behind spaces; empty at the end. */
  function next(): string {
    while (' \t\n\r'.includes(text[at] ?? '.')) at++
    return text[at] ?? ''
  }

  function take(character: string): void {
    if (next() !== character) refuse(character)
    at++
  }

  function string(): string {
    if (next() !== '"') refuse('a string')
    const start = at++
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
    at++
    const quoted = text.slice(start, at)
    let value: unknown
    try {
      value = JSON.parse(quoted)
    } catch {}
    if (typeof value !== 'string' || LONE_SURROGATE.test(value)) {
      at = start
      return refuse('a string of Unicode')
    }
    return value
  }

  function scalar(): Json {
    SCALAR.lastIndex = at
    const [word] = SCALAR.exec(text) ?? refuse('a value')
    if (/^-?\d/.test(word) && !Number.isFinite(Number(word))) refuse('a finite number')
    at += word.length
    if (word === 'null') return null
    if (word === 'true' || word === 'false') return word === 'true'
    if (!WHOLE.test(word) || word === '-0') return Number(word)
    const whole = BigInt(word)
    return whole < 2n ** 64n ? whole : Number(word)
  }

  /** What stands between these brackets, separated by commas. */
  function items(close: string, level: number, item: () => void): void {
    if (level > DEEPEST) refuse(`at most ${DEEPEST} lists in each other`)
    at++
    if (next() !== close) for (item(); next() !== close; item()) take(',')
    at++
  }

  function value(level: number): Json {
    const first = next()
    if (first === '"') return string()
    if (first === '[') {
      const list: Json[] = []
      items(']', level, () => list.push(value(level + 1)))
      return list
    }
    if (first !== '{') return scalar()
    const map = new Map<string, Json>()
    items('}', level, () => {
      const key = string()
      if (map.has(key)) refuse(`${JSON.stringify(key)} once, got it again`)
      take(':')
      map.set(key, value(level + 1))
    })
    return map
  }

  const whole = value(1)
  if (next() !== '') refuse('nothing more')
  return whole
}
