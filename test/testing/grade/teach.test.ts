// The worked example of docs/teach.md: its code, with one difference after the other, prints what
// the page says; and the page names every mistake that is known.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { facts } from '../../../src/testing/grade/facts.ts'
import { mistakesIn } from '../../../src/testing/grade/mistakes/index.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const page = readFileSync(join(root, 'docs/teach.md'), 'utf8')

/** The code with a difference made in it: lines as they are, without some, and with others. */
function changed(code: string, difference: string): string {
  return difference.split('@@\n').reduce((text, hunk) => {
    const lines = hunk.trimEnd().split('\n')
    const [before, after] = ['-', '+'].map((sign) =>
      lines
        .flatMap((line) => (line[0] === ' ' || line[0] === sign ? line.slice(1) : []))
        .join('\n'),
    )
    expect(text.split(before)).toHaveLength(2)
    return text.replace(before, () => after)
  }, code)
}

test('the example, mended twice', () => {
  const [, first] = /^```ts\n(.*?)^```/ms.exec(page) as unknown as [string, string]
  const differences = [...page.matchAll(/^```diff\n(.*?)^```\n\n```text\n(.*?)^```/gms)]
  expect(differences).toHaveLength(2)
  const folder = mkdtempSync(join(tmpdir(), 'tapegrad-teach-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  let code = first
  try {
    for (const [k, [, difference, output]] of differences.entries()) {
      code = changed(code, difference)
      const file = join(folder, `${k}.mts`)
      writeFileSync(file, code)
      const printed = execFileSync(process.execPath, ['--import', 'tsx', file], {
        cwd: root,
        encoding: 'utf8',
      })
      expect(printed).toBe(output)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('every mistake is named', () => {
  const list = page.slice(page.indexOf('The mistakes:'))
  const names = (['rnn', 'lstm'] as const)
    .flatMap((cell) => [
      ...mistakesIn({ cell, layout: 'rows', sequence: true }),
      ...mistakesIn({ cell, layout: 'rows', sequence: false }),
    ])
    .map(({ name }) => name.replace(', in the candidate', ''))
  const all = [...names, ...facts.map(({ name }) => name)]
  expect(all.filter((name) => !list.includes(name))).toEqual([])
})
