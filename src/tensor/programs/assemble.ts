// From values to instructions: an order, a place for every result, and scratch that is used again
// when its last reader has run.

import type { Code } from '../../kernels/program.ts'
import { type Elementwise, formOf } from '../define/form.ts'
import { argsOf, type Computed, type RowSum, type Value, valuesBehind } from './values.ts'

/** A value that a program writes: to columns of an operand from `from` on. */
export interface Output {
  readonly value: Value
  readonly operand: number
  readonly from: number
  readonly width: number
  /** Add to the numbers that are there. */
  readonly accumulate?: boolean
}

export interface InOperand {
  readonly kind: 'operand'
  readonly operand: number
  readonly from: number
  readonly isBool: boolean
}

/** Where an instruction reads or writes. */
export type Place =
  | InOperand
  | { readonly kind: 'scratch'; readonly slot: number }
  | { readonly kind: 'constant'; readonly number: number }

/** A kernel, or a function that is called for each element. */
export type Action = Code | ((...elements: number[]) => number)

export interface Instruction {
  readonly action: Action
  readonly width: number
  readonly out: Place
  readonly args: readonly Place[]
  /** Whether each argument has one number in a row, which repeats. */
  readonly repeats: readonly boolean[]
}

/**
 * The instructions that write the outputs, and the number of scratch slots that they need. Values
 * that are `saved` are read from there, and not computed.
 */
export function assembled(
  outputs: readonly Output[],
  saved: ReadonlyMap<Value, InOperand>,
): { instructions: readonly Instruction[]; slots: number } {
  const assembler = new Assembler(outputs, saved)
  return { instructions: assembler.instructions, slots: assembler.slots }
}

class Assembler {
  readonly instructions: Instruction[] = []
  slots = 0
  readonly #outputs: readonly Output[]
  /** Values in memory: parts, and those that are saved. */
  readonly #given: ReadonlyMap<Value, InOperand>
  /** The last value that reads each value. */
  readonly #lastReader = new Map<Value, Value>()
  /** How many arguments each value is. */
  readonly #readers = new Map<Value, number>()
  /** Outputs that are written when their values are computed. */
  readonly #direct = new Map<Value, Output>()
  readonly #places = new Map<Value, Place>()
  /** Values that are computed together with their only reader. */
  readonly #absorbed = new Map<Value, Computed>()
  readonly #freeSlots: number[] = []

