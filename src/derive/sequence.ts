// A recurrent layer's equations: those of one step of each of its layers and directions, and what
// is carried from step to step. No step is written twice.

import type { Module } from '../layers/index.ts'
import { oneStepsOf, regularisationOf } from '../layers/internal.ts'
import { ValueError } from '../tensor/index.ts'
import {
  type Beginning,
  beginning,
  type Derivation,
  type Equation,
  equation,
} from './derivation.ts'
import { LATEX, type Notation, TEXT } from './notation.ts'
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

/** Null for a module that is no recurrent layer; `given` is the last axis of x, if x is given. */
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
  requireStateNames(sizes)
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

/** Writes an expression in a notation. */
type Write = (n: Notation) => string

const line = (
  name: string,
  write: Write,
  part: Equation['part'],
  steps: Steps | null,
  shape: readonly string[],
): Equation => ({
  name,
  expression: write(TEXT),
  latex: `${LATEX.name(name)} = ${write(LATEX)}`,
  shape,
  part,
  steps,
})

const named =
  (name: string): Write =>
  (n) =>
    n.name(name)

/** h of all directions of a layer, side by side. */
const joined =
  (layer: readonly Scanned[]): Write =>
  (n) => {
    const parts = layer.map(({ id }) => n.name(`h${id}⟨t⟩`))
    return parts.length === 1 ? parts[0] : n.joined(parts, true)
  }

/** The learned states, as the states before the first step. */
const learned = (scan: Scanned): Equation[] => {
  const { step, id } = scan
  return Object.keys(step.first).map((name) => {
    const shape = stateShape(scan, name)
    const left = `${name}${id}⟨${places(step.isReverse).first}⟩`
    const first = `first_${name}${id}`
    const write: Write = (n) => n.call('broadcast', [first, ...shape].map(n.name))
    return line(left, write, 'forward', null, shape)
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
          .map((own) => ({ ...equation(own), steps: steps.forward })),
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
    const above = l === layers.length - 1 ? named('δy⟨t⟩') : inputGradient(layers[l + 1])
    layer.forEach((scan, k) => {
      const size = stateShape(scan, 'h')[1]
      const part: Write = (n) => {
        const H = n.name(size)
        const range = k === 0 ? `0:${H}` : `${H}:2${H}`
        const text = above(n)
        return n.part(text.includes(' + ') ? n.brackets(text) : text, `:, ${range}`)
      }
      const own = layer.length > 1 ? part : above
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
const inputGradient =
  (layer: readonly Scanned[]): Write =>
  (n) =>
    layer.map(({ id }) => n.name(`δx${id}⟨t⟩`)).join(' + ')

function backwardOf(scan: Scanned, above: Write): Equation[] {
  const { step, id, equations, steps } = scan
  const at = places(step.isReverse)
  const names = Object.keys(step.sizes)
  const own = equations.lines.filter(({ part }) => part === 'backward')
  const total = line(
    `δh${id}⟨t⟩`,
    (n) => `${above(n)} + ${n.name(`δh⁻${id}⟨${at.carry}⟩`)}`,
    'backward',
    steps.backward,
    stateShape(scan, 'h'),
  )
  return [
    total,
    ...own
      .filter(({ isOfParameter }) => !isOfParameter)
      .map((own) => ({ ...equation(own), steps: steps.backward })),
    ...own
      .filter(({ isOfParameter }) => isOfParameter)
      .map((own) => {
        const { expression } = own
        if (!expression.includes('⟨')) return equation(own)
        const isSum = / [+−] /u.test(expression)
        const [left, right] = own.latex.split(' = ')
        const tex = isSum ? LATEX.brackets(right) : right
        return {
          ...equation(own),
          expression: `Σₜ ${isSum ? `(${expression})` : expression}`,
          latex: `${left} = \\sum_t ${tex}`,
        }
      }),
    ...names.map((name) =>
      line(
        `δ${name}${id}⟨${at.first}⟩`,
        named(`δ${name}⁻${id}⟨${at.begin}⟩`),
        'backward',
        null,
        stateShape(scan, name),
      ),
    ),
    ...Object.keys(step.first).map((name) =>
      line(
        `δfirst_${name}${id}`,
        (n) => `${n.sum('ₙ')} ${n.name(`δ${name}${id}⟨${at.first}⟩`)}`,
        'backward',
        null,
        stateShape(scan, name).slice(1),
      ),
    ),
  ]
}

function beginningsOf(layers: readonly (readonly Scanned[])[]): Beginning[] {
  const found: Beginning[] = []
  const add = (
    kind: Beginning['kind'],
    name: string,
    shape: readonly string[],
    from = name,
  ): unknown => found.push({ name, shape, kind, from, rows: null, values: null })
  const scans = layers.flat()
  add('input', 'x⟨t⟩', stateShape(scans[0], 'x'), 'x')
  for (const scan of scans) {
    const { step, id, equations } = scan
    for (const name of Object.keys(step.sizes)) {
      const shape = stateShape(scan, name)
      if (name in step.first)
        add('parameter', `first_${name}${id}`, shape.slice(1), `first_${name}_${step.suffix}`)
      else add('input', `${name}${id}⟨${places(step.isReverse).first}⟩`, shape, name)
    }
    const paths = new Map(step.parameters.map(([name, path]) => [name, path]))
    for (const given of equations.given)
      if (given.kind === 'parameter' || given.kind === 'constant')
        found.push({ ...beginning(given), from: paths.get(given.from) ?? given.from })
  }
  add('seed', 'δy⟨t⟩', joinedShape(layers[layers.length - 1]), 'δy')
  for (const scan of scans)
    for (const name of Object.keys(scan.step.sizes)) {
      const place = places(scan.step.isReverse).last
      add('seed', `δ${name}⁻${scan.id}⟨${place}⟩`, stateShape(scan, name))
    }
  return found
}
