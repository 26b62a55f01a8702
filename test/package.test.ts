// The package as its users get it: built, packed, held to the rules for packages, installed into an
// empty folder, imported by its name, and trained with.

import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tapegrad-'))
const tarball = join(folder, 'tapegrad-0.1.0.tgz')
const run = (command: string, args: string[], cwd = folder): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const program = `
import { Adam, Linear, manualSeed, mseLoss, randn, Tensor } from 'tapegrad'

manualSeed(1)
const x: Tensor = randn([32, 3])
const y = x.sum(1, true)
const layer = new Linear(3, 1)
const optimiser = new Adam(layer.parameters(), { lr: 0.1 })
const losses: number[] = []
for (let step = 0; step < 10; step++) {
  optimiser.zeroGrad()
  const loss = mseLoss(layer.forward(x), y)
  loss.backward()
  optimiser.step()
  losses.push(loss.item())
}
console.log(JSON.stringify(losses))
`

beforeAll(() => {
  run('npm', ['run', 'build'], root)
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], root)
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'user', private: true, type: 'module' }),
  )
  run('npm', ['install', '--no-audit', '--no-fund', '--offline', tarball])
  // The optional peer whose types tapegrad/testing shows, and what that itself needs.
  for (const name of ['fast-check', 'pure-rand'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the installed package trains ten steps', () => {
  writeFileSync(
    join(folder, 'train.js'),
    program.replace(': Tensor', '').replace(': number[]', '').replace(', Tensor }', ' }'),
  )
  const losses: number[] = JSON.parse(run('node', ['train.js']))
  expect(losses).toHaveLength(10)
  expect(losses[9]).toBeLessThan(losses[0] / 2)
})

test('tapegrad/files works on the same tensors, by import and by require', () => {
  const body = `
const bytes = writeSafetensors({ x: tensor([1, 2]) })
console.log(readSafetensors(bytes).tensors.x.add(tensor([1, 1])) instanceof Tensor)
`
  const [files, all] = ['readSafetensors, writeSafetensors', 'Tensor, tensor']
  writeFileSync(
    join(folder, 'files.js'),
    `import { ${files} } from 'tapegrad/files'\nimport { ${all} } from 'tapegrad'\n${body}`,
  )
  writeFileSync(
    join(folder, 'files.cjs'),
    `const { ${files} } = require('tapegrad/files')\nconst { ${all} } = require('tapegrad')\n${body}`,
  )
  for (const file of ['files.js', 'files.cjs']) expect(run('node', [file])).toBe('true\n')
})

test.each([
  [
    'mjs',
    `import { ones } from 'tapegrad'\nimport { latestCheckpoint, saveCheckpoint } from 'tapegrad/node'`,
  ],
  [
    'cjs',
    `const { ones } = require('tapegrad')\n` +
      `const { latestCheckpoint, saveCheckpoint } = require('tapegrad/node')`,
  ],
])('tapegrad/node saves and reads tensors of tapegrad: save.%s', (kind, imports) => {
  const program =
    `saveCheckpoint('${kind}', 1, { x: ones([2]) })\n` +
    `console.log(latestCheckpoint('${kind}').state.x.add(ones([2])).toArray())`
  writeFileSync(join(folder, `save.${kind}`), `${imports}\n${program}`)
  expect(run('node', [`save.${kind}`])).toBe('[ 2, 2 ]\n')
})

test('publint and Are the Types Wrong find nothing in what is packed', async () => {
  const { buffer } = Uint8Array.from(readFileSync(tarball))
  const { messages } = await publint({ pack: { tarball: buffer }, strict: true })
  expect(messages).toEqual([])
  // Ends with an exit code other than 0, and so throws, when there is a problem.
  const options = [
    '--exclude-entrypoints',
    'kernels.wasm',
    'products.wasm',
    '--no-emoji',
    '--format',
    'ascii',
  ]
  const table = run(join(root, 'node_modules/.bin/attw'), [tarball, ...options])
  for (const entry of ['', '/derive', '/distributed', '/files', '/node', '/testing'].map(
    (path) => `"tapegrad${path}"`,
  ))
    expect(table).toContain(entry)
})

const filed = `
import { readNpz, readSafetensors, type Safetensors, writeNpz, writeSafetensors } from 'tapegrad/files'
import { tensor, type Tensor, type TensorJSON } from 'tapegrad'

const file: Safetensors = readSafetensors(writeSafetensors({ x: tensor([0.5]) }))
const x: Tensor | undefined = readNpz(writeNpz(file.tensors)).x
const json: TensorJSON = JSON.parse(JSON.stringify(x))
export const again: Tensor = tensor(json)
`

const derived = `
import { type Derivation, derive, type Equation } from 'tapegrad/derive'
import { LSTMCell, tensor } from 'tapegrad'

const own: Derivation = derive(({ x }) => x.tanh(), { x: tensor([0.5]) })
export const lines: readonly Equation[] = [...own.lines, ...derive(new LSTMCell(2, 3)).lines]
`

const checkers = `
import { checkGradients, type CheckGradientsOptions } from 'tapegrad/testing'
import { tensor, type Tensor } from 'tapegrad'

const options: CheckGradientsOptions = { seed: 1 }
checkGradients((x: Tensor) => x.tanh(), [tensor([0.5])], options)
`

