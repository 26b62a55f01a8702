// `tapegrad grade` as its users run it: the bundle beside files of functions, its exit codes and
// what it prints.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tapegrad-grade-'))
const installed = join(folder, 'node_modules/tapegrad')

const step = `
  const t = (a) => a[0].map((_, j) => a.map((row) => row[j]))
  const times = (a, b) => a.map((row) => b[0].map((_, j) => row.reduce((s, v, k) => s + v * b[k][j], 0)))
  const sum = (a) => t(a).map((column) => column.reduce((s, v) => s + v, 0))
  const back = (slope) => (dnext_h, { x, prev_h, next_h, Wx, Wh }) => {
    const dz = dnext_h.map((row, n) => row.map((d, j) => d * slope(next_h[n][j])))
    return { dx: times(dz, t(Wx)), dprev_h: times(dz, t(Wh)), dWx: times(t(x), dz), dWh: times(t(prev_h), dz), db: sum(dz) }
  }`
const carrying = (carry: string): string => `
  export function rnn_backward(dh, caches) {
    let carry = null, total = null
    const dx = []
    for (let t = caches.length - 1; t >= 0; t--) {
      const now = dh.map((rows, n) => rows[t].map((v, j) => v + (carry === null ? 0 : ${carry})))
      const g = rnn_step_backward(now, caches[t])
      dx[t] = g.dx
      carry = g.dprev_h
      const plus = (a, b) => Array.isArray(a) ? a.map((v, k) => plus(v, b[k])) : a + b
      const { dWx, dWh, db } = g
      total = total === null ? [dWx, dWh, db] : plus(total, [dWx, dWh, db])
    }
    return [dx[0].map((_, n) => dx.map((step) => step[n])), carry, ...total]
  }`
const files: Record<string, string> = {
  'right.js': `${step}\nexport const rnn_step_backward = back((h) => 1 - h * h)${carrying('carry[n][j]')}`,
  'wrong.js': `${step}\nexport const rnn_step_backward = back((h) => 1 - h)`,
  'half.js': `${step}\nexport const rnn_step_backward = back((h) => 1 - h * h)${carrying('0')}`,
  'typed.ts': `
    interface Cache { x: number[][] }
    export const rnnStepBackward = (dh: number[][], { x }: Cache): object => ({ dx: x })`,
  'forward.js': `${step}
    export function rnn_step_forward(x, prev_h, Wx, Wh, b) {
      const [p, q] = [times(x, Wx), times(prev_h, Wh)]
      const next_h = p.map((row, n) => row.map((v, j) => Math.tanh(v + q[n][j] + b[j])))
      return [next_h, [{ x, prev_h, next_h, Wx, Wh }]]
    }
    export const rnn_step_backward = (dh, [cache]) => back((h) => 1 - h * h)(dh, cache)`,
  'layoutless.js': `export const lstm_backward = () => 1`,
  'said.js': `export const layout = 'columns'\nexport const lstm_backward = () => ({})`,
  'misspelt.js': `export const layout = 'colums'\nexport const lstm_backward = () => ({})`,
  'nothing.js': `export const backward = () => 1`,
  'hangs.js': `${step}
    export const lstm_step_backward = () => { for (;;); }
    export const rnn_step_backward = back((h) => 1 - h * h)`,
  'dies.js': `export const rnn_step_backward = () => process.exit(0)`,
}

function grade(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(installed, 'dist/testing/command.js'), 'grade', ...args],
    { cwd: folder, encoding: 'utf8' },
  )
  return { status, stdout, stderr }
}

