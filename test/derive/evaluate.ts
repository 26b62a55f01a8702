// Computes expressions that language.ts has read.

import {
  build,
  cat,
  elementwise,
  get,
  matmul,
  type Numbers,
  permute,
  reduce,
  scalar,
  sizeOf,
  slice,
  stridesOf,
  total,
  transpose,
} from './arrays.ts'
import type { Argument, Tree } from './language.ts'

export type Environment = (name: string) => Numbers

const FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  tanh: Math.tanh,
  σ: (x) => 1 / (1 + Math.exp(-x)),
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  sin: Math.sin,
  cos: Math.cos,
  trunc: Math.trunc,
  relu: (x) => Math.max(0, x),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
}
const RELATIONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '≠': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '≤': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '≥': (a, b) => a >= b,
}

const only = ({ shape, data }: Numbers): number => {
  if (shape.length > 0) throw new Error(`expected a number, got (${shape})`)
  return data[0]
}

export function evaluate(tree: Tree, of: Environment): Numbers {
  const value = (inner: Tree): Numbers => evaluate(inner, of)
  switch (tree.kind) {
    case 'number':
      return scalar(tree.value)
    case 'name':
      return of(tree.name)
    case 'sum':
      return tree.parts
        .map(([sign, part]) => elementwise((x) => sign * x, value(part)))
        .reduce((a, b) => elementwise((x, y) => x + y, a, b))
    case 'times':
      return elementwise((a, b) => a * b, value(tree.left), value(tree.right))
    case 'over':
      return elementwise((a, b) => a / b, value(tree.left), value(tree.right))
    case 'beside': {
      const [a, b] = [value(tree.left), value(tree.right)]
      const isScaled = a.shape.length === 0 || b.shape.length === 0
      return isScaled ? elementwise((x, y) => x * y, a, b) : matmul(a, b)
    }
    case 'transposed':
      return transpose(value(tree.of))
    case 'power':
      return elementwise((a, b) => a ** b, value(tree.of), value(tree.by))
    case 'total': {
      const x = value(tree.of)
      if (tree.index === '') return reduce(x, [...x.shape.keys()], false, total)
      if (x.shape.length < 2) throw new Error(`Σ${tree.index} of (${x.shape})`)
      const last = x.shape.length - 1
      return tree.index === 'ₙ' ? reduce(x, [0], false, total) : reduce(x, [last], true, total)
    }
    case 'test': {
      const holds = RELATIONS[tree.relation]
      return elementwise((a, b) => Number(holds(a, b)), value(tree.left), value(tree.right))
    }
    case 'joined': {
      const parts = tree.parts.map(value)
      return cat(parts, tree.isRow ? parts[0].shape.length - 1 : 0)
    }
    case 'part': {
      const bounds = tree.ranges.map((range) => range?.map((bound) => only(value(bound))) ?? null)
      const cut = bounds.reduce<Numbers>(
        (x, range, axis) =>
          range === null ? x : slice(x, axis, range[0], range[1] ?? range[0] + 1, range[2] ?? 1),
        value(tree.of),
      )
      return { ...cut, shape: cut.shape.filter((_, axis) => bounds[axis]?.length !== 1) }
    }
    case 'call':
      return called(tree.name, tree.args, of)
  }
}

function called(name: string, args: readonly Argument[], of: Environment): Numbers {
  const given = args.flatMap((arg) => (arg.kind === 'word' || arg.kind === 'list' ? [] : [arg]))
  const words = args.flatMap((arg) => (arg.kind === 'word' ? [arg.word] : []))
  const lists = args.flatMap((arg) => (arg.kind === 'list' ? [arg.numbers] : []))
  const values = given.map((arg) => evaluate(arg, of))
  const [x, second] = values
  const numbers = (from: number): number[] => values.slice(from).map(only)
  if (name in FUNCTIONS && values.length === 1) return elementwise(FUNCTIONS[name], x)
  switch (name) {
    case 'stop':
      return x
    case 'clamp':
      return elementwise((v, a, b) => Math.min(Math.max(v, a), b), ...values)
    case 'sum':
      return reduce(x, numbers(1), words.includes('keep'), total)
    case 'max':
    case 'min':
      if (words.includes('axes'))
        return reduce(x, numbers(1), words.includes('keep'), (all) => Math[name](...all))
      return elementwise(Math[name], x, second)
    case 'softmax': {
      const e = elementwise(Math.exp, x)
      return elementwise((a, b) => a / b, e, reduce(e, [x.shape.length - 1], true, total))
    }
    case 'onehot':
      return build([...x.shape, only(second)], (at) =>
        Number(get(x, at.slice(0, -1)) === at.at(-1)),
      )
    case 'full':
      return build(numbers(1), () => only(x))
    case 'broadcast':
      return build(numbers(1), (at) => get(x, at))
    case 'reshape':
      if (sizeOf(numbers(1)) !== sizeOf(x.shape)) throw new Error('reshape')
      return { shape: numbers(1), data: x.data }
    case 'permute':
      return permute(x, numbers(1))
    case 'flip': {
      const axes = numbers(1)
      return build(x.shape, (at) =>
        get(
          x,
          at.map((k, i) => (axes.includes(i) ? x.shape[i] - 1 - k : k)),
        ),
      )
    }
    case 'cat':
      return cat(values.slice(0, -1), only(values.at(-1) as Numbers))
    case 'stack': {
      const axis = only(values.at(-1) as Numbers)
      const wide = values
        .slice(0, -1)
        .map(({ shape, data }) => ({ shape: shape.toSpliced(axis, 0, 1), data }))
      return cat(wide, axis)
    }
    case 'rows':
      return build([...second.shape, ...x.shape.slice(1)], (at) => {
        const front = at.slice(0, second.shape.length)
        return get(x, [get(second, front), ...at.slice(second.shape.length)])
      })
    case 'scatterRows':
    case 'scatter': {
      const axis = name === 'scatter' ? only(values[2]) : 0
      const shape =
        name === 'scatter' ? lists[0] : [only(values[2]), ...x.shape.slice(second.shape.length)]
      const sums = new Map<string, number>()
      build(x.shape, (at) => {
        const to =
          name === 'scatter'
            ? at.map((k, i) => (i === axis ? get(second, at) : k))
            : [get(second, at.slice(0, second.shape.length)), ...at.slice(second.shape.length)]
        sums.set(String(to), (sums.get(String(to)) ?? 0) + get(x, at))
        return 0
      })
      return build(shape, (at) => sums.get(String(at)) ?? 0)
    }
    case 'gather': {
      const axis = only(values[2])
      return build(second.shape, (at) =>
        get(
          x,
          at.map((k, i) => (i === axis ? get(second, at) : k)),
        ),
      )
    }
    case 'strided': {
      const [shape, , strides] = [lists[0], 0, lists[1]]
      const offset = only(second)
      return build(shape, (at) => x.data[at.reduce((sum, k, i) => sum + k * strides[i], offset)])
    }
    case 'scattered': {
      const [to, shape, strides] = lists
      const data = Array<number>(sizeOf(to)).fill(0)
      const own = stridesOf(shape)
      x.data.forEach((v, i) => {
        const at = shape.map((size, axis) => Math.floor(i / own[axis]) % size)
        data[at.reduce((sum, k, axis) => sum + k * strides[axis], only(second))] += v
      })
      return { shape: to, data }
    }
  }
  throw new Error(`no function ${name} of ${values.length}`)
}
