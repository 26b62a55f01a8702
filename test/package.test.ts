// The package as its users get it: built, packed, installed into an empty folder, imported by its name, and trained with.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tapegrad-'))
const run = (command: string, args: string[], cwd = folder): string => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

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
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }))
  run('npm', ['install', '--no-audit', '--no-fund', '--offline', join(folder, 'tapegrad-0.1.0.tgz')])
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the installed package trains ten steps', () => {
  writeFileSync(join(folder, 'train.js'), program.replace(': Tensor', '').replace(': number[]', '').replace(', Tensor }', ' }'))
  const losses: number[] = JSON.parse(run('node', ['train.js']))
  expect(losses).toHaveLength(10)
  expect(losses[9]).toBeLessThan(losses[0] / 2)
})

test('it brings its types', () => {
  writeFileSync(join(folder, 'train.ts'), program)
  writeFileSync(join(folder, 'wrong.ts'), `import { zeros } from 'tapegrad'\nzeros('three')\n`)
  mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true })
  symlinkSync(join(root, 'node_modules', '@types', 'node'), join(folder, 'node_modules', '@types', 'node'))
  symlinkSync(join(root, 'node_modules', 'undici-types'), join(folder, 'node_modules', 'undici-types'))
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node']
  run(tsc, [...options, 'train.ts'])
  expect(() => run(tsc, [...options, 'wrong.ts'])).toThrow(/Command failed/)
})
