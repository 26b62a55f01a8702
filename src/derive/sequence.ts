// A recurrent layer's equations: those of one step of each of its layers and directions, and what
// is carried from step to step. No step is written twice.

import type { Module } from '../layers/index.ts'
import { oneStepsOf, regularisationOf } from '../layers/internal.ts'
import { ValueError } from '../tensor/index.ts'
import { type Beginning, beginning, type Derivation, type Equation } from './derivation.ts'
import { LATEX } from './notation.ts'
import {
  joinedShape,
  places,
  RISING,
  type Scanned,
  type Steps,
  scanned,
  stateShape,
} from './scanned.ts'
import { layerLetters, requireStateNames } from './states.ts'

/** The equations of a layer, and what they begin from. */
export type Sequence = Pick<Derivation, 'lines' | 'beginnings' | 'sizes'>

/** Null for a module that is no recurrent layer. `given` is the last axis of x, where x is given. */
export function sequenceOf(module: Module, given: number | undefined): Sequence | null {
  const layers = oneStepsOf(module)
  if (layers === null) return null
  const dropped = regularisationOf(module)
  if (dropped !== null)
    throw new ValueError(
      `derive: expected a layer that drops and holds back nothing, got ${dropped}: derive one ` +
        'without it, or its cell',
    )
  const [[{ width = given, sizes }]] = layers
  if (width === undefined)
    throw new ValueError(
      'derive: expected a cell with inputSize in Recurrent, got one without: give it the size of ' +
        'x, as in inputSize = 3, or x, as in derive(layer, { x })',
    )
  if (given !== undefined && given !== width)
    throw new ValueError(
      `derive: expected x of size ${width}, the layer's own, got ${given}: give x (…, ${width})`,
    )
  requireStateNames(sizes, true)
  const isAlone = layers.length === 1 && layers[0].length === 1
  const letters = layerLetters(layers.map(([step]) => step.sizes))
  const known: Record<string, number> = { D: width }
  layers.forEach(([step], l) => {
    for (const [name, size] of Object.entries(step.sizes)) known[letters[l][name][1]] = size
  })
  const scans: Scanned[][] = []
  layers.forEach((directions, l) => {
    const below = scans.at(-1)
    const own = {
      width: below === undefined ? width : below.length * layers[l - 1][0].sizes.h,
      letters: { ...letters[l], x: below === undefined ? ['N', 'D'] : joinedShape(below) },
      x: l === 0 ? 'x' : `x_l${l}`,
      known,
      isAlone,
    }
    scans.push(
      directions.map((step) => {
        const scan = scanned(step, own)
        for (const [letter, size] of Object.entries(scan.equations.sizes))
          if (!/^\d/u.test(letter)) known[letter] = size
        return scan
      }),
    )
  })
  const lines = [...forward(scans), ...backward(scans)]
  return { lines, beginnings: beginningsOf(scans), sizes: known }
}

const line = (
  name: string,
  expression: string,
  part: Equation['part'],
  steps: Steps | null,
  shape: readonly string[],
  latex?: string,
): Equation => ({
  name,
  expression,
  latex: latex ?? `${LATEX.name(name)} = ${inLatex(expression)}`,
  shape,
  part,
  steps,
})

/** Names, sums, parts and joined rows: what this file writes itself. */
const inLatex = (expression: string): string =>
  expression
    .replace(/\[([^\]]*\|[^\]]*)\]/gu, '\\left[$1\\right]')
    .replaceAll(' | ', ' \\;\\middle|\\; ')
    .replace(/[\p{L}][\p{L}\p{N}_′⁻]*⟨[^⟩]*⟩/gu, (name) => LATEX.name(name))
    .replace(
      /^(.*?)\[:, ([^\]]*)\]/u,
      (_, of: string, range: string) => `{${of}}_{[:, ${range.replace(/[A-Z]\w*/gu, LATEX.name)}]}`,
    )
    .replaceAll('Σₙ', '\\sum_n')

/** h of all directions of a layer, side by side. */
const joined = (layer: readonly Scanned[]): string =>
  layer.length === 1 ? `h${layer[0].id}⟨t⟩` : `[${layer.map(({ id }) => `h${id}⟨t⟩`).join(' | ')}]`

/** The learned states, as the states before the first step. */
const learned = (scan: Scanned): Equation[] => {
  const { step, id } = scan
  return Object.keys(step.first).map((name) => {
    const shape = stateShape(scan, name)
    const left = `${name}${id}⟨${places(step.isReverse).first}⟩`
    const first = `first_${name}${id}`
    const latex = LATEX.call('broadcast', [LATEX.name(first), ...shape.map(LATEX.name)])
    const right = `broadcast(${first}, ${shape.join(', ')})`
    return line(left, right, 'forward', null, shape, `${LATEX.name(left)} = ${latex}`)
  })
}

