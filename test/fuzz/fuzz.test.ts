// A thousand programs of fixed seeds, on which tapegrad and the mirror agree; and the tool
// itself: it finds what is planted, and its mirror stands alone.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { unary } from 'tapegrad'
import { expect, it } from 'vitest'
import { findings } from './findings.ts'
import { generated } from './generate.ts'
import { printedProgram } from './program.ts'

it.each([1, 2, 3, 4])('250 random programs of seed %i', (seed) => {
  let statements = 0
  for (let number = 0; number < 250; number++) {
    const found = findings(generated(seed, number), number)
    expect(found.text, `npm run fuzz -- --seed ${seed} --from ${number} --programs 1`).toBeNull()
    statements += found.statements
  }
  expect(statements).toBeGreaterThan(750)
})

it('finds a wrong derivative, and says so in a few lines', () => {
  const cube = unary('cube', { f: (x) => x ** 3, vjp: (g, _, x) => g.mul(x.square()).mul(2) })
  let text: string | null = null
  for (let number = 0; text === null && number < 500; number++)
    text = findings(generated(5, number), number, { cube }).text
  expect(text).toMatch(/cube\(/)
  expect(text?.split('\n').length).toBeLessThan(14)
})

it('draws every recurrent layer, with what each can be told', () => {
  const texts = Array.from({ length: 500 }, (_, number) => printedProgram(generated(1, number)))
  const text = texts.join('\n')
  for (const name of ['RNN', 'GRU', 'LSTM'])
    for (const kind of [name, `${name}Cell`]) expect(text).toContain(`new ${kind}(`)
  const options =
    'nonlinearity resetAfter peepholes layerNorm coupledGates cellClip bias numLayers ' +
    'bidirectional batchFirst learnState zoneout recurrentDropout lengths mask resets every'
  for (const option of options.split(' ')) expect(text).toContain(`${option}: `)
})

it('draws optimisers with groups, names and options of their own, which go on from states', () => {
  const texts = Array.from({ length: 500 }, (_, number) => printedProgram(generated(1, number)))
  const text = texts.join('\n')
  const drawn = [
    /new (SGD|Adam|AdamW)\(\[v/,
    /new SGD\(\[\{ params: .*, momentum: /,
    /new Adam\(\[\{ params: .*, betas: /,
    /new AdamW\(\{ p0: /,
    /\[\['p0', .*\], \['p1', /,
    /\{ params: \[\] \}/,
    /params: (\{ p1|\[\['p1'|\{ p2|\[\['p2').*p0/,
    /\.paramGroups\[1\]\.lr = .*initialLr/,
    /\.paramGroups\[0\]\.weightDecay = /,
    /optimiser0\.lr \*= /,
    /optimiser1\.loadStateDict\(state/,
    /\.loadStateDict\(JSON/,
  ]
  for (const pattern of drawn) expect(text).toMatch(pattern)
})

it('has a mirror that imports nothing but itself', () => {
  const folder = fileURLToPath(new URL('mirror/', import.meta.url))
  for (const file of readdirSync(folder)) {
    const imported = [...readFileSync(folder + file, 'utf8').matchAll(/from '([^']+)'/g)].map(
      ([, from]) => from,
    )
    expect(imported.filter((from) => !/^\.\/[a-z]+\.ts$/i.test(from as string))).toEqual([])
  }
})