/** What the compiler says of files: nothing of those that are right. */
function complaints(files: readonly string[], ...options: string[]): string {
  try {
    return run(join(root, 'node_modules/.bin/tsc'), [
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--types',
      '',
      '--ignoreConfig',
      ...options,
      ...files,
    ])
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

test.each([
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
  ['preserve', 'bundler'],
])('it brings its types, for --module %s --moduleResolution %s', (module, moduleResolution) => {
  const options = ['--module', module, '--moduleResolution', moduleResolution]
  writeFileSync(join(folder, 'train.ts'), program)
  writeFileSync(join(folder, 'check.ts'), checkers)
  writeFileSync(join(folder, 'filed.ts'), filed)
  writeFileSync(join(folder, 'derived.ts'), derived)
  writeFileSync(
    join(folder, 'wrong.ts'),
    `import { zeros } from 'tapegrad'\nimport { checkGradients } from ` +
      `'tapegrad/testing'\nzeros('three')\ncheckGradients(1, [])\n`,
  )
  const files = ['train.ts', 'check.ts', 'filed.ts', 'derived.ts', 'wrong.ts']
  const errors = complaints(files, ...options).match(/^.*error TS\d+/gm)
  expect(errors).toEqual(['wrong.ts(3,7): error TS2345', 'wrong.ts(4,16): error TS2345'])
})

test(
  'with nothing skipped, no DOM, and optional properties that may not be undefined unless they ' +
    'say so, every option may be undefined',
  () => {
    const declared = (file: string) =>
      new Set(readFileSync(join(root, file), 'utf8').match(/\b\w+Options\b/g))
    const names = [
      ...declared('src/index.ts'),
      ...declared('src/layers/index.ts'),
      ...declared('src/optim/index.ts'),
    ]
    const testing = [...declared('src/testing/index.ts')].filter((name) => !names.includes(name))
    expect(names.length + testing.length).toBeGreaterThan(12)
    const lines = [
      `import type { ${names.join(', ')} } from 'tapegrad'`,
      `import type { ${testing.join(', ')} } from 'tapegrad/testing'`,
      `import { crossEntropy, Dropout, LSTM, RNN, rand, type Tensor, tensor, unary } from 'tapegrad'`,
      'type Optional<T> = { [K in keyof T]-?: {} extends Pick<T, K> ? K : never }[keyof T]',
      'type Undefined<T> = { [K in Optional<T>]: undefined } & Omit<T, Optional<T>>',
      ...[...names, ...testing].map(
        (name) => `export const of${name} = (x: Undefined<${name}>): ${name} => x`,
      ),
      `export const x: Tensor = tensor([1, 2], { shape: undefined, dtype: undefined })`,
      'export const h: Tensor<readonly [2, 5, 3]> = new LSTM(4, 3, { bidirectional: undefined, ' +
        'batchFirst: undefined }).forward(rand([2, 5, 4], { generator: undefined })).output',
      'export const r = new RNN(4, 3, { numLayers: undefined, generator: undefined ' +
        '}).forward(rand([2, 5, 4]), undefined, { lengths: undefined })',
      `export const u = unary('u', { f: (x) => x, vjp: (g) => g, exact: undefined })`,
      `export const d = new Dropout(0.5, { generator: undefined })`,
      'export const l: Tensor<readonly []> = crossEntropy(rand([2, 3]), tensor([0, 1]), { ' +
        'reduction: undefined, mask: undefined })',
    ]
    writeFileSync(join(folder, 'options.ts'), lines.join('\n'))
    const strict = [
      '--lib',
      'es2023',
      '--skipLibCheck',
      'false',
      '--exactOptionalPropertyTypes',
      '--module',
      'nodenext',
    ]
    expect(complaints(['options.ts'], ...strict)).toBe('')
    // A misspelt name is still one.
    writeFileSync(
      join(folder, 'misspelt.ts'),
      `import { LSTM } from 'tapegrad'\nnew LSTM(2, 3, { bidirectionl: undefined })\n`,
    )
    expect(complaints(['misspelt.ts'], ...strict)).toContain('misspelt.ts(2,')
  },
)

test(
  'every relative link of the documents in the package leads to a file in the package; npm has ' +
    'nothing to run at its install',
  () => {
    const home = join(folder, 'node_modules/tapegrad')
    const documents = [
      'README.md',
      'CHANGELOG.md',
      ...readdirSync(join(home, 'docs')).flatMap((file) =>
        file.endsWith('.md') ? [`docs/${file}`] : [],
      ),
    ]
    const dead = documents.flatMap((file) =>
      [...readFileSync(join(home, file), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].flatMap(
        ([, to]) => (existsSync(join(home, dirname(file), to)) ? [] : [`${file} → ${to}`]),
      ),
    )
    expect(dead).toEqual([])
    const { scripts, repository, homepage, bugs } = JSON.parse(
      readFileSync(join(home, 'package.json'), 'utf8'),
    )
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(scripts).not.toHaveProperty(name)
    for (const field of [repository.url, homepage, bugs]) expect(field).toMatch(/^(git\+)?https:/)
  },
)

test('what is imported is ASCII, which engines read in half the time', () => {
  const dist = join(folder, 'node_modules/tapegrad/dist')
  const scripts = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.js') && !file.endsWith('command.js'),
  )
  expect(scripts.length).toBeGreaterThan(10)
  expect(
    scripts.filter((file) => /[^\0-\x7f]/.test(readFileSync(join(dist, file), 'latin1'))),
  ).toEqual([])
})