function forward(layers: readonly (readonly Scanned[])[]): Equation[] {
  const begun = layers.flat().flatMap(learned)
  const lines = layers.flatMap((layer, l) => {
    const above =
      l === 0
        ? []
        : [line(`x_l${l}⟨t⟩`, joined(layers[l - 1]), 'forward', RISING, joinedShape(layers[l - 1]))]
    return [
      ...above,
      ...layer.flatMap(({ equations, steps }) =>
        equations.lines
          .filter(({ part }) => part === 'forward')
          .map(({ name, expression, latex, shape, part }) =>
            line(name, expression, part, steps.forward, shape, latex),
          ),
      ),
    ]
  })
  const top = layers[layers.length - 1]
  return [...begun, ...lines, line('y⟨t⟩', joined(top), 'forward', RISING, joinedShape(top))]
}

function backward(layers: readonly (readonly Scanned[])[]): Equation[] {
  const lines: Equation[] = []
  for (let l = layers.length - 1; l >= 0; l--) {
    const layer = layers[l]
    const above = l === layers.length - 1 ? 'δy⟨t⟩' : inputGradient(layers[l + 1])
    layer.forEach((scan, k) => {
      const size = stateShape(scan, 'h')[1]
      const range = k === 0 ? `0:${size}` : `${size}:2${size}`
      const isJoined = layer.length > 1
      const own = isJoined ? `${above.includes('+') ? `(${above})` : above}[:, ${range}]` : above
      lines.push(...backwardOf(scan, own))
    })
  }
  const [first] = layers
  if (first[0].id !== '') {
    const shape = stateShape(first[0], 'x')
    lines.push(line('δx⟨t⟩', inputGradient(first), 'backward', RISING, shape))
  }
  return lines
}

/** The gradient of a layer's input: what its directions give it. */
const inputGradient = (layer: readonly Scanned[]): string =>
  layer.map(({ id }) => `δx${id}⟨t⟩`).join(' + ')

function backwardOf(scan: Scanned, above: string): Equation[] {
  const { step, id, equations, steps } = scan
  const at = places(step.isReverse)
  const names = Object.keys(step.sizes)
  const own = equations.lines.filter(({ part }) => part === 'backward')
  const total = line(
    `δh${id}⟨t⟩`,
    `${above} + δh⁻${id}⟨${at.carry}⟩`,
    'backward',
    steps.backward,
    stateShape(scan, 'h'),
  )
  return [
    total,
    ...own
      .filter(({ isOfParameter }) => !isOfParameter)
      .map(({ name, expression, latex, shape }) =>
        line(name, expression, 'backward', steps.backward, shape, latex),
      ),
    ...own
      .filter(({ isOfParameter }) => isOfParameter)
      .map(({ name, expression, latex, shape }) => {
        const isOfSteps = expression.includes('⟨')
        const isSum = / [+−] /u.test(expression)
        const [left, right] = latex.split(' = ')
        const text = isSum ? `(${expression})` : expression
        const tex = isSum ? `\\left(${right}\\right)` : right
        return isOfSteps
          ? line(name, `Σₜ ${text}`, 'backward', null, shape, `${left} = \\sum_t ${tex}`)
          : line(name, expression, 'backward', null, shape, latex)
      }),
    ...names.map((name) =>
      line(
        `δ${name}${id}⟨${at.first}⟩`,
        `δ${name}⁻${id}⟨${at.begin}⟩`,
        'backward',
        null,
        stateShape(scan, name),
      ),
    ),
    ...Object.keys(step.first).map((name) =>
      line(
        `δfirst_${name}${id}`,
        `Σₙ δ${name}${id}⟨${at.first}⟩`,
        'backward',
        null,
        stateShape(scan, name).slice(1),
      ),
    ),
  ]
}

function beginningsOf(layers: readonly (readonly Scanned[])[]): Beginning[] {
  const [first] = layers
  const plain = { rows: null, values: null }
  const found: Beginning[] = [
    { ...plain, name: 'x⟨t⟩', shape: stateShape(first[0], 'x'), kind: 'input', from: 'x' },
  ]
  for (const scan of layers.flat()) {
    const { step, id, equations } = scan
    const at = places(step.isReverse)
    for (const name of Object.keys(step.sizes)) {
      const shape = stateShape(scan, name)
      const given = { ...plain, name: `${name}${id}⟨${at.first}⟩`, shape, from: name }
      const path = `first_${name}_${step.suffix}`
      const learned = { ...plain, name: `first_${name}${id}`, shape: shape.slice(1), from: path }
      found.push(
        name in step.first ? { ...learned, kind: 'parameter' } : { ...given, kind: 'input' },
      )
    }
    const paths = new Map(step.parameters.map(([name, path]) => [name, path]))
    for (const given of equations.given)
      if (given.kind === 'parameter' || given.kind === 'constant')
        found.push({ ...beginning(given), from: paths.get(given.from) ?? given.from })
  }
  const top = layers[layers.length - 1]
  found.push({ ...plain, name: 'δy⟨t⟩', shape: joinedShape(top), kind: 'seed', from: 'δy' })
  for (const scan of layers.flat())
    for (const name of Object.keys(scan.step.sizes)) {
      const place = places(scan.step.isReverse).last
      const own = `δ${name}⁻${scan.id}⟨${place}⟩`
      found.push({ ...plain, name: own, shape: stateShape(scan, name), kind: 'seed', from: own })
    }
  return found
}
