// A program's code in memory, and its runs: program.ts makes it, and says of what. It allocates
// nothing after it was made.

import { memory, type Ptr } from '../../kernels/engine.ts'
import { viewOf } from '../../kernels/memory/views.ts'
import { INSTRUCTION_WORDS, OPERAND_WORDS } from '../../kernels/program.ts'
import { creation } from '../core/blank.ts'
import { ARRAYS, BYTES, type FloatDType } from '../core/dtype.ts'
import { kernelsOf } from '../core/kernels.ts'
import { discard, unscoped } from '../core/scopes.ts'
import type { Tensor } from '../core/tensor.ts'
import type { InOperand, Instruction } from './assemble.ts'
import { interpret } from './interpret.ts'
import { addressOf, type Rows } from './rows.ts'

/** What the code is made of. */
export interface Listing {
  readonly dtype: FloatDType
  readonly instructions: readonly Instruction[]
  /** The same for the kernel. */
  readonly words: Int32Array
  /** The parts of operands that instructions read or write, and numbers; the table has both. */
  readonly parts: readonly InOperand[]
  readonly constants: readonly number[]
  /** The operands of outputs. */
  readonly written: readonly number[]
  readonly slots: number
  /** Whether an instruction calls a function for each element. */
  readonly calls: boolean
  readonly width: number
  /** Estimated nanoseconds for a row. */
  readonly cost: number
}

/** Where it lies in the block, in bytes from its start. */
export interface Layout {
  readonly code: number
  readonly constants: number
  readonly scratch: number
  /** Whether scratch lies in the block, and not in that of a thread. */
  readonly hasOwn: boolean
  readonly slotBytes: number
  /** Columns that run together. */
  readonly columns: number
  readonly bytes: number
}

export class Code {
  readonly #listing: Listing
  readonly #layout: Layout
  readonly #block: Tensor
  readonly #writes: Ptr[]
  #start: Ptr = 0
  #operands: readonly Rows[] = []

  /** Make it before any address is read. */
  constructor(listing: Listing, layout: Layout) {
    this.#listing = listing
    this.#layout = layout
    const { words, constants, dtype, written } = listing
    this.#block = unscoped(() => creation([Math.max(1, layout.bytes / 4)], 'int32', 'program'))
    this.#writes = written.map(() => 0)
    const start = this.#block.address()
    viewOf(memory, Int32Array, start + layout.code, words.length).set(words)
    viewOf(memory, ARRAYS[dtype], start + layout.constants, constants.length).set(constants)
  }

  discard(): void {
    discard(this.#block.storage)
  }

  /** Says where the operands lie. It holds until the next allocation. */
  place(operands: readonly Rows[]): void {
    const { parts, constants, dtype } = this.#listing
    const size = BYTES[dtype]
    const start = this.#block.address()
    const count = parts.length + constants.length
    const table = viewOf(memory, Int32Array, start, count * OPERAND_WORDS)
    let word = 0
    for (let i = 0; i < parts.length; i++) {
      const { operand, from, isBool } = parts[i]
      const { at, step, move } = operands[operand]
      table[word++] = at + from * (isBool ? 1 : size)
      table[word++] = step
      table[word++] = move
    }
    const first = start + this.#layout.constants
    for (let i = 0; i < constants.length; i++) {
      table[word] = first + i * size
      table[word + 1] = table[word + 2] = 0
      word += OPERAND_WORDS
    }
    this.#start = start
    this.#operands = operands
  }

  /** Runs for rows 0 to `rows` of its operands at this shift. */
  run(rows: number, shift = 0): void {
    const { dtype, instructions, calls, cost, written } = this.#listing
    const writes = this.#writes
    for (let i = 0; i < written.length; i++)
      writes[i] = addressOf(this.#operands[written[i]], shift)
    if (!calls) {
      this.#kernel(0, instructions.length, 0, rows, shift, rows * cost)
      return
    }
    const { slotBytes, scratch } = this.#layout
    const own = this.#start + scratch
    const frame = { dtype, operands: this.#operands, shift, own, slotBytes }
    interpret(instructions, frame, rows, (first, end, from, to) => {
      this.#kernel(first, end, from, to, shift, rows * cost)
    })
  }

  /** Runs the instructions `first` to `end` for the rows `from` to `to`. */
  #kernel(first: number, end: number, from: number, to: number, shift: number, work: number): void {
    const { dtype, slots, width } = this.#listing
    const { code, scratch, hasOwn, slotBytes, columns } = this.#layout
    const start = this.#start
    kernelsOf({ dtype }).program(
      start + code + 4 * first * INSTRUCTION_WORDS,
      end - first,
      start,
      slots,
      slotBytes,
      hasOwn ? start + scratch : 0,
      from,
      to,
      shift,
      width,
      columns,
      work,
      this.#writes,
    )
  }
}
