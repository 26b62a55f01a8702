// The rows of TypeScript: the compiler in every way to resolve modules, with no DOM and nothing
// skipped, and the tools that run it or test it as CommonJS.

import { program, type Row, type Site } from './place.ts'

/** The least that a program has which prints: no DOM, no @types/node. */
const globals = `declare const console: { log(...what: unknown[]): void }\n`
const testing = `
import { type CheckGradientsOptions, checkGradients } from 'tapegrad/testing'
import { tensor, type Tensor } from 'tapegrad'

const options: CheckGradientsOptions = { seed: 1 }
export const check = () => checkGradients((x: Tensor) => x.tanh(), [tensor([0.5])], options)
`

/** Compiles the taste with nothing skipped, and runs what comes out. */
async function compile(site: Site, kind: 'module' | 'commonjs', options: object): Promise<string> {
  const strict = {
    target: 'es2022',
    lib: ['es2023'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    outDir: 'out',
  }
  site.write({
    'package.json': JSON.stringify({ name: 'app', private: true, type: kind }),
    'tsconfig.json': JSON.stringify({
      compilerOptions: { ...strict, ...options },
      files: ['globals.d.ts', 'main.ts', 'testing.ts'],
    }),
    'globals.d.ts': globals,
    'main.ts': program.ts,
    'testing.ts': testing,
  })
  return (await site.run('tsc', '-p', '.')) + (await site.run('node', 'out/main.js'))
}

const compilers = ['typescript@5.4', 'typescript@5.9', 'typescript'].flatMap(
  (typescript): Row[] => {
    const tools = [typescript, 'fast-check']
    return [
      ...(['node16', 'nodenext'] as const).flatMap((module): Row[] => [
        {
          place: 'TypeScript',
          way: module,
          tools,
          run: (site) => compile(site, 'module', { module }),
        },
        {
          place: 'TypeScript',
          way: `${module} in a CommonJS package`,
          tools,
          run: (site) => compile(site, 'commonjs', { module }),
        },
      ]),
      {
        place: 'TypeScript',
        way: 'bundler',
        tools,
        run: (site) => compile(site, 'module', { module: 'esnext', moduleResolution: 'bundler' }),
      },
    ]
  },
)

const commonjs = JSON.stringify({
  name: 'app',
  version: '1.0.0',
  main: 'index.js',
  type: 'commonjs',
})
const config = JSON.stringify({
  compilerOptions: {
    target: 'es2022',
    module: 'commonjs',
    moduleResolution: 'node10',
    esModuleInterop: true,
    strict: true,
    skipLibCheck: true,
  },
})

/** The taste as a test whose console is the process's own: test runners put theirs between. */
const asTest = (text: string): string => {
  const [, imports, body] = /^(.*\n)([\s\S]*)$/.exec(text) as RegExpExecArray
  return (
    `${imports}\ntest('the taste', () => ` +
    `{\n${body.replace(/console\.log\((.*)\)/, "process.stdout.write('\\n' + $1 + '\\n')")}\n` +
    'const state = model.stateDict()\nexpect({ ...state }).toEqual(state)\n})\n'
  )
}

export const rows: Row[] = [
  ...compilers,
  {
    place: 'tsx',
    way: 'CommonJS package',
    tools: ['tsx'],
    async run(site) {
      site.write({ 'package.json': commonjs, 'main.ts': program.ts })
      return site.run('tsx', 'main.ts')
    },
  },
  {
    place: 'ts-node',
    way: 'CommonJS package',
    tools: ['ts-node', 'typescript@5.9', '@types/node@20'],
    async run(site) {
      site.write({ 'package.json': commonjs, 'tsconfig.json': config, 'main.ts': program.ts })
      return site.run('ts-node', 'main.ts')
    },
  },
  {
    place: 'Jest',
    way: 'its default',
    tools: ['jest'],
    async run(site) {
      const test = asTest(program.js.replace(/^import (.*) from (.*);$/m, 'const $1 = require($2)'))
      site.write({ 'package.json': commonjs, 'taste.test.js': test })
      return site.run('jest')
    },
  },
  {
    place: 'Jest',
    way: 'ts-jest, its default',
    tools: ['ts-jest', 'jest', 'typescript@5.9', '@types/jest', '@types/node@20'],
    async run(site) {
      site.write({
        'package.json': commonjs,
        'tsconfig.json': config,
        'jest.config.js': `module.exports = { preset: 'ts-jest' }\n`,
        'taste.test.ts': asTest(program.ts),
      })
      return site.run('jest')
    },
  },
  {
    place: 'Vitest',
    way: 'its default',
    tools: ['vitest', 'vite'],
    async run(site) {
      site.write({
        'package.json': JSON.stringify({ name: 'app', type: 'module' }),
        'taste.test.ts': asTest(program.ts),
      })
      return site.run('vitest', 'run', '--globals')
    },
  },
]
