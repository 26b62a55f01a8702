// Rows of numbers as expressions: parts of operands, numbers, and elementwise ops of them.
// program.ts makes instructions of them, and `evaluate` computes them with tensors.

import type { Rule } from '../../autograd/index.ts'
import type { DType } from '../core/dtype.ts'
import type { Tensor } from '../core/tensor.ts'
import { type Elementwise, formOf } from '../define/form.ts'
import { numberTensor } from '../define/operand.ts'
import { textOf } from '../transforms/fingerprint.ts'

/** The columns `from` to `from + width` of an operand, in every row. */
export interface Part {
  readonly kind: 'part'
  readonly id: number
  readonly operand: number
  readonly from: number
  readonly width: number
  readonly isBool: boolean
}

/** One number in every place. */
export interface Constant {
  readonly kind: 'constant'
  readonly id: number
  readonly number: number
  readonly width: 1
  readonly isBool: boolean
}

/** An elementwise op of rows; a row of width 1 counts as one of any width. */
export interface Computed {
  readonly kind: 'computed'
  readonly id: number
  readonly rule: Rule<Tensor>
  readonly attrs: unknown
  readonly args: readonly Value[]
  readonly width: number
  readonly isBool: boolean
}

/** The sum of each row of the arguments, of width 1; argument i counts `times[i]` times. */
export interface RowSum {
  readonly kind: 'rowSum'
  readonly id: number
  readonly args: readonly Value[]
  readonly times: readonly number[]
  readonly width: 1
  readonly isBool: false
}

export type Value = Part | Constant | Computed | RowSum

export const argsOf = (value: Value): readonly Value[] => ('args' in value ? value.args : [])

/** Makes values, and equal ones only once. Their ids grow: arguments have smaller ones. */
export class Values {
  readonly #known = new Map<string, Value>()
  readonly #objects = new Map<object, number>()

  part(operand: number, from: number, width: number, isBool = false): Value {
    return this.#once(`part ${operand} ${from} ${width}`, (id) => ({
      kind: 'part',
      id,
      operand,
      from,
      width,
      isBool,
    }))
  }

  constant(number: number, isBool = false): Value {
    const key = `constant ${Object.is(number, -0) ? '-0' : number} ${isBool}`
    return this.#once(key, (id) => ({ kind: 'constant', id, number, width: 1, isBool }))
  }

  computed(rule: Rule<Tensor>, attrs: unknown, args: readonly Value[], isBool: boolean): Value {
    const ids = args.map(({ id }) => id)
    const text = textOf(attrs, undefined, (part) => `object ${this.#number(part)}`)
    const key = `${this.#number(rule)} ${text}: ${ids}`
    const width = Math.max(...args.map((arg) => arg.width))
    return this.#once(key, (id) => ({ kind: 'computed', id, rule, attrs, args, width, isBool }))
  }

  rowSum(args: readonly Value[], times: readonly number[]): Value {
    const outer = outermost(args)
    if (outer !== null) {
      const { rule, attrs, others } = outer
      const inner = this.rowSum(
        args.map((arg) => argsOf(arg)[0]),
        times,
      )
      return this.computed(rule, attrs, [inner, ...others], false)
    }
    return this.#once(`rowSum ${args.map(({ id }) => id)} ${times}`, (id) => ({
      kind: 'rowSum',
      id,
      args,
      times,
      width: 1,
      isBool: false,
    }))
  }

  #once(key: string, make: (id: number) => Value): Value {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const value = make(this.#known.size)
    this.#known.set(key, value)
    return value
  }

  /** The same number for the same object. */
  #number(part: object): number {
    const number = this.#objects.get(part) ?? this.#objects.size
    this.#objects.set(part, number)
    return number
  }
}

/** The values behind `roots`, themselves included, arguments first; nothing behind `ends`. */
export function valuesBehind(roots: readonly Value[], ends: ReadonlySet<Value>): Value[] {
  const found = new Set<Value>()
  const open = [...roots]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (found.has(value)) continue
    found.add(value)
    if (!ends.has(value)) open.push(...argsOf(value))
  }
  return [...found].sort((a, b) => a.id - b.id)
}

/**
 * The function that is the outermost of all these rows, and can be computed of their sum in place
 * of each element: the negative, and the product with or division by one number in a row.
 */
function outermost(args: readonly Value[]): (Computed & { others: readonly Value[] }) | null {
  const [first] = args
  if (first.kind !== 'computed') return null
  const form = formOf(first.rule)
  const kernel = typeof form === 'object' ? form.kernel : undefined
  const [row, ...others] = first.args
  if (!['neg', 'mul', 'div'].includes(kernel ?? '') || row.width === 1) return null
  const isSame = (arg: Value): boolean =>
    arg.kind === 'computed' &&
    arg.rule === first.rule &&
    arg.args[0].width > 1 &&
    others.every((one, i) => one.width === 1 && one === arg.args[1 + i])
  return args.every(isSame) ? { ...first, others } : null
}

const isChoice = ({ rule }: Computed): boolean => (formOf(rule) as Elementwise).kernel === 'where'

/** A row of one number as one of `width`: the op `where` does not broadcast. */
function wide(t: Tensor, others: readonly Tensor[], width: number): Tensor {
  const rows = Math.max(...others.map(({ shape }) => shape[0] ?? 1))
  return t.broadcastTo([rows, width])
}

/**
 * Computes values with recorded ops. `known` has the tensors of parts, and gets those of all values
 * behind the roots.
 */
export function evaluate(roots: readonly Value[], known: Map<Value, Tensor>, dtype: DType): void {
  const of = (value: Value): Tensor => known.get(value) as Tensor
  for (const value of valuesBehind(roots, new Set(known.keys()))) {
    if (known.has(value)) continue
    if (value.kind === 'constant')
      known.set(value, numberTensor('program', value.number, value.isBool ? 'bool' : dtype))
    else if (value.kind === 'rowSum')
      known.set(
        value,
        value.args
          .map((arg, i) => of(arg).sum(1, true).mul(value.times[i]))
          .reduce((a, b) => a.add(b)),
      )
    else if (value.kind === 'computed') {
      const args = value.args.map(of)
      const inputs = isChoice(value) ? args.map((arg) => wide(arg, args, value.width)) : args
      known.set(value, value.rule.replay?.(inputs, value.attrs) as Tensor)
    }
  }
}
