// The data: dinosaur names, for training or held out, and their symbols in padded, masked
// minibatches. It knows no model.
import names from 'dinosaurs'
import { type Generator, rand, type Tensor, tensor } from 'tapegrad'

/** Symbol 0 stands before the first letter and after the last, a–z are 1–26. */
export const BOUNDARY = 0
export const SYMBOLS = 27

const BEFORE_A = 'a'.charCodeAt(0) - 1
const symbolOf = (letter: string) => letter.charCodeAt(0) - BEFORE_A
export const letterOf = (symbol: number) => String.fromCharCode(symbol + BEFORE_A)

export interface Dataset {
  train: string[]
  heldOut: string[]
}

/** Each name once, in code unit order; every tenth, starting with the first, is held out. */
export function loadNames(): Dataset {
  const sorted = [...new Set(names)].sort((a, b) => (a < b ? -1 : 1))
  return {
    train: sorted.filter((_, i) => i % 10 !== 0),
    heldOut: sorted.filter((_, i) => i % 10 === 0),
  }
}

/** How many names a minibatch holds; the last of an epoch may be smaller. */
export const BATCH = 32

/** N names of up to T − 1 letters. At every step the model sees a symbol and predicts the next. */
export interface Batch {
  inputs: Tensor<readonly [N: number, T: number]>
  targets: Tensor<readonly [N: number, T: number]>
  /** bool: false after a name's end. */
  mask: Tensor<readonly [N: number, T: number]>
  /** Steps of each name: its letters and its end. The recurrent layer skips the padding. */
  lengths: number[]
  names: number
  /** How many targets count: every letter and every end. */
  characters: number
}

function toBatch(names: readonly string[]): Batch {
  const T = Math.max(...names.map((name) => name.length)) + 1
  const symbols = names.map((name) => [...name].map(symbolOf))
  const padded = (row: number[]) => [...row, ...Array<number>(T - row.length).fill(BOUNDARY)]
  return {
    inputs: tensor(
      symbols.map((row) => padded([BOUNDARY, ...row])),
      { dtype: 'int32' },
    ),
    targets: tensor(symbols.map(padded), { dtype: 'int32' }),
    mask: tensor(symbols.map((row) => Array.from({ length: T }, (_, t) => t <= row.length))),
    lengths: symbols.map((row) => row.length + 1),
    names: names.length,
    characters: symbols.reduce((sum, row) => sum + row.length + 1, 0),
  }
}

/** The names in batches, in the order given, each padded to its longest. */
export function minibatches(names: readonly string[], size = BATCH): Batch[] {
  return Array.from({ length: Math.ceil(names.length / size) }, (_, i) =>
    toBatch(names.slice(i * size, (i + 1) * size)),
  )
}

/** A copy in random order (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], generator: Generator): T[] {
  const order = [...items]
  const u = rand([items.length], { generator }).toTypedArray()
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(u[i] * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}
