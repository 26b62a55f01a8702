// A program: elementwise instructions that run over rows together, one row at a time, so that the
// numbers between them stay in the cache. It knows no derivatives.

import {
  CODES,
  INSTRUCTION_WORDS,
  type Code as Name,
  OPERAND_WORDS,
  SCRATCH,
} from '../../kernels/program.ts'
import { BYTES, type FloatDType } from '../core/dtype.ts'
import { assembled, type InOperand, type Instruction, type Output, type Place } from './assemble.ts'
import { Code, type Layout } from './code.ts'
import type { Value } from './values.ts'

/** Columns that run together where all instructions have more of them: they fit in the cache. */
const BLOCK = 1024
/** Estimated nanoseconds of an instruction for each element. */
const COST = { slow: 0.8, fast: 0.12 }
const SLOW: ReadonlySet<unknown> = new Set<Name>(['exp', 'log', 'tanh', 'sigmoid'])

const align = (bytes: number, to: number): number => Math.ceil(bytes / to) * to

export class Program {
  readonly #dtype: FloatDType
  readonly #instructions: readonly Instruction[]
  readonly #slots: number
  /** The parts of operands that instructions read or write, each once. */
  readonly #parts: readonly InOperand[]
  readonly #constants: readonly number[]
  /** The operands of outputs. */
  readonly #written: readonly number[]
  readonly #width: number
  /** Whether every instruction works on all columns, so that some can run at a time. */
  readonly #isEven: boolean
  /** Estimated nanoseconds for a row. */
  readonly #cost: number
  /** Whether an instruction calls a function for each element. */
  readonly #calls: boolean
  /** The code for rows of the values' own width. */
  #kept: Code | null = null

  /**
   * The program that writes these values. An output may lie in an operand that the program reads,
   * where the columns are the same or apart. Values that are `saved` are read.
   */
  constructor(
    dtype: FloatDType,
    outputs: readonly Output[],
    saved: ReadonlyMap<Value, InOperand> = new Map(),
  ) {
    this.#dtype = dtype
    const { instructions, slots } = assembled(outputs, saved)
    this.#instructions = instructions
    this.#slots = slots
    this.#written = [...new Set(outputs.map(({ operand }) => operand))]
    const parts: InOperand[] = []
    const constants: number[] = []
    for (const place of instructions.flatMap(({ out, args }) => [out, ...args])) {
      if (place.kind === 'operand' && partIn(parts, place) < 0) parts.push(place)
      if (place.kind === 'constant' && constantIn(constants, place.number) < 0)
        constants.push(place.number)
    }
    this.#parts = parts
    this.#constants = constants
    const widths = instructions.map(({ width }) => width)
    this.#width = Math.max(0, ...widths)
    this.#calls = instructions.some(({ action }) => typeof action === 'function')
    this.#isEven =
      !this.#calls &&
      widths.every((width) => width === this.#width) &&
      instructions.every(({ action }) => action !== 'rowSum')
    this.#cost = instructions.reduce(
      (sum, { action, width }) => sum + width * (SLOW.has(action) ? COST.slow : COST.fast),
      0,
    )
  }

  get isEmpty(): boolean {
    return this.#instructions.length === 0
  }

  /**
   * Its code for rows of the values' own width, the same for each call. Ask for it before any
   * address is read.
   */
  kept(): Code {
    this.#kept ??= this.code(this.#width)
    return this.#kept
  }

  /**
   * New code for rows of `width` columns in place of those of the values. Operands that are
   * `repeated` have one number in a row. Make it before any address is read.
   */
  code(width: number, repeated: readonly number[] = []): Code {
    const isOwn = width === this.#width && repeated.length === 0
    const instructions = isOwn ? this.#instructions : this.#resized(width, repeated)
    const listing = {
      dtype: this.#dtype,
      instructions,
      words: this.#encoded(instructions),
      parts: this.#parts,
      constants: this.#constants,
      written: this.#written,
      slots: this.#slots,
      calls: this.#calls,
      width,
      cost: (this.#cost * width) / Math.max(1, this.#width),
    }
    return new Code(listing, this.layout(width))
  }

  /** Where code for rows of `width` columns lies in its block. */
  layout(width: number): Layout {
    const entries = this.#parts.length + this.#constants.length
    const code = 4 * entries * OPERAND_WORDS
    const constants = align(code + 4 * this.#instructions.length * INSTRUCTION_WORDS, 8)
    const scratch = align(constants + 8 * this.#constants.length, 16)
    const size = BYTES[this.#dtype]
    const fitting = Math.max(4, 4 * Math.floor(SCRATCH / Math.max(1, this.#slots) / size / 4))
    const columns = this.#isEven ? Math.min(width, BLOCK, fitting) : width
    const slotBytes = align(columns * size, 16)
    const hasOwn = this.#calls || this.#slots * slotBytes > SCRATCH
    const bytes = scratch + (hasOwn ? this.#slots * slotBytes : 0)
    return { code, constants, scratch, hasOwn, slotBytes, columns, bytes }
  }

  /** The instructions for rows of another width, some of whose operands repeat one number. */
  #resized(width: number, repeated: readonly number[]): readonly Instruction[] {
    return this.#instructions.map((one) => ({
      ...one,
      width: one.width === this.#width ? width : one.width,
      repeats: one.args.map(
        (arg, i) => one.repeats[i] || (arg.kind === 'operand' && repeated.includes(arg.operand)),
      ),
    }))
  }

  #encoded(instructions: readonly Instruction[]): Int32Array {
    return Int32Array.from(
      instructions.flatMap(({ action, width, out, args, repeats }) => {
        // The condition of `where` is the third operand.
        const order = action === 'where' ? [1, 2, 0] : [0, 1, 2]
        const [a, b, c] = order.map((i) => args[i])
        const [aStep, bStep, cStep] = order.map((i) => (repeats[i] === false ? 1 : 0))
        const steps = (aStep << 8) | (bStep << 9) | (cStep << 10)
        const flags = CODES.indexOf(action as Name) | steps
        return [flags, width, ...[out, a, b, c].map((place) => this.#index(place))]
      }),
    )
  }

  /** The number of a place in the code: scratch first, then parts, then constants. */
  #index(place: Place | undefined): number {
    if (place === undefined) return 0
    if (place.kind === 'scratch') return place.slot
    if (place.kind === 'operand') return this.#slots + partIn(this.#parts, place)
    return this.#slots + this.#parts.length + constantIn(this.#constants, place.number)
  }
}

const partIn = (parts: readonly InOperand[], { operand, from }: InOperand): number =>
  parts.findIndex((one) => one.operand === operand && one.from === from)

const constantIn = (constants: readonly number[], number: number): number =>
  constants.findIndex((one) => Object.is(one, number))
