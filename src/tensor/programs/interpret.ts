// Runs a program some of whose instructions are functions of single elements: these are called
// here, and the kernels run the instructions between them.

import { memory, type Ptr } from '../../kernels/engine.ts'
import { bufferOf, viewOf } from '../../kernels/memory/views.ts'
import { ARRAYS, BYTES, type FloatDType } from '../core/dtype.ts'
import type { Instruction, Place } from './assemble.ts'
import { addressOf, type Rows } from './rows.ts'

/** The memory of a program: its operands, and its scratch at `own`. */
interface Frame {
  readonly dtype: FloatDType
  readonly operands: readonly Rows[]
  readonly shift: number
  readonly own: Ptr
  readonly slotBytes: number
}

/** `kernels` runs the instructions `first` to `end` for the rows `from` to `to`. */
export function interpret(
  instructions: readonly Instruction[],
  { dtype, operands, shift, own, slotBytes }: Frame,
  rows: number,
  kernels: (first: number, end: number, from: number, to: number) => void,
): void {
  const size = BYTES[dtype]
  const { byteLength } = bufferOf(memory)
  const numbers = viewOf(memory, ARRAYS[dtype], 0, Math.floor(byteLength / size))
  const bytes = viewOf(memory, Uint8Array, 0, byteLength)

  /** The index of a place's first element among the numbers, or among the bytes of a bool. */
  const indexOf = (place: Place, row: number): number => {
    if (place.kind === 'scratch') return (own + place.slot * slotBytes) / size
    if (place.kind === 'constant') return 0
    const rows = operands[place.operand]
    return (addressOf(rows, shift) + row * rows.step) / (place.isBool ? 1 : size) + place.from
  }
  const reader = (place: Place, row: number, repeats: boolean): ((i: number) => number) => {
    if (place.kind === 'constant') return () => place.number
    const from = place.kind === 'operand' && place.isBool ? bytes : numbers
    const first = indexOf(place, row)
    return repeats ? () => from[first] : (i) => from[first + i]
  }
  for (let row = 0; row < rows; row++) {
    let first = 0
    instructions.forEach(({ action, width, out, args, repeats }, k) => {
      if (typeof action === 'string') return
      if (k > first) kernels(first, k, row, row + 1)
      first = k + 1
      const read = args.map((place, j) => reader(place, row, repeats[j]))
      const to = indexOf(out, row)
      for (let i = 0; i < width; i++) numbers[to + i] = action(...read.map((get) => get(i)))
    })
    if (instructions.length > first) kernels(first, instructions.length, row, row + 1)
  }
}
