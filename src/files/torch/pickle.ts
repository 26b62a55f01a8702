// A machine for the instructions of Python's pickles that plain values and tensors take; it calls
// nothing, and looks up no name.
import { DAMAGED, refuse, SAVE_STATE, textOf } from './error.ts'

/** A name of Python's, which stands for nothing here. */
class Global {
  readonly path: string
  constructor(path: string) {
    this.path = path
  }
}

export class Tuple {
  readonly items: readonly unknown[]
  constructor(items: readonly unknown[]) {
    this.items = items
  }
}

/** A dict, OrderedDict or their like: keys and values in turn. */
export class Dict {
  readonly pairs: unknown[] = []
}

/** What Python would make by calling `path` with these arguments. */
export class Call {
  readonly path: string
  readonly args: readonly unknown[]
  constructor(path: string, args: readonly unknown[]) {
    this.path = path
    this.args = args
  }
}

/** A reference to numbers outside of the pickle. */
export class Stored {
  readonly type: string
  readonly key: string
  /** How many numbers there are. */
  readonly count: unknown
  constructor(type: string, key: string, count: unknown) {
    this.type = type
    this.key = key
    this.count = count
  }
}

/** A checkpoint of 10,000 tensors takes half a million. */
const MOST_STEPS = 4_000_000
/** How deep values may be nested, here and where they are read. */
export const DEEPEST = 200

const ORDERED_DICT = 'collections.OrderedDict'

/** The value that a pickle describes. Throws a TorchFileError for a name that is not `known`. */
export function unpickle(bytes: Uint8Array, known: (path: string) => boolean): unknown {
  return new Machine(bytes, (path) => path === ORDERED_DICT || known(path)).run()
}

/** What each instruction does, in the order of Python's pickletools. */
const INSTRUCTIONS: ReadonlyMap<number, (m: Machine) => void> = new Map([
  [0x80, (m) => m.requireProtocol(m.u8())], // PROTO
  [0x95, (m) => m.take(8)], // FRAME
  [0x4a, (m) => m.push(m.view.getInt32(m.take(4), true))], // BININT
  [0x4b, (m) => m.push(m.u8())], // BININT1
  [0x4d, (m) => m.push(m.view.getUint16(m.take(2), true))], // BININT2
  [0x8a, (m) => m.push(m.long(m.u8()))], // LONG1
  [0x47, (m) => m.push(m.view.getFloat64(m.take(8)))], // BINFLOAT
  [0x58, (m) => m.push(m.text(m.u32()))], // BINUNICODE
  [0x8c, (m) => m.push(m.text(m.u8()))], // SHORT_BINUNICODE
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x61, (m) => m.append(m.popMany(1))], // APPEND
  [0x65, (m) => m.append(m.popToMark())], // APPENDS
  [0x29, (m) => m.push(new Tuple([]))], // EMPTY_TUPLE
  [0x85, (m) => m.push(new Tuple(m.popMany(1)))], // TUPLE1
  [0x86, (m) => m.push(new Tuple(m.popMany(2)))], // TUPLE2
  [0x87, (m) => m.push(new Tuple(m.popMany(3)))], // TUPLE3
  [0x74, (m) => m.wrap(m.popToMark())], // TUPLE
  [0x7d, (m) => m.push(new Dict())], // EMPTY_DICT
  [0x73, (m) => m.set(m.popMany(2))], // SETITEM
  [0x75, (m) => m.set(m.popToMark())], // SETITEMS
  [0x28, (m) => m.mark()], // MARK
  [0x71, (m) => m.remember(m.u8())], // BINPUT
  [0x72, (m) => m.remember(m.u32())], // LONG_BINPUT
  [0x94, (m) => m.remember(m.memo.size)], // MEMOIZE
  [0x68, (m) => m.push(m.remembered(m.u8()))], // BINGET
  [0x6a, (m) => m.push(m.remembered(m.u32()))], // LONG_BINGET
  [0x63, (m) => m.name([m.line(), m.line()])], // GLOBAL
  [0x93, (m) => m.name(m.popMany(2))], // STACK_GLOBAL
  [0x52, (m) => m.call(m.popMany(2))], // REDUCE
  [0x62, (m) => m.build(m.pop())], // BUILD
  [0x51, (m) => m.refer(m.pop())], // BINPERSID
])
const STOP = 0x2e

class Machine {
  readonly #bytes: Uint8Array
  readonly view: DataView
  readonly #known: (path: string) => boolean
  readonly memo = new Map<number, unknown>()
  /** The stacks below the marks, the last of which is above all. */
  readonly #outer: unknown[][] = []
  #stack: unknown[] = []
  #at = 0

  constructor(bytes: Uint8Array, known: (path: string) => boolean) {
    this.#bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#known = known
  }

