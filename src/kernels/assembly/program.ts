// Runs a list of elementwise instructions over rows, one row at a time, so that what lies between
// two of them stays in the first-level cache. The list is made by tensor/programs/.
import { Eq, Ge, Gt, Le, Lt, Ne, run as compare } from './compare'
import { ReluGrad, run as gradient, SigmoidGrad, TanhGrad } from './grads'
import { sumLine } from './lines'
import { Add, Div, Maximum, Minimum, Mul, run as pair, Sub } from './pairs'
import { PANELS, scratch } from './scratch'
import {
  Abs, Exp, Log, Neg, Reciprocal, Relu, run as unary, Sigmoid, Sign, Sqrt, Square, Tanh,
} from './unary'
import { triple } from './triples'
import { where } from './update'

/** Words of an instruction: code and steps, width, out, a, b, c. */
const WORDS: usize = 6 * 4
/** Words of an operand: address, and bytes from row to row and from shift to shift. */
const OPERAND: usize = 3 * 4

/** The codes up to here have one operand; those from here on are two functions in one. */
const LAST_UNARY: i32 = 10
const WHERE: u32 = 26
const TRIPLES: i32 = 29

/**
 * The codes are the places in CODES of ../program.ts. `a`, `b` and `c` repeat one number where
 * their step is 0.
 */
function map<T>(code: i32, out: usize, a: usize, n: i32): void {
  switch (code) {
    case 0: return unary<T, Neg<T>>(out, a, n)
    case 1: return unary<T, Abs<T>>(out, a, n)
    case 2: return unary<T, Sign<T>>(out, a, n)
    case 3: return unary<T, Exp<T>>(out, a, n)
    case 4: return unary<T, Log<T>>(out, a, n)
    case 5: return unary<T, Sqrt<T>>(out, a, n)
    case 6: return unary<T, Reciprocal<T>>(out, a, n)
    case 7: return unary<T, Square<T>>(out, a, n)
    case 8: return unary<T, Tanh<T>>(out, a, n)
    case 9: return unary<T, Sigmoid<T>>(out, a, n)
    case 10: return unary<T, Relu<T>>(out, a, n)
  }
}

function pairs<T>(
  code: i32, out: usize, a: usize, b: usize, n: i32, aStep: i32, bStep: i32,
): void {
  switch (code) {
    case 11: return pair<T, Add<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 12: return pair<T, Sub<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 13: return pair<T, Mul<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 14: return pair<T, Div<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 15: return pair<T, Maximum<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 16: return pair<T, Minimum<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 17: return compare<T, Eq<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 18: return compare<T, Ne<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 19: return compare<T, Lt<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 20: return compare<T, Le<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 21: return compare<T, Gt<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 22: return compare<T, Ge<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 23: return pair<T, TanhGrad<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 24: return pair<T, SigmoidGrad<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
    case 25: return pair<T, ReluGrad<T>>(out, a, b, 1, n, 0, aStep, 0, bStep)
  }
}

function rest<T>(
  code: i32, out: usize, a: usize, b: usize, c: usize, n: i32, aStep: i32, bStep: i32, cStep: i32,
): void {
  switch (code) {
    case 26:
      if (cStep) return where<T>(out, c, a, b, n, aStep, bStep)
      return load<u8>(c) ? copy<T>(out, a, n, aStep) : copy<T>(out, b, n, bStep)
    case 27: return store<T>(out, <T>sumLine<T>(a, n))
    case 28: return copy<T>(out, a, n, aStep)
  }
}

function copy<T>(out: usize, a: usize, n: i32, aStep: i32): void {
  if (aStep) memory.copy(out, a, n * sizeof<T>())
  else for (let i = 0; i < n; i++) store<T>(out + i * sizeof<T>(), load<T>(a))
}

/**
 * The address of an operand in row `row`. The first `slots` operands are scratch; the address of a
 * number that repeats does not move with the columns.
 */
// @ts-ignore: decorator
@inline function at(
  operand: u32, row: u32, shift: u32, moved: usize, table: usize, slots: u32, slotBytes: usize,
  own: usize,
): usize {
  if (operand < slots) return own + operand * slotBytes
  const p = table + (operand - slots) * OPERAND
  return load<u32>(p) + row * load<u32>(p, 4) + shift * load<u32>(p, 8) + moved
}

/**
 * Runs the `count` instructions at `code` for the rows `from` to `to`, `block` columns at a time;
 * where their widths differ, `block` is the largest. Scratch is at `own`, or this instance's where
 * that is 0. `work` and `writes` are for other readers of the call.
 */
export function program<T>(
  code: usize, count: i32, table: usize, slots: i32, slotBytes: i32, own: usize, from: i32, to: i32,
  shift: i32, width: i32, block: i32,
): void {
  const room = own ? own : scratch + PANELS
  const end = code + count * WORDS
  for (let row = from; row < to; row++) {
    for (let column = 0; column < width; column += block) {
      const moved: usize = column * sizeof<T>()
      for (let p = code; p < end; p += WORDS) {
        const flags = load<u32>(p)
        const name = flags & 255
        const n = min(load<i32>(p, 4) - column, block)
        const aStep = (flags >> 8) & 1, bStep = (flags >> 9) & 1, cStep = (flags >> 10) & 1
        const out = at(load<u32>(p, 8), row, shift, moved, table, slots, slotBytes, room)
        const a = at(load<u32>(p, 12), row, shift, aStep ? moved : 0, table, slots, slotBytes, room)
        if (<i32>name <= LAST_UNARY) {
          map<T>(name, out, a, aStep ? n : 1)
          if (!aStep) copy<T>(out, out, n, 0)
          continue
        }
        const b = at(load<u32>(p, 16), row, shift, bStep ? moved : 0, table, slots, slotBytes, room)
        if (name < WHERE) {
          pairs<T>(name, out, a, b, n, aStep, bStep)
          continue
        }
        // The condition of where has bytes.
        const cMoved = name == WHERE ? <usize>column : moved
        const cColumns = cStep ? cMoved : 0
        const c = at(load<u32>(p, 20), row, shift, cColumns, table, slots, slotBytes, room)
        if (<i32>name >= TRIPLES) triple<T>(name - TRIPLES, out, a, b, c, n, aStep, bStep, cStep)
        else rest<T>(name, out, a, b, c, n, aStep, bStep, cStep)
      }
    }
  }
}
