// The table of cases: what compiles runs and has the shape that the compiler shows; what does not
// compile throws what the compiler says.

import { readdirSync, readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import * as tapegrad from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { ACCEPTED, REFUSED, SETUP } from './cases.ts'
import { check } from './compiler.ts'
import { USUAL } from './usual.ts'

/** A shape of the table as the compiler shows a tensor of it. */
const typeOf = (shape: string): string =>
  shape === '(…)'
    ? 'Tensor<Shape>'
    : `Tensor<readonly [${shape.slice(1, -1).replace(/\b(batch|time)\b/g, 'Dim<"$1">')}]>`
const programs = USUAL.map(([, code]) => `(() => { ${code}; return result })()`)
const codes = [...[...ACCEPTED, ...REFUSED].map(([code]) => code), ...programs]
const names = Object.keys(tapegrad).filter((name) =>
  codes.some((code) => new RegExp(`\\b${name}\\(`).test(code)),
)
const untyped = (list: readonly string[]) => list.map((code) => [code] as const)
const alone = check(untyped(codes), names)
const before = check(untyped(programs), names, 'tsc6')
const annotated = check(
  ACCEPTED.map(([code, shape]) => [code, typeOf(shape)]),
  names,
)

const scope: Record<string, unknown> = { ...tapegrad }
for (const [name, [, code]] of Object.entries(SETUP)) scope[name] = run(code)
function run(code: string): unknown {
  const { code: script } = transformSync(`const value = ${code}`, { loader: 'ts' })
  return new Function(...Object.keys(scope), `${script}; return value`)(...Object.values(scope))
}

/** A name for each size that only the types call by it. */
const sizes: Record<string, string> = { batch: SETUP.batch[1], time: SETUP.time[1] }
const numbers = (text: string): string =>
  text.replace(/\b(batch|time)\b/g, (name) => sizes[name] as string)

describe('accepted', () => {
  it.each(ACCEPTED.map(([code, shape], i) => [code, shape, i] as const))(
    '%s is %s',
    (code, shape, i) => {
      expect(alone[i]).toEqual({ type: typeOf(shape), errors: '' })
      expect(annotated[i]).toEqual({ type: typeOf(shape), errors: '' })
      const pattern = numbers(shape)
        .replace('(…)', '.*')
        .replace(/[()]/g, '\\$&')
        .replaceAll('number', '\\d+')
      expect(`(${(run(code) as tapegrad.Tensor).shape.join(', ')})`).toMatch(
        new RegExp(`^${pattern}$`),
      )
    },
  )
})

describe('usual', () => {
  it.each(USUAL.map(([name, , result], i) => [name, result, i] as const))('%s', (_, result, i) => {
    expect([alone[ACCEPTED.length + REFUSED.length + i]?.errors, before[i]?.errors]).toEqual([
      '',
      '',
    ])
    expect(run(programs[i] as string)).toEqual(result)
  })
})

describe('refused', () => {
  it.each(REFUSED.map(([code, message], i) => [code, message, ACCEPTED.length + i] as const))(
    '%s: %s',
    (code, message, i) => {
      expect(alone[i]?.errors).toContain(`ShapeError<"${message}">`)
      expect(() => run(code)).toThrow(numbers(message))
    },
  )
})

it('takes one folder of less than 400 lines, without any', () => {
  const folder = new URL('../../src/tensor/types/', import.meta.url)
  const text = readdirSync(folder)
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('')
  expect(text.split('\n').length).toBeLessThanOrEqual(400)
  expect(text.replaceAll(/\/\*\*.*\*\/|\/\/.*/g, '')).not.toMatch(/\bany\b/)
})