beforeAll(() => {
  mkdirSync(installed, { recursive: true })
  const { status, stderr } = spawnSync(process.execPath, ['bundle.mjs', join(installed, 'dist')], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  copyFileSync(join(root, 'package.json'), join(installed, 'package.json'))
  symlinkSync(join(root, 'node_modules/tsx'), join(folder, 'node_modules/tsx'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  for (const [name, source] of Object.entries(files)) writeFileSync(join(folder, name), source)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('all right, without fast-check: exit code 0', () => {
  const { status, stdout, stderr } = grade('right.js')
  expect(stderr).toBe('')
  expect(stdout).toMatchSnapshot()
  expect(status).toBe(0)
})

test('the mistake in the step: exit code 1', () => {
  const { status, stdout, stderr } = grade('wrong.js')
  expect(stderr).toBe('')
  expect(stdout).toMatchSnapshot()
  expect(status).toBe(1)
})

test('--only grades one export', () => {
  expect(grade('half.js').status).toBe(1)
  expect(grade('half.js', '--only', 'rnn_step_backward').status).toBe(0)
  expect(grade('half.js', '--only', 'rnn_backward').stdout).toContain('the carry is forgotten')
  expect(grade('half.js', '--only', 'backward')).toMatchObject({
    status: 2,
    stderr:
      'tapegrad grade: half.js: expected an exported backward function called backward, got ' +
      'rnn_backward, rnn_step_backward\n',
  })
})

test('--json: fields, and the text is left out', () => {
  const { status, stdout } = grade('half.js', '--json')
  const { correct, functions } = JSON.parse(stdout)
  expect([status, correct]).toEqual([1, false])
  expect(functions).toMatchObject([
    {
      name: 'rnn_backward',
      correct: false,
      layout: 'rows',
      sequence: true,
      mistakes: [{ name: 'the carry is forgotten' }],
    },
    { name: 'rnn_step_backward', correct: true, sequence: false, mistakes: [] },
  ])
  expect(Object.keys(functions[0])).not.toContain('text')
})

test('TypeScript, and names in camel case', () => {
  const { status, stdout } = grade('typed.ts')
  expect(status).toBe(1)
  expect(stdout).toContain('rnnStepBackward (rnn, one step, in rows): none of 5 gradients is right')
})

test('a forward function beside it gives the cache', () => {
  expect(grade('forward.js')).toMatchObject({ status: 0, stderr: '' })
})

test('the layout of a sequence is said by the file, or by --layout', () => {
  expect(grade('layoutless.js')).toMatchObject({
    status: 2,
    stderr:
      `tapegrad grade: layoutless.js: expected the layout of lstm_backward, got none: export ` +
      `const layout = 'columns' or 'rows', or pass --layout\n`,
  })
  expect(grade('layoutless.js', '--layout', 'rows').stdout).toContain('in rows')
  expect(grade('said.js').stdout).toContain('in columns')
  expect(grade('said.js', '--layout', 'rows').stdout).toContain('in rows')
  expect(grade('misspelt.js')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('expected the layout of lstm_backward, got colums'),
  })
  expect(grade('said.js', '--layout', 'diagonals')).toMatchObject({ status: 2 })
})

test('what cannot be graded: exit code 2', () => {
  expect(grade('nothing.js')).toMatchObject({
    status: 2,
    stderr:
      'tapegrad grade: nothing.js: expected an exported rnn_cell_backward, lstm_step_backward, ' +
      'lstm_backward, …, got backward\n',
  })
  expect(grade('hangs.js', '--timeout', '2')).toMatchObject({
    status: 2,
    stdout:
      'lstm_step_backward could not be graded\nhangs.js: expected lstm_step_backward to be ' +
      'graded, got a process that did not end within 2 seconds: give it more with --timeout\n\n' +
      'rnn_step_backward could not be graded\nhangs.js: not reached: the process ended while ' +
      'lstm_step_backward was graded\n',
  })
  expect(grade('dies.js')).toMatchObject({
    status: 2,
    stdout: expect.stringContaining('ended by itself, with exit code 0'),
  })
  expect(JSON.parse(grade('nothing.js', '--json').stdout)).toMatchObject({ correct: false })
})

test('--help says what to export: exit code 0', () => {
  const { status, stdout } = grade('--help')
  expect(status).toBe(0)
  expect(stdout).toContain('rnn_step_backward, lstm_step_backward    one step, an example is a row')
})
