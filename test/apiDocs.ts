// The examples of doc comments: found in a block, read line by line as statements and what they
// give, run, and written out to be compiled.

import { transformSync } from 'esbuild'
import { Tensor } from 'tapegrad'
import { expect } from 'vitest'

export interface Example {
  name: string
  code: string
}

/** The example in a code block of a comment; none where the block is not TypeScript to be run. */
export function examplesIn(name: string, block: string): Example[] {
  const [, code] = /^```ts\n(.*)\n```$/s.exec(block.trim()) ?? []
  return code === undefined ? [] : [{ name, code }]
}

/** A statement at the margin with the comment behind it, or on the lines below it. */
const commented = /^([^\s/}].*?)(?: \/\/ (.+)|((?:\n\/\/.*)+))$/gm
const declared = /^(?:const|let) (\w+)?/

/**
 * What a comment says a statement gives, where it says so: a value, shapes, an error, or lines of
 * text.
 */
const value = /^(?:-?[\d.]+|'.*'|\[.*\]|true|false|null|undefined)$/
const shapes = /^(?:\([\d, ]*\)(?:, )?)+$/
const error = /^[A-Z]\w*Error: /

/** Runs the example, and holds each statement to the comment behind it. */
export async function run(code: string, scope: Record<string, unknown>): Promise<void> {
  const checked = code.replace(
    commented,
    (_, statement: string, behind: string | undefined, below: string | undefined) => {
      const text = JSON.stringify(behind ?? below?.replaceAll(/^\/\/ ?/gm, '').slice(1))
      const declaration = declared.exec(statement)
      if (declaration === null) return `await __holds(async () => (${statement}), ${text})`
      return declaration[1] === undefined
        ? statement
        : `${statement}\nawait __holds(async () => ${declaration[1]}, ${text})`
    },
  )
  const { code: plain } = transformSync(`async () => {\n${checked}\n}`, {
    loader: 'ts',
    target: 'es2022',
  })
  const all = { ...scope, __holds: holds }
  await new Function(...Object.keys(all), `return (${plain.trim().replace(/;$/, '')})()`)(
    ...Object.values(all),
  )
}

async function holds(give: () => Promise<unknown>, text: string): Promise<void> {
  if (error.test(text)) {
    const thrown = await give().then(
      () => 'nothing was thrown',
      (reason) => String(reason),
    )
    const [beginning, cut] = text.split('…')
    expect(cut === undefined ? thrown : thrown.slice(0, beginning.length)).toBe(beginning)
    return
  }
  const given = await give()
  if (shapes.test(text))
    expect(
      [given]
        .flat()
        .map((t) => `(${(t as Tensor).shape.join(', ')})`)
        .join(', '),
    ).toBe(text)
  else if (value.test(text))
    expect(rounded(given)).toEqual(
      text === 'undefined' ? undefined : JSON.parse(text.replaceAll("'", '"')),
    )
  else if (typeof given === 'string') expect(given.replaceAll(/ +$/gm, '')).toBe(text)
}

/** Numbers as examples show them: to four decimals. */
function rounded(x: unknown): unknown {
  if (x instanceof Tensor) return rounded(x.toArray())
  if (ArrayBuffer.isView(x)) return rounded([...(x as Float32Array)])
  if (Array.isArray(x)) return x.map(rounded)
  return typeof x === 'number' ? Number(x.toFixed(4)) + 0 : x
}

/**
 * The examples as a program that is compiled, not run. Lines that are meant to throw are left out:
 * what throws need not compile.
 */
export function typed(examples: readonly Example[], imports: readonly string[]): string {
  const bodies = examples.map(
    ({ name, code }) =>
      `// ${name}\nexport async function example() ` +
      `{\n${code.replaceAll(/^.*\/\/ [A-Z]\w*Error: .*$/gm, '')}\n}`,
  )
  return [...imports, ...bodies.map((body, i) => body.replace('example()', `example${i}()`))].join(
    '\n',
  )
}
