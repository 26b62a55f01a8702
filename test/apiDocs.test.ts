// Every public symbol has a doc comment, and the examples in them compile, run and give what they
// say. What the pages of docs/ show runs in docs.test.ts.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import * as tapegrad from 'tapegrad'
import * as derive from 'tapegrad/derive'
import * as distributed from 'tapegrad/distributed'
import * as files from 'tapegrad/files'
import * as node from 'tapegrad/node'
import * as testing from 'tapegrad/testing'
import { Application, type DeclarationReflection, ReflectionKind, TypeDocReader } from 'typedoc'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type Example, examplesIn, run, typed } from './apiDocs.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const app = await Application.bootstrapWithPlugins(
  { options: join(root, 'typedoc.json'), logLevel: 'Error' },
  [new TypeDocReader()],
)
const project = await app.convert()
const exported = project?.children?.flatMap((entry) => entry.children ?? []) ?? []

/** The places where a symbol may be commented: itself, its signatures, or its accessors. */
const places = (symbol: DeclarationReflection) => [
  symbol,
  ...(symbol.signatures ?? []),
  ...[symbol.getSignature ?? [], symbol.setSignature ?? []].flat(),
]
const summaries = (symbol: DeclarationReflection) =>
  places(symbol).flatMap(({ comment }) => comment?.summary ?? [])
const examples = (symbol: DeclarationReflection): Example[] =>
  summaries(symbol).flatMap(({ kind, text }) =>
    kind === 'code' ? examplesIn(symbol.getFullName(), text) : [],
  )

const members = exported
  .flatMap((symbol) => symbol.children ?? [])
  .filter(({ kind }) => kind !== ReflectionKind.Constructor)
// An error's name is described by the language, and its type says which it is.
const symbols = [...exported, ...members].filter(
  ({ overwrites }) => overwrites?.name !== 'Error.name',
)

test('every public symbol has a doc comment', () => {
  expect(exported.length).toBeGreaterThan(100)
  expect(
    symbols
      .filter((symbol) => summaries(symbol).length === 0)
      .map((symbol) => symbol.getFullName()),
  ).toEqual([])
})

test('every function and class, and every method of Tensor, has an example', () => {
  const methods = members.filter(
    ({ kind, parent }) => kind === ReflectionKind.Method && parent?.name === 'Tensor',
  )
  const shown = [
    ...exported.filter(
      ({ kind }) => kind === ReflectionKind.Function || kind === ReflectionKind.Class,
    ),
    ...methods,
  ]
  const missing = shown.filter(
    (symbol) =>
      !summaries(symbol).some(
        ({ kind, text }) => kind === 'code' && /\/\/ |```(ts|js)\n/.test(text),
      ),
  )
  expect(missing.map((symbol) => symbol.getFullName())).toEqual([])
})

// What two classes inherit is commented once.
const all = [
  ...new Map(symbols.flatMap(examples).map((example) => [example.code, example])).values(),
]

const scope = { ...tapegrad, ...derive, ...distributed, ...files, ...node, ...testing, fc }
const folder = mkdtempSync(join(tmpdir(), 'tapegrad-api-'))
// What fails once fails every time.
beforeEach(() => {
  tapegrad.manualSeed(0)
  fc.configureGlobal({ seed: 0 })
})
test.each(all)('$name', async ({ code }) => {
  await run(code, { ...scope, folder: mkdtempSync(join(folder, 'example-')) })
})

symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('they compile', () => {
  const imports = project?.children?.map((entry) => {
    const names = entry.children?.map(({ kind, name }) =>
      kind & ReflectionKind.SomeType && kind !== ReflectionKind.Class ? `type ${name}` : name,
    )
    return `import { ${names?.join(', ')} } from '${entry.name}'`
  })
  writeFileSync(
    join(folder, 'examples.ts'),
    typed(all, ["import fc from 'fast-check'", 'declare const folder: string', ...(imports ?? [])]),
  )
  const options = { noUnusedLocals: false, noUnusedParameters: false }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: options,
      include: ['examples.ts'],
    }),
  )
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], {
    encoding: 'utf8',
  })
  expect(stdout).toBe('')
})
