// Every TypeScript block of the README and of docs/ runs as it stands, and prints what the text
// block after it says. Every file that the pages of the present name is there.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { afterAll, expect, test } from 'vitest'
import { installed } from './support/installed.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = installed('tapegrad-docs-', ['@viz-js', 'fast-check', 'koffi', 'pure-rand'])
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs')).flatMap((name) =>
    name.endsWith('.md') ? [`docs/${name}`] : [],
  ),
]
const blocks = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```ts\n(.*?)^```(?:\n\n```text\n(.*?)^```)?/gms)].map(
    ([, code, output], i) => ({ name: `${page}, block ${i + 1}`, code, output }),
  )
})

test.each(blocks)('$name', ({ name, code, output }) => {
  const file = join(folder, `${name.replaceAll(/\W+/g, '-')}.js`)
  writeFileSync(file, transformSync(code, { loader: 'ts', target: 'es2022' }).code)
  const printed = execFileSync(process.execPath, [file], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (output !== undefined) expect(printed).toBe(output)
})

test('files that pages name are there', () => {
  const sources = ['src', 'test', 'examples', 'docs', 'bench'].flatMap((name) =>
    readdirSync(join(root, name), { recursive: true, encoding: 'utf8' }).map(
      (path) => `${name}/${path.replaceAll('\\', '/')}`,
    ),
  )
  // The notebook names files as they were; a/b.ts stands for any.
  const present = [...pages.filter((page) => page !== 'docs/notebook.md'), 'CONTRIBUTING.md']
  const absent = present.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/`([A-Za-z][\w./-]*\.(?:ts|py))`/g)]
      .map(([, path]) => path as string)
      .filter(
        (path) => !/\ba\/b\b/.test(path) && !sources.some((s) => `/${s}`.endsWith(`/${path}`)),
      )
      .map((path) => `${page}: ${path}`),
  )
  expect(absent).toEqual([])
})