  run(): unknown {
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const op = this.#bytes[this.take(1)]
      if (op === STOP) {
        const result = this.pop()
        if (this.#stack.length > 0 || this.#outer.length > 0)
          refuse(`expected one value in the pickle, got several: ${DAMAGED}`)
        return result
      }
      const instruction = INSTRUCTIONS.get(op)
      if (instruction === undefined)
        refuse(
          'expected dicts, lists, tuples, numbers, text and tensors, got the pickle instruction ' +
            `0x${op.toString(16)} at byte ${this.#at - 1}: ${SAVE_STATE}`,
        )
      else instruction(this)
    }
    return refuse(
      `expected a pickle of at most ${MOST_STEPS} instructions, got more: ${SAVE_STATE}`,
    )
  }

  /** The place of the next n bytes, which are then passed. */
  take(n: number): number {
    const from = this.#at
    if (from + n > this.#bytes.length)
      refuse(`expected ${n} more bytes of the pickle, got its end: ${DAMAGED}`)
    this.#at += n
    return from
  }
  u8(): number {
    return this.#bytes[this.take(1)]
  }
  u32(): number {
    return this.view.getUint32(this.take(4), true)
  }
  text(n: number): string {
    const from = this.take(n)
    return textOf(this.#bytes.subarray(from, from + n))
  }
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at)
    if (end < 0) missing('the end of a line')
    const text = this.text(end - this.#at)
    this.#at++
    return text
  }
  long(n: number): number | bigint {
    const from = this.take(n)
    let value = 0n
    for (let i = n - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[from + i])
    value = BigInt.asIntN(8 * n, value)
    return Number.isSafeInteger(Number(value)) ? Number(value) : value
  }

  push(value: unknown): void {
    this.#stack.push(value)
  }
  top(): unknown {
    return this.#stack.length > 0 ? this.#stack[this.#stack.length - 1] : missing('a value')
  }
  pop(): unknown {
    return this.popMany(1)[0]
  }
  popMany(n: number): unknown[] {
    return this.#stack.length >= n ? this.#stack.splice(-n) : missing('a value')
  }
  popToMark(): unknown[] {
    const items = this.#stack
    this.#stack = this.#outer.pop() ?? missing('a mark')
    return items
  }
  mark(): void {
    if (this.#outer.push(this.#stack) > DEEPEST)
      refuse(`expected values nested at most ${DEEPEST} deep, got deeper ones: ${SAVE_STATE}`)
    this.#stack = []
  }
  remember(place: number): void {
    this.memo.set(place, this.top())
  }
  remembered(place: number): unknown {
    return this.memo.has(place) ? this.memo.get(place) : missing(`value ${place}`)
  }

  requireProtocol(version: number): void {
    if (version < 2 || version > 5)
      refuse(`expected pickle protocol 2 to 5, got ${version}: ${SAVE_STATE}`)
  }
  wrap(items: readonly unknown[]): void {
    this.push(new Tuple(items))
  }
  append(items: readonly unknown[]): void {
    const list = this.top()
    if (!Array.isArray(list)) missing('a list')
    else for (const item of items) list.push(item)
  }
  set(pairs: readonly unknown[]): void {
    const dict = this.top()
    if (!(dict instanceof Dict) || pairs.length % 2 !== 0) missing('a dict and its items')
    else for (const part of pairs) dict.pairs.push(part)
  }
  name([module, name]: readonly unknown[]): void {
    const path = `${module}.${name}`
    if (typeof module !== 'string' || typeof name !== 'string') missing('a name')
    else if (!this.#known(path))
      refuse(`expected plain values and tensors, got ${path}: ${SAVE_STATE}`)
    else this.push(new Global(path))
  }
  call([made, args]: readonly unknown[]): void {
    if (!(made instanceof Global) || !(args instanceof Tuple)) missing('a name and its arguments')
    else if (made.path !== ORDERED_DICT) this.push(new Call(made.path, args.items))
    else if (args.items.length > 0) missing('an empty OrderedDict')
    else this.push(new Dict())
  }
  /** The attribute _metadata of a state dict: versions of its modules, which nobody reads here. */
  build(state: unknown): void {
    if (!(this.top() instanceof Dict) || !(state instanceof Dict)) missing('an OrderedDict')
  }
  refer(id: unknown): void {
    const [kind, type, key, , count] = id instanceof Tuple ? id.items : []
    if (kind !== 'storage' || !(type instanceof Global) || typeof key !== 'string')
      missing('a reference to a storage')
    else this.push(new Stored(type.path, key, count))
  }
}

const missing = (what: string): never =>
  refuse(`expected ${what} in the pickle, got something else: ${DAMAGED}`)