  constructor(outputs: readonly Output[], saved: ReadonlyMap<Value, InOperand>) {
    this.#outputs = outputs
    const roots = outputs.map(({ value }) => value)
    const values = valuesBehind(roots, new Set(saved.keys()))
    const parts = values.filter((value) => value.kind === 'part')
    this.#given = new Map([
      ...parts.map((part) => [part, { ...part, kind: 'operand' }] as const),
      ...saved,
    ])
    for (const value of values)
      if (!this.#given.has(value))
        for (const arg of argsOf(value)) {
          this.#lastReader.set(arg, value)
          this.#readers.set(arg, (this.#readers.get(arg) ?? 0) + 1)
        }
    for (const value of values) this.#absorb(value, roots)
    for (const output of outputs)
      if (!this.#given.has(output.value) && !this.#direct.has(output.value))
        if ('args' in output.value && output.value.width === output.width && !output.accumulate)
          if (this.#isSafe(output)) this.#direct.set(output.value, output)
    for (const value of values) this.#place(value)
    for (const output of outputs) this.#copyOut(output)
  }

  /**
   * Takes a sum, difference or product into the same instruction as its only reader, or a negative
   * number into the sum that it becomes a difference in.
   */
  #absorb(value: Value, roots: readonly Value[]): void {
    if (this.#given.has(value) || !isSecond(value)) return
    const inner = value.args.find(
      (arg, i): arg is Computed =>
        (isNegative(arg)
          ? kernelOf(value) === 'add'
          : isPair(arg) && (isPair(value) || (i === 0 && kernelOf(arg) === 'mul'))) &&
        arg.width === value.width &&
        this.#readers.get(arg) === 1 &&
        !roots.includes(arg) &&
        !this.#given.has(arg) &&
        !this.#holds(arg),
    )
    if (inner === undefined) return
    this.#absorbed.set(inner, value)
    // The arguments of the inner one are read later than before.
    for (const arg of inner.args)
      if ((this.#lastReader.get(arg)?.id ?? -1) < value.id) this.#lastReader.set(arg, value)
  }

  /** Whether another value is computed together with this one already. */
  #holds(value: Value): boolean {
    return argsOf(value).some((arg) => this.#absorbed.get(arg) === value)
  }

  /** Whether the place of `given` lies in that of `output`. */
  #overlaps([value, given]: readonly [Value, InOperand], output: Output): boolean {
    return (
      given.operand === output.operand &&
      given.from < output.from + output.width &&
      output.from < given.from + value.width
    )
  }

  /**
   * Whether an output can be written when its value is computed: no one reads the place later, and
   * its own instruction reads each column before it writes there.
   */
  #isSafe(output: Output): boolean {
    return [...this.#given].every((given) => {
      const [value, { from }] = given
      if (!this.#overlaps(given, output)) return true
      if (this.#outputs.some((one) => one.value === value)) return false
      const last = this.#lastReader.get(value)?.id ?? -1
      const isInPlace = from === output.from && value.width === output.width
      return last < output.value.id || (last === output.value.id && isInPlace)
    })
  }

  #newSlot(): Place & { kind: 'scratch' } {
    return { kind: 'scratch', slot: this.#freeSlots.pop() ?? this.slots++ }
  }

  #emit(action: Action, out: Place, args: readonly Value[], width: number): void {
    this.instructions.push({
      action,
      width,
      out,
      args: args.map((arg) => this.#places.get(arg) as Place),
      repeats: args.map((arg) => arg.width < width),
    })
  }

  /** Computes a value, and frees the slots of arguments that it is the last to read. */
  #place(value: Value): void {
    const given = this.#given.get(value)
    if (given !== undefined) {
      this.#places.set(value, given)
      const isOutput = this.#outputs.some((output) => output.value === value)
      // Its place is overwritten before it is copied to its own.
      if (isOutput && this.#outputs.some((output) => this.#overlaps([value, given], output))) {
        const copy = this.#newSlot()
        this.#emit('copy', copy, [value], value.width)
        this.#places.set(value, copy)
      }
      return
    }
    if (value.kind === 'constant') {
      this.#places.set(value, { kind: 'constant', number: value.number })
      return
    }
    if (this.#absorbed.has(value)) return
    const direct = this.#direct.get(value)
    const { isBool } = value
    const out: Place =
      direct === undefined
        ? this.#newSlot()
        : { kind: 'operand', operand: direct.operand, from: direct.from, isBool }
    if (value.kind === 'rowSum') this.#sumRows(value, out)
    else if (value.kind === 'computed') this.#compute(value, out)
    this.#places.set(value, out)
    for (const arg of new Set(this.#readBy(value))) {
      const place = this.#places.get(arg)
      const isOutput = this.#outputs.some((output) => output.value === arg)
      if (this.#lastReader.get(arg) === value && place?.kind === 'scratch' && !isOutput)
        this.#freeSlots.push(place.slot)
    }
  }

  /** The arguments of a value, and of what is computed together with it. */
  #readBy(value: Value): readonly Value[] {
    return argsOf(value).flatMap((arg) => (this.#absorbed.get(arg) === value ? argsOf(arg) : [arg]))
  }

  #compute(value: Computed, out: Place): void {
    const { rule, attrs, args, width } = value
    const { kernel, chain, f } = formOf(rule) as Elementwise
    const inner = args.findIndex((arg) => this.#absorbed.get(arg) === value)
    if (inner >= 0 && isNegative(args[inner])) {
      this.#emit('sub', out, [args[1 - inner], ...argsOf(args[inner])], width)
      return
    }
    if (inner >= 0) {
      const first = kernelOf(args[inner]) as Pair
      const second = kernel === 'sub' && inner === 1 ? 'Rsub' : SECOND[kernel as Second]
      const three = [...argsOf(args[inner]), args[1 - inner]]
      this.#emit(`${first}${second}` as Code, out, three, width)
      return
    }
    if (chain === undefined) {
      this.#emit(kernel ?? f(attrs), out, args, width)
      return
    }
    let before = this.#places.get(args[0]) as Place
    for (const [action, number] of chain(attrs)) {
      const repeats = [before !== out && args[0].width < width, true]
      const pair: Place[] = [before, { kind: 'constant', number }]
      this.instructions.push({ action, width, out, args: pair, repeats })
      before = out
    }
  }

  #sumRows({ args, times }: RowSum, out: Place): void {
    args.forEach((arg, i) => {
      const sum = i === 0 ? out : this.#newSlot()
      this.#emit('rowSum', sum, [arg], arg.width)
      if (times[i] > 1) this.#pair('mul', sum, [sum, { kind: 'constant', number: times[i] }])
      if (i === 0) return
      this.#pair('add', out, [out, sum])
      if (sum.kind === 'scratch') this.#freeSlots.push(sum.slot)
    })
  }

  /** An instruction for one number in a row. */
  #pair(action: Action, out: Place, args: readonly Place[]): void {
    this.instructions.push({ action, width: 1, out, args, repeats: [false, true] })
  }

  /** Copies an output that was not written directly. */
  #copyOut(output: Output): void {
    const { value, operand, from, width } = output
    const place = this.#places.get(value) as Place
    const to: InOperand = { kind: 'operand', operand, from, isBool: false }
    const isThere = place.kind === 'operand' && place.operand === operand && place.from === from
    if (output.accumulate) {
      const repeats = [false, value.width < width]
      this.instructions.push({ action: 'add', width, out: to, args: [to, place], repeats })
    } else if (this.#direct.get(value) !== output && !isThere)
      this.instructions.push({
        action: 'copy',
        width,
        out: to,
        args: [place],
        repeats: [value.width < width],
      })
  }
}

/** Functions of two operands that can follow another one in the same instruction. */
const SECOND = {
  add: 'Add',
  sub: 'Sub',
  mul: 'Mul',
  tanhGrad: 'TanhGrad',
  sigmoidGrad: 'SigmoidGrad',
} as const
type Second = keyof typeof SECOND
/** Those that can be followed; the derivatives of tanh and sigmoid follow a product alone. */
type Pair = 'add' | 'sub' | 'mul'

const kernelIn = ({ rule }: Computed): Code | undefined => {
  const form = formOf(rule)
  return typeof form === 'object' ? form.kernel : undefined
}

const kernelOf = (value: Value): Second => kernelIn(value as Computed) as Second

const isSecond = (value: Value): value is Computed =>
  value.kind === 'computed' && (kernelIn(value) ?? '') in SECOND

const isNegative = (value: Value): value is Computed =>
  value.kind === 'computed' && kernelIn(value) === 'neg'

const isPair = (value: Value): value is Computed =>
  isSecond(value) && !kernelOf(value).endsWith('Grad')
