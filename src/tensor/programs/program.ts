// A program: elementwise instructions that run over rows together, one row at a time, so that the
// numbers between them stay in the cache. It knows no derivatives.

import { memory, type Ptr } from '../../kernels/engine.ts'
import { viewOf } from '../../kernels/memory/views.ts'
import {
  CODES,
  type Code,
  INSTRUCTION_WORDS,
  OPERAND_WORDS,
  SCRATCH,
} from '../../kernels/program.ts'
import { creation } from '../core/blank.ts'
import { ARRAYS, BYTES, type FloatDType } from '../core/dtype.ts'
import { kernelsOf } from '../core/kernels.ts'
import { unscoped } from '../core/scopes.ts'
import type { Tensor } from '../core/tensor.ts'
import { assembled, type InOperand, type Instruction, type Output, type Place } from './assemble.ts'
import { interpret, type Rows } from './interpret.ts'
import type { Value } from './values.ts'

/** Runs a program for rows 0 to `rows` of its operands. It allocates nothing. */
export type Run = (operands: readonly Rows[], rows: number) => void

/** Columns that run together where all instructions have more of them: they fit in the cache. */
const BLOCK = 1024
/** Estimated nanoseconds of an instruction for each element. */
const COST = { slow: 0.8, fast: 0.12 }
const SLOW: ReadonlySet<unknown> = new Set<Code>(['exp', 'log', 'tanh', 'sigmoid'])

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
  readonly #code: Int32Array
  readonly #layout: Layout

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
    this.#code = this.#encoded(instructions)
    this.#layout = this.#layoutFor(this.#width)
  }

  get isEmpty(): boolean {
    return this.#instructions.length === 0
  }

  /** Offsets in the block, in bytes: the code, constants, and scratch. */
  #layoutFor(width: number): Layout {
    const entries = this.#parts.length + this.#constants.length
    const code = 4 * entries * OPERAND_WORDS
    const constants = align(code + 4 * this.#instructions.length * INSTRUCTION_WORDS, 8)
    const scratch = align(constants + 8 * this.#constants.length, 16)
    const size = BYTES[this.#dtype]
    const fitting = Math.max(4, 4 * Math.floor(SCRATCH / Math.max(1, this.#slots) / size / 4))
    const block = this.#isEven ? Math.min(width, BLOCK, fitting) : width
    const slotBytes = align(block * size, 16)
    const hasOwn = this.#calls || this.#slots * slotBytes > SCRATCH
    const bytes = scratch + (hasOwn ? this.#slots * slotBytes : 0)
    return { code, constants, scratch, hasOwn, slotBytes, block, bytes }
  }

  /**
   * A tensor with room for the code, where rows have `width` columns in place of those of the
   * values. Make it before any address is read.
   */
  block(width = this.#width): Tensor {
    const { bytes } = width === this.#width ? this.#layout : this.#layoutFor(width)
    return unscoped(() => creation([Math.max(1, bytes / 4)], 'int32', 'program'))
  }

  /**
   * Writes the code into its block. Operands that are `repeated` have one number in a row. The
   * result is valid as long as the block's address.
   */
  runner(block: Tensor, width = this.#width, repeated: readonly number[] = []): Run {
    const isOwn = width === this.#width && repeated.length === 0
    const layout = isOwn ? this.#layout : this.#layoutFor(width)
    const instructions = isOwn ? this.#instructions : this.#resized(width, repeated)
    const dtype = this.#dtype
    const size = BYTES[dtype]
    const [parts, slots, written] = [this.#parts, this.#slots, this.#written]
    const start = block.address()
    const own = layout.hasOwn ? start + layout.scratch : 0
    const words = viewOf(memory, Int32Array, start, block.size)
    words.set(isOwn ? this.#code : this.#encoded(instructions), layout.code / 4)
    if (this.#constants.length > 0) {
      const at = start + layout.constants
      viewOf(memory, ARRAYS[dtype], at, this.#constants.length).set(this.#constants)
      for (let i = 0; i < this.#constants.length; i++) {
        words[(parts.length + i) * OPERAND_WORDS] = at + i * size
        words[(parts.length + i) * OPERAND_WORDS + 1] = 0
      }
    }
    const { program } = kernelsOf({ dtype })
    const { slotBytes } = layout
    const codeAt = start + layout.code
    const costOfRow = (this.#cost * width) / Math.max(1, this.#width)
    const writes: Ptr[] = written.map(() => 0)
    return (operands, rows) => {
      for (let i = 0; i < parts.length; i++) {
        const { operand, from, isBool } = parts[i]
        const { at, step } = operands[operand]
        words[i * OPERAND_WORDS] = at + from * (isBool ? 1 : size)
        words[i * OPERAND_WORDS + 1] = step
      }
      for (let i = 0; i < written.length; i++) writes[i] = operands[written[i]].at
      const work = rows * costOfRow
      const { block } = layout
      if (!this.#calls) {
        const count = instructions.length
        program(codeAt, count, start, slots, slotBytes, own, 0, rows, width, block, work, writes)
        return
      }
      const kernels = (first: number, end: number, from: number, to: number): void => {
        const [code, count] = [codeAt + 4 * first * INSTRUCTION_WORDS, end - first]
        program(code, count, start, slots, slotBytes, own, from, to, width, block, work, writes)
      }
      interpret(instructions, { dtype, operands, own, slotBytes }, rows, kernels)
    }
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
        const flags = CODES.indexOf(action as Code) | steps
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

interface Layout {
  readonly code: number
  readonly constants: number
  readonly scratch: number
  /** Whether scratch lies in the block, and not in that of a thread. */
  readonly hasOwn: boolean
  readonly slotBytes: number
  readonly block: number
  readonly bytes: number
}

const partIn = (parts: readonly InOperand[], { operand, from }: InOperand): number =>
  parts.findIndex((one) => one.operand === operand && one.from === from)

const constantIn = (constants: readonly number[], number: number): number =>
  constants.findIndex((one) => Object.is(one, number))
