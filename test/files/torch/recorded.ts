// The files of files.json, and a value that was read from one in the form in which the JSON has it.
import { Tensor } from 'tapegrad'
import { decoded } from '../words.ts'
import files from './files.json' with { type: 'json' }

/** One of `object`, `list`, `bigint`, `value`, or a tensor's dtype, shape and numbers. */
type Described = Record<string, unknown>

interface Recorded {
  readonly name: string
  readonly bytes: Uint8Array
}

interface Written {
  files: { name: string; base64: string; expected: Described }[]
  refused: { name: string; base64: string; says: string }[]
}

const json = files as Written

const withBytes = <T extends { base64: string }>({ base64, ...rest }: T) => ({
  ...rest,
  bytes: decoded(base64),
})

export const recorded = {
  files: json.files.map(withBytes) satisfies Recorded[],
  refused: json.refused.map(withBytes) satisfies Recorded[],
}

/** The bytes of the file of this name. */
export function fileOf(name: string): Uint8Array {
  const found = recorded.files.find((file) => file.name === name)
  if (found === undefined) throw new Error(`no file ${name}`)
  return found.bytes
}

const number = (x: unknown): unknown =>
  Object.is(x, -0) ? '-0' : typeof x === 'number' && !Number.isFinite(x) ? String(x) : x

export function described(value: unknown): Described {
  if (value instanceof Tensor)
    return {
      dtype: value.dtype,
      shape: [...value.shape],
      numbers: (value.reshape([-1]).toArray() as unknown[]).map(number),
    }
  if (Array.isArray(value)) return { list: value.map(described) }
  if (typeof value === 'bigint') return { bigint: String(value) }
  if (typeof value === 'object' && value !== null)
    return { object: Object.entries(value).map(([key, part]) => [key, described(part)]) }
  return { value: number(value) }
}
