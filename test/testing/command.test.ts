// The command as its users run it: the bundle beside models that import the package by name, its
// exit codes and what it prints.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installed } from '../support/installed.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = installed('tapegrad-check-', ['fast-check', 'tsx'])
const dist = join(folder, 'node_modules/tapegrad/dist')

const float64 = `{ dtype: 'float64' }`
const models: Record<string, string> = {
  'good.ts': `
    import { Dropout, Linear, LSTM, Module, randn, type Tensor } from 'tapegrad'
    export class Net extends Module {
      lstm: LSTM = new LSTM(2, 3, ${float64})
      drop = new Dropout(0.5)
      head = new Linear(3, 1, ${float64})
      forward(x: Tensor): Tensor {
        return this.head.forward(this.drop.forward(this.lstm.forward(x).output))
      }
    }
    export const inputs = (): Tensor => randn([3, 4, 2], ${float64})`,
  'bad.js': `
    import { Linear, Module, randn } from 'tapegrad'
    export class Normed extends Module {
      head = new Linear(3, 2, ${float64})
      forward(x) {
        const y = this.head.forward(x)
        return y.sub(y.mean(0))
      }
    }
    export const fine = new Linear(3, 2)
    export const inputs = { fine: () => randn([4, 3]), Normed: () => randn([4, 3], ${float64}) }`,
  'named.js': `
    import fc from 'fast-check'
    import { Linear, LSTM, randn, tensor } from 'tapegrad'
    import { tensorOf } from 'tapegrad/testing'
    let calls = 0
    export const never = () => { throw new Error('called') }
    export const make = () => new LSTM(2, 2, { ...${float64}, batchFirst: false })
    export default new Linear(2, 2, { ...${float64}, bias: false })
    export const batchAxis = { make: [1, 1, 1] }
    export const inputs = {
      default: fc.constantFrom(tensor([[1, 2], [3, 5]], ${float64}), tensor([[2, 0], [-1, 1]], ${float64})),
      make: fc.constant(null).map(() => [randn([3, 2, 2], ${float64}), { h: randn([1, 2, 2], ${float64}), c: randn([1, 2, 2], ${float64}) }]),
    }`,
  'exempt.js': `
    import { LSTM, randn } from 'tapegrad'
    export const one = new LSTM(2, 3, ${float64})
    export const two = new LSTM(2, 3, ${float64})
    export const inputs = { one: () => randn([2, 1, 2], ${float64}), two: () => randn([2, 1, 2], ${float64}) }
    export const exempt = { one: { weight_hh_l0: 'one step, nothing to recur to' } }`,
  'noInputs.js': `import { Linear } from 'tapegrad'\nexport const net = new Linear(2, 2)`,
  'wrongInputs.js':
    `import { Linear } from 'tapegrad'\nexport const net = new Linear(2, 2)\nexport const ` +
    'inputs = 3',
  'lostInputs.js':
    `import { Linear } from 'tapegrad'\nexport const net = new Linear(2, 2)\nexport const ` +
    'inputs = { nett: () => 1, net: () => 1 }',
  'misfit.js':
    `import { Linear, randn } from 'tapegrad'\nexport const net = new Linear(2, 2)\nexport ` +
    'const inputs = () => randn([4, 3])',
  'noModules.js': `export const inputs = () => 1\nexport const train = () => { throw new Error('called') }`,
  'syntax.js': `export const net = (`,
  'exits.js': `export const inputs = () => 1\nprocess.exit(0)`,
  'settlesNever.js': `export const inputs = () => 1\nawait new Promise(() => {})`,
  'throwsMeanwhile.js':
    `setTimeout(() => { throw new Error('out of a timer') }, 1)\nawait new Promise((resolve) => ` +
    'setTimeout(resolve, 500))',
  'rejectsMeanwhile.js':
    `Promise.reject(new Error('nobody cares'))\nawait new Promise((resolve) => ` +
    'setTimeout(resolve, 500))',
  'foreign.js':
    `export const net = { namedParameters: () => [], forward: (x) => x }\nexport const inputs = ` +
    '() => 1',
}

const linear =
  `import { Linear, Module, randn } from 'tapegrad'\nexport const inputs = () => randn([4, ` +
  `2])\nexport const first = new Linear(2, 2)\n`
/**
 * Files whose processes would not end as they should, each with what it is given and exits with.
 */
