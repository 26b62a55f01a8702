// Computes a derivation from its text alone, and compares it with what the walk gives.

import { Generator, grad, randn, Tensor } from 'tapegrad'
import type { Derivation } from 'tapegrad/derive'
import { expect } from 'vitest'
import { build, get, type Numbers, scalar, sizeOf } from './arrays.ts'
import { evaluate } from './evaluate.ts'
import { equationsIn, parse } from './language.ts'

export const numbersOf = (t: Tensor): Numbers => ({ shape: t.shape, data: [...t.toTypedArray()] })

/** The numbers of every quantity, from those of what the equations begin from. */
export function computed(
  derivation: Derivation,
  given: Readonly<Record<string, Tensor>>,
  sizes: Readonly<Record<string, number>> = {},
): Map<string, Numbers> {
  const known = new Map<string, Numbers>()
  for (const [letter, size] of Object.entries(derivation.sizes))
    known.set(letter, scalar(sizes[letter] ?? size))
  for (const { name, from, rows, values, kind } of derivation.beginnings) {
    const flat = [values].flat(9) as number[]
    const constant = { shape: shapeOf(values), data: flat.map(Number) }
    const whole = kind === 'constant' ? constant : given[from] && numbersOf(given[from])
    if (whole === undefined) throw new Error(`nothing given for ${from}`)
    const part = rows && {
      shape: [rows[1] - rows[0], ...whole.shape.slice(1)],
      data: whole.data.slice(
        rows[0] * sizeOf(whole.shape.slice(1)),
        rows[1] * sizeOf(whole.shape.slice(1)),
      ),
    }
    known.set(name, part ?? whole)
  }
  for (const [name, expression] of equationsIn(String(derivation))) {
    const value = evaluate(parse(expression), (one) => {
      const found = known.get(one)
      if (found === undefined) throw new Error(`${one} is not known in ${name} = ${expression}`)
      return found
    })
    known.set(name, value)
  }
  return known
}

function shapeOf(values: unknown): number[] {
  return Array.isArray(values) ? [values.length, ...(values.length ? shapeOf(values[0]) : [])] : []
}

/** The gradient of what a beginning's path names, put together from its parts. */
export function gradientOf(
  derivation: Derivation,
  known: ReadonlyMap<string, Numbers>,
  from: string,
  shape: readonly number[],
  mark = 'δ',
): Numbers {
  const own = derivation.beginnings.filter((one) => one.from === from)
  const whole = own
    .map(({ name }) => known.get(mark + name))
    .find((x, i) => x && own[i].rows === null)
  if (whole !== undefined) return build(shape, (at) => get(whole, at))
  const parts = own.flatMap(({ name, rows }) => {
    const value = known.get(mark + name)
    return value === undefined ? [] : [{ rows, value }]
  })
  return build(shape, (at) => {
    const part = parts.find(({ rows }) => rows && at[0] >= rows[0] && at[0] < rows[1])
    if (part === undefined || part.rows === null)
      throw new Error(`no line gives the gradient of ${from}`)
    return get(part.value, [at[0] - part.rows[0], ...at.slice(1)])
  })
}

/** The largest difference, relative to the largest number. */
export function distance(a: Numbers, b: Numbers): number {
  expect(a.shape).toEqual(b.shape)
  const size = Math.max(1, ...b.data.map(Math.abs))
  return Math.max(0, ...a.data.map((x, i) => Math.abs(x - b.data[i]) / size))
}

export interface Setup {
  readonly inputs: Readonly<Record<string, Tensor>>
  readonly parameters: Readonly<Record<string, Tensor>>
  run(inputs: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>>
}

/**
 * Expects every result and every gradient that the text gives to be those of the walk, for random
 * gradients of the results.
 */
export function expectEqual(
  derivation: Derivation,
  { inputs, parameters, run }: Setup,
  order: 1 | 2 = 1,
  sizes: Readonly<Record<string, number>> = {},
  rtol = 1e-12,
): void {
  const generator = new Generator(7)
  const outputs = run(inputs)
  const given: Record<string, Tensor> = { ...inputs, ...parameters }
  const seeds = Object.entries(outputs).map(([name, t]) => {
    const own = name in inputs ? `${name}′` : name
    const seed = randn([...t.shape], { dtype: 'float64', generator, requiresGrad: true })
    given[`δ${own}`] = seed
    return seed
  })
  const targets = Object.entries({ ...inputs, ...parameters }).filter(([, t]) => t.requiresGrad)
  const tensors = targets.map(([, t]) => t)
  const options = { gradOutputs: seeds, createGraph: true, allowUnused: true }
  const grads = grad(Object.values(outputs), tensors, options) as Tensor[]
  const moving = grads.flatMap((g, i) => (g.requiresGrad ? [[targets[i][0], g] as const] : []))
  const directions = moving.map(([path, g]) => {
    const v = randn([...g.shape], { dtype: 'float64', generator })
    const own = derivation.beginnings.find(({ from, rows }) => from === path && rows === null)
    given[`v_${own?.name ?? path}`] = v
    return v
  })
  if (order === 2)
    for (const { from, kind } of derivation.beginnings) {
      const at = moving.findIndex(([path]) => from === `v_${plain(path)}`)
      if (kind === 'direction' && at >= 0) given[from] = directions[at]
    }
  const known = computed(derivation, given, sizes)
  Object.entries(outputs).forEach(([name, t]) => {
    const own = known.get(name in inputs ? `${name}′` : name) as Numbers
    expect(
      distance(
        build(t.shape, (at) => get(own, at)),
        numbersOf(t),
      ),
      name,
    ).toBeLessThan(rtol)
  })
  const compare = (path: string, g: Tensor, mark: string): void => {
    const own = gradientOf(derivation, known, path, g.shape, mark)
    expect(distance(own, numbersOf(g)), mark + path).toBeLessThan(rtol)
  }
  targets.forEach(([path], i) => {
    compare(path, grads[i], 'δ')
  })
  if (order === 1 || moving.length === 0) return
  const second = grad(
    moving.map(([, g]) => g),
    [...tensors, ...seeds],
    { gradOutputs: directions, allowUnused: true },
  ) as Tensor[]
  targets.forEach(([path], i) => {
    compare(path, second[i], 'ε')
  })
}

/** `weight_ih` as W_ih, as the derivation does it. */
function plain(path: string): string {
  const [kind, ...rest] = path.split('_')
  return kind === 'weight'
    ? ['W', ...rest].join('_')
    : kind === 'bias'
      ? ['b', ...rest].join('_')
      : path
}
void Tensor
