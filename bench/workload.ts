// The data and first weights of all contenders, in a file that any language can read: raw
// little-endian numbers, described by a JSON header.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Generator, randint, type Tensor, tensor } from 'tapegrad'
import { type Cell, type Variant, WRITTEN_NAMES } from './cells.ts'
import { Model, SIZES, type Size, type Sizes } from './model.ts'

interface Entry {
  name: string
  dtype: 'float32' | 'int32'
  shape: number[]
  /** In bytes. */
  offset: number
}

interface Header {
  cell: Cell
  sizes: Sizes
  tensors: Entry[]
}

/**
 * Writes NAME.json and NAME.bin into the folder, x and y (N, T) and the model's parameters by name,
 * and returns the header's path.
 */
export function writeWorkload(folder: string, cell: Cell, size: Size): string {
  const sizes = SIZES[size]
  const generator = new Generator(1)
  const model = new Model(cell, sizes, { generator })
  const symbols = () => randint(0, sizes.V, [sizes.N, sizes.T], { generator })
  const named: [string, Tensor][] = [['x', symbols()], ['y', symbols()], ...model.namedParameters()]

  const chunks: Buffer[] = []
  const tensors: Entry[] = []
  let offset = 0
  for (const [name, value] of named) {
    const numbers = value.toTypedArray()
    const dtype = numbers instanceof Int32Array ? 'int32' : 'float32'
    tensors.push({ name, dtype, shape: [...value.shape], offset })
    chunks.push(Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength))
    offset += numbers.byteLength
  }
  const path = join(folder, `${cell}-${size}`)
  writeFileSync(`${path}.bin`, Buffer.concat(chunks))
  writeFileSync(`${path}.json`, JSON.stringify({ cell, sizes, tensors } satisfies Header))
  return `${path}.json`
}

/**
 * The model with the weights of the file, and its data. An LSTM with an option has other
 * parameters, and keeps those that it drew.
 */
export function readWorkload(
  path: string,
  Kind: typeof Model = Model,
  variant?: Variant,
): { model: Model; x: Tensor; y: Tensor } {
  const { cell, sizes, tensors }: Header = JSON.parse(readFileSync(path, 'utf8'))
  const { buffer, byteOffset } = readFileSync(path.replace(/json$/, 'bin'))
  const all = tensors.map(({ name, dtype, shape, offset }): [string, Tensor] => {
    const size = shape.reduce((product, n) => product * n, 1)
    const numbers =
      dtype === 'int32'
        ? new Int32Array(buffer, byteOffset + offset, size)
        : new Float32Array(buffer, byteOffset + offset, size)
    return [name, tensor(numbers, { shape, dtype })]
  })
  const { x, y, ...state } = Object.fromEntries(all)
  const model = new Kind(cell, sizes, { variant, generator: new Generator(1) })
  if (variant === undefined) model.loadStateDict(state)
  if (variant === 'written') model.loadStateDict(asWritten(state))
  return { model, x, y }
}

/** A state dict of the model, for the model whose LSTM is written as a cell. */
function asWritten(state: Record<string, Tensor>): Record<string, Tensor> {
  const named = Object.entries(state).map(([name, t]): [string, Tensor] => {
    const written = WRITTEN_NAMES[name.replace('recurrent.', '')]
    return [written === undefined ? name : `recurrent.${written}`, t]
  })
  return Object.fromEntries(named)
}