const unruly: Record<string, [source: string, args: string[], status: number]> = {
  'interval.js': [`${linear}setInterval(() => {}, 1000)`, [], 0],
  'throwsLate.js': [
    `${linear}setTimeout(() => { throw new Error('late') }, 0)\nprocess.on('exit', () => { ` +
      `throw new Error('later') })`,
    [],
    0,
  ],
  'exitsInForward.js': [
    `${linear}export class Net extends Module { forward() { process.exit(0) } }\nexport const ` +
      'zero = new Linear(2, 2)',
    [],
    2,
  ],
  'dies.js': [
    `${linear}export class Dying extends Module { forward() { process.kill(process.pid, ` +
      `'SIGKILL') } }`,
    [],
    2,
  ],
  'endless.js': [
    `${linear}export { first as Fine }\nexport class Slow extends Module { forward() { for ` +
      '(;;); } }',
    ['--timeout', '2'],
    2,
  ],
  'loadsForever.js': [
    `${linear}setInterval(() => {}, 1000)\nawait new Promise(() => {})`,
    ['--timeout', '1'],
    2,
  ],
  'talks.js': [`${linear}console.log('from the file')`, [], 0],
}

function check(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(dist, 'testing/command.js'), 'check', ...args],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  )
  return { status, stdout, stderr: stderr.replaceAll(folder, '<folder>') }
}

/** The last column's numbers, which depend on rounding, as a dot. */
const masked = (text: string): string => text.replaceAll(/\d\.\de[-+]\d+ *│/g, `${'·'.padEnd(14)}│`)

beforeAll(() => {
  for (const [name, source] of Object.entries(models)) writeFileSync(join(folder, name), source)
  for (const [name, [source]] of Object.entries(unruly)) writeFileSync(join(folder, name), source)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the build leaves no chunks of an older one', () => {
  writeFileSync(join(dist, 'shared-OLD.js'), '')
  execFileSync(process.execPath, ['bundle.mjs', dist], { cwd: root })
  const files = readdirSync(dist)
  expect(files).toContain('index.js')
  expect(files).not.toContain('shared-OLD.js')
})

test('a parameter is exempt where the file gives the reason, which is printed', () => {
  const one = check('exempt.js', '--seed', '1', '--runs', '2', '--only', 'one')
  expect({ status: one.status, stderr: one.stderr }).toEqual({ status: 0, stderr: '' })
  expect(one.stdout).toContain('weight_hh_l0 is exempt: one step, nothing to recur to')
  const two = check('exempt.js', '--seed', '1', '--runs', '2', '--only', 'two')
  expect(two.status).toBe(1)
  expect(two.stdout).toContain('got none for weight_hh_l0, which got 0 in all 2 runs')
})

test('a good model, in TypeScript: a row for each parameter, exit code 0', () => {
  const { status, stdout, stderr } = check('good.ts', '--seed', '1', '--runs', '3')
  expect(stderr).toBe('')
  expect(masked(stdout)).toMatchInlineSnapshot(`
    "Net passed: 3 runs, seed 1
    ┌───────────────────┬─────────┬──────────┬────────────┬───────────┬─────────────┬───────┬─────────────┬───────────────┐
    │ parameter         │ shape   │ gradient │ repeatable │ unchanged │ permutation │ batch │ differences │ largest error │
    ├───────────────────┼─────────┼──────────┼────────────┼───────────┼─────────────┼───────┼─────────────┼───────────────┤
    │ lstm.weight_ih_l0 │ (12, 2) │ ✓        │ ✓          │ ✓         │ ✓           │ ✓     │ ✓           │ ·             │
    │ lstm.weight_hh_l0 │ (12, 3) │ ✓        │ ✓          │ ✓         │ ✓           │ ✓     │ ✓           │ ·             │
    │ lstm.bias_ih_l0   │ (12)    │ ✓        │ ✓          │ ✓         │ ✓           │ ✓     │ ✓           │ ·             │
    │ lstm.bias_hh_l0   │ (12)    │ ✓        │ ✓          │ ✓         │ ✓           │ ✓     │ ✓           │ ·             │
    │ head.weight       │ (1, 3)  │ ✓        │ ✓          │ ✓         │ ✓           │ ✓     │ ✓           │ ·             │
    │ head.bias         │ (1)     │ ✓        │ ✓          │ ✓         │ ✓           │ ✓     │ ✓           │ ·             │
    └───────────────────┴─────────┴──────────┴────────────┴───────────┴─────────────┴───────┴─────────────┴───────────────┘

    "
  `)
  expect(status).toBe(0)
})

