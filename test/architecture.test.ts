// The house plan: which room imports which, and the house rules for its files. Reads the sources as
// text.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../src/', import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.replaceAll('\\', '/'))
const text = new Map(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
const written = files.filter((path) => !path.endsWith('.generated.ts'))
/** The kernels' own sources are AssemblyScript: compiled apart, imported by nothing here. */
const sources = files.filter((path) => !path.startsWith('kernels/assembly/'))

interface Import {
  from: string
  to: string
}

/** Every import and re-export, of types too; `to` is the file's path for relative ones. */
const imports: Import[] = sources.flatMap((from) =>
  [
    ...(text.get(from) as string).matchAll(
      /^(?:import|export)\s+(?:[^'"`;()]*?\s+from\s+)?['"]([^'"]+)['"]/gm,
    ),
  ].map(([, to]) => ({
    from,
    to: (to as string).startsWith('.')
      ? relative(root, join(root, dirname(from), to as string))
      : (to as string),
  })),
)

/** Those of files, not of packages. */
const within = imports.filter(({ to }) => text.has(to))

/** What each room may import besides itself. */
const rooms: Record<string, string[]> = {
  autograd: [],
  kernels: [],
  tensor: ['autograd', 'kernels'],
  layers: ['tensor'],
  optim: ['tensor'],
  derive: ['layers', 'tensor'],
  distributed: ['kernels', 'layers', 'optim', 'tensor'],
  files: ['layers', 'optim', 'tensor'],
  node: ['files', 'tensor'],
  testing: ['autograd', 'layers', 'optim', 'tensor'],
  'index.ts': ['layers', 'optim', 'tensor'],
  'workerd.ts': ['index.ts'],
}
const roomOf = (path: string): string => path.split('/')[0] as string

describe('imports', () => {
  it('are found', () => {
    expect(imports.length).toBeGreaterThan(50)
    expect(sources.length).toBeGreaterThan(30)
  })

  it('lead from room to room only where the plan says', () => {
    const wrong = within.filter(
      ({ from, to }) => roomOf(from) !== roomOf(to) && !rooms[roomOf(from)]?.includes(roomOf(to)),
    )
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  it('enter a room by its index or, from within the package, its internal.ts; the kernels have neither', () => {
    const wrong = within.filter(
      ({ from, to }) =>
        roomOf(from) !== roomOf(to) &&
        roomOf(to) !== 'kernels' &&
        !['index.ts', `${roomOf(to)}/index.ts`, `${roomOf(to)}/internal.ts`].includes(to),
    )
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  it(
    'wait for nothing: no file awaits at its top level, so that each can be required, and ' +
      'bundled as a script',
    () => {
      for (const path of sources)
        expect(
          () =>
            transformSync(text.get(path) as string, {
              loader: 'ts',
              format: 'cjs',
              logLevel: 'silent',
            }),
          path,
        ).not.toThrow()
      expect(() => transformSync('await 1', { format: 'cjs', logLevel: 'silent' })).toThrow(
        'Top-level await',
      )
    },
  )

  it('are not circular, those of types included', () => {
    const below = new Map<string, Set<string>>()
    const circles: string[] = []
    const descend = (path: string, above: readonly string[]): Set<string> => {
      if (above.includes(path)) {
        circles.push([...above.slice(above.indexOf(path)), path].join(' → '))
        return new Set()
      }
      const known = below.get(path)
      if (known !== undefined) return known
      const reached = new Set<string>()
      for (const { from, to } of imports) {
        if (from !== path) continue
        reached.add(to)
        for (const further of descend(to, [...above, path])) reached.add(further)
      }
      below.set(path, reached)
      return reached
    }
    for (const path of sources) descend(path, [])
    expect(circles).toEqual([])
  })

  it(
    'name no package: the library depends on nothing, tapegrad/node and tapegrad/distributed on ' +
      'what Node brings, the testing tools on fast-check and what a command needs',
    () => {
      const node = ['node:crypto', 'node:fs', 'node:os', 'node:path', 'node:v8']
      const tools = [
        'cli-progress',
        'cli-table3',
        'commander',
        'fast-check',
        'node:child_process',
        'node:fs',
        'node:path',
        'node:readline',
        'node:stream',
        'node:url',
      ]
      const wrong = imports.filter(
        ({ from, to }) =>
          !text.has(to) &&
          !(roomOf(from) === 'testing' && tools.includes(to)) &&
          !(['distributed', 'node'].includes(roomOf(from)) && node.includes(to)),
      )
      const modules = ['workerd.ts → kernels.wasm', 'workerd.ts → products.wasm']
      expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual(modules)
    },
  )
})

describe('files', () => {
  it('touch the buffer of the memory in one place', () => {
    const touch = /\bmemory\.buffer\b|\{ buffer\b.*\}: Memory\b/
    expect(sources.filter((path) => touch.test(text.get(path) as string))).toEqual([
      'kernels/memory/views.ts',
    ])
  })

  it.each(written)('%s opens with a sentence, is short and keeps quiet', (path) => {
    const source = text.get(path) as string
    const [header] = /^(?:\/\/ .*\n)*/.exec(source) as RegExpExecArray
    expect(header).toMatch(/^\/\/ [A-ZÀ-Þ_a-z][\s\S]*\.\n/)
    const lines = source.trimEnd().split('\n')
    expect(lines.length, 'lines').toBeLessThanOrEqual(300)
    expect(lines.filter((line) => line.length > 100)).toEqual([])
    expect(source).not.toMatch(/\bconsole\./)
    if (!path.startsWith('kernels/assembly/'))
      expect(source).not.toMatch(/@ts-(ignore|expect-error|nocheck)|\bas any\b|: any\b/)
    expect(source).not.toMatch(/\bTODO\b|\bFIXME\b/)
  })
})

describe('tests', () => {
  const folder = fileURLToPath(new URL('./', import.meta.url))
  const tests = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => path.replaceAll('\\', '/'))
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8')
  /** Each is one list of cases against a library, the heap or the command, on one set-up. */
  const long = [
    'kernels/blas/blas.test.ts',
    'kernels/memory/heap.test.ts',
    'testing/command.test.ts',
    'testing/plants.ts',
  ]

  it('open with a sentence', () => {
    expect(tests.filter((path) => !/^\/\/ \S/.test(read(path)))).toEqual([])
  })

  it('are short, but for a few', () => {
    const lengthOf = (path: string): number => read(path).trimEnd().split('\n').length
    expect(tests.filter((path) => lengthOf(path) > 300).sort()).toEqual(long)
  })

  it('are held to what knows nothing of the package', () => {
    const oracle =
      /^(autograd|documents\/oracle|fuzz\/mirror|layers\/recurrent\/oracle)\/|^(layers|optim)\/oracle\.ts$|^support\/numbers\.ts$/
    const oracles = tests.filter((path) => oracle.test(path))
    expect(oracles.length).toBeGreaterThan(10)
    const known = /from '(tapegrad(\/testing)?|(\.\.\/)+src\/(?!autograd\/).*)'/
    expect(oracles.filter((path) => known.test(read(path)))).toEqual([])
  })
})