test('a bad one beside a good one: the law, the numbers and the input, exit code 1', () => {
  const { status, stdout, stderr } = check('bad.js', '--seed', '1', '--runs', '3')
  expect(masked(stdout)).toMatchInlineSnapshot(`
    "Normed failed: 3 runs, seed 1
    CheckError: checkModule: Normed: expected output at [0, 0] of number 0 in a batch of 4 to be 0, got 0.8531921 (relative error 1.0e+0) (seed 1)
      input: tensor([[ 0.0338,  0.525 ,  1.3912],
            [-0.3864, -0.5309,  0.3479],
            [-0.5409, -0.4109, -1.0239],
            [-1.2555,  1.8039, -0.2381]], shape (4, 3), float64)

    fine, Linear(3 → 2), passed: 3 runs, seed 1
    Gradients were not held to differences, which need float64: make it with { dtype: 'float64' }.
    ┌───────────┬────────┬──────────┬────────────┬───────────┬─────────────┬───────┬─────────────┬───────────────┐
    │ parameter │ shape  │ gradient │ repeatable │ unchanged │ permutation │ batch │ differences │ largest error │
    ├───────────┼────────┼──────────┼────────────┼───────────┼─────────────┼───────┼─────────────┼───────────────┤
    │ weight    │ (2, 3) │ ✓        │ ✓          │ ✓         │ ✓           │ ✓     │ –           │ ·             │
    │ bias      │ (2)    │ ✓        │ ✓          │ ✓         │ ✓           │ ✓     │ –           │ ·             │
    └───────────┴────────┴──────────┴────────────┴───────────┴─────────────┴───────┴─────────────┴───────────────┘

    "
  `)
  expect(stderr).toBe('')
  expect(status).toBe(1)
})

test('--only checks one export', () => {
  expect(check('bad.js', '--only', 'fine', '--runs', '2').status).toBe(0)
  expect(check('bad.js', '--only', 'finer')).toMatchInlineSnapshot(`
    {
      "status": 2,
      "stderr": "tapegrad check: bad.js: expected an exported module called finer, got Normed, fine
    ",
      "stdout": "",
    }
  `)
})

test('--json prints the result and nothing else, the same for the same seed', () => {
  const { status, stdout, stderr } = check('bad.js', '--json', '--seed', '3', '--runs', '2')
  const result = JSON.parse(stdout)
  expect([status, stderr]).toEqual([1, ''])
  expect(result).toMatchObject({ file: 'bad.js', seed: 3, runs: 2, passed: false })
  const [normed, fine] = result.modules
  expect(normed).toMatchObject({
    name: 'Normed',
    passed: false,
    error: { name: 'CheckError', check: 'batch' },
  })
  expect(fine).toMatchObject({ name: 'fine', passed: true, module: 'Linear(3 → 2)' })
  expect(fine.parameters).toEqual([
    expect.objectContaining({
      name: 'weight',
      shape: [2, 3],
      dtype: 'float32',
      error: expect.any(Number),
    }),
    expect.objectContaining({ name: 'bias', shape: [2] }),
  ])
  expect(check('bad.js', '--json', '--seed', '3', '--runs', '2').stdout).toBe(stdout)
  expect(JSON.parse(check('noInputs.js', '--json').stdout)).toMatchObject({
    file: 'noInputs.js',
    passed: false,
    error: expect.stringContaining('inputs'),
  })
})

test(
  'functions are called only where inputs names them; arbitraries, arguments and batch axes by ' +
    'name',
  () => {
    const { status, stdout } = check('named.js', '--json', '--runs', '2')
    const { modules } = JSON.parse(stdout)
    expect(
      modules.map(({ name, passed }: { name: string; passed: boolean }) => [name, passed]),
    ).toEqual([
      ['default', true],
      ['make', true],
    ])
    expect(modules[1].parameters[0].laws).toContain('batch')
    expect(status).toBe(0)
  },
)

test.each(
  Object.keys(models).filter(
    (name) => !['good.ts', 'bad.js', 'named.js', 'exempt.js'].includes(name),
  ),
)('%s cannot be checked: exit code 2', (name) => {
  const { status, stdout, stderr } = check(name, '--seed', '1')
  expect(status).toBe(2)
  expect(`${stdout}${stderr}`).toMatchSnapshot()
})

test.each(Object.entries(unruly))(
  '%s: ended in time, with what was found until then',
  (name, [, args, expected]) => {
    const { status, stdout, stderr } = check(name, '--seed', '1', '--runs', '2', ...args)
    const lines = stdout.split('\n').filter((line) => !/[│┌├└]/.test(line) && line !== '')
    expect([...lines, stderr]).toMatchSnapshot()
    expect(status).toBe(expected)
  },
)

test('--json says which export hung, which were checked before, and which were not reached', () => {
  const { status, stdout, stderr } = check('endless.js', '--json', '--runs', '2', '--timeout', '2')
  const { passed, modules } = JSON.parse(stdout)
  expect([status, stderr, passed]).toEqual([2, '', false])
  expect(
    modules.map((one: { name: string; passed: boolean; error?: { message: string } }) => [
      one.name,
      one.passed,
      one.error?.message,
    ]),
  ).toEqual([
    ['Fine', true, undefined],
    [
      'Slow',
      false,
      'endless.js: expected Slow to be checked, got a process that did not end within 2 ' +
        'seconds: give it more with --timeout',
    ],
    ['first', false, 'endless.js: not reached: the process ended while Slow was checked'],
  ])
})

test.runIf(process.platform === 'linux')(
  'no process is left behind by one that is told to end',
  async () => {
    const child = spawn(
      process.execPath,
      [join(dist, 'testing/command.js'), 'check', 'endless.js'],
      { cwd: folder },
    )
    const children = () =>
      readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim()
    await vi.waitUntil(() => children() !== '', { timeout: 20_000 })
    const pid = children()
    child.kill('SIGTERM')
    await new Promise((resolve) => child.on('close', resolve))
    await vi.waitUntil(() => !existsSync(`/proc/${pid}/fd/0`), { timeout: 20_000 })
  },
)

test('what is not there, and what is not understood: exit code 2', () => {
  expect(check('nowhere.ts')).toMatchInlineSnapshot(`
    {
      "status": 2,
      "stderr": "tapegrad check: nowhere.ts: expected a file, got none at <folder>/nowhere.ts
    ",
      "stdout": "",
    }
  `)
  expect(check('good.ts', '--sead', '1')).toMatchInlineSnapshot(`
    {
      "status": 2,
      "stderr": "error: unknown option '--sead'
    (Did you mean --seed?)
    ",
      "stdout": "",
    }
  `)
  expect(check('good.ts', '--runs', '0')).toMatchInlineSnapshot(`
    {
      "status": 2,
      "stderr": "error: option '--runs <n>' argument '0' is invalid. expected at least 1
    ",
      "stdout": "",
    }
  `)
  expect(check()).toMatchInlineSnapshot(`
    {
      "status": 2,
      "stderr": "error: missing required argument 'file'
    ",
      "stdout": "",
    }
  `)
})

test('without the optional peers it says what to install', () => {
  rmSync(join(folder, 'node_modules/tsx'))
  const native = 'typescript' in process.features && process.features.typescript
  if (!native)
    expect(check('good.ts').stderr).toMatch(
      /expected a Node that runs TypeScript, got v\S+ without tsx: npm install --save-dev tsx, or take Node 22\.18 or newer/,
    )
  rmSync(join(folder, 'node_modules/fast-check'))
  expect(check('bad.js')).toMatchInlineSnapshot(`
    {
      "status": 2,
      "stderr": "tapegrad check: expected fast-check beside tapegrad, got none: npm install --save-dev fast-check
    ",
      "stdout": "",
    }
  `)
  // Node itself speaks here, before a line of ours has run.
  const { stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', "import 'tapegrad/testing'"],
    { cwd: folder, encoding: 'utf8' },
  )
  expect(stderr).toMatch(
    /Cannot find package 'fast-check' imported from .*testing\/npm-install-fast-check\.js/,
  )
})

test('--help says what to export: exit code 0', () => {
  const { status, stdout } = check('--help')
  expect(status).toBe(0)
  expect(stdout).toContain('export const inputs = () => randn([4, 3]')
})
