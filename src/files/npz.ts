// Reads and writes npz files, NumPy's format for several arrays: a zip archive of npy files.
import { type Tensor, ValueError } from '../tensor/index.ts'
import { shown } from '../tensor/internal.ts'
import { Archive } from './archive.ts'
import { givenBytes, requireNamed, requireTensor } from './bytes.ts'
import { npyIn, npyOf } from './npy.ts'
import { zip } from './zip.ts'

const SUFFIX = '.npy'

/**
 * The arrays of an npz file as tensors by their names, compressed ones (`savez_compressed`) too,
 * and at once: nothing is awaited. Each is read, or refused, as `readNpy` does. Throws a ValueError
 * for an archive that is damaged or encrypted, or that holds other files.
 *
 * ```ts
 * readNpz(writeNpz({ x: eye(2) })).x.toArray() // [[1, 0], [0, 1]]
 * ```
 */
export function readNpz(bytes: Uint8Array | ArrayBuffer): Record<string, Tensor> {
  const who = 'readNpz'
  const archive = new Archive(givenBytes(who, bytes), (expected, got) => {
    throw new ValueError(`${who}: expected ${expected}, got ${got}`)
  })
  const files = Array.from(archive.entries.values(), (entry) => {
    return [entry.name, archive.read(entry)] as const
  })
  const tensors = files.map(([file, content]) => {
    if (!file.endsWith(SUFFIX))
      throw new ValueError(`${who}: expected arrays (${SUFFIX}), got the file ${shown(file)}`)
    const name = file.slice(0, -SUFFIX.length)
    return [name, npyIn(`${who} (${name})`, content)] as const
  })
  return Object.fromEntries(tensors)
}

/**
 * An npz file of these tensors, not compressed, byte for byte as `numpy.savez` writes it, in their
 * order. Throws a DTypeError for what is no tensor, a ValueError for 4 GiB or more.
 *
 * ```ts
 * writeNpz({ x: zeros([2]) }).length // 264
 * ```
 */
export function writeNpz(tensors: Readonly<Record<string, Tensor>>): Uint8Array<ArrayBuffer> {
  const who = 'writeNpz'
  requireNamed(who, 'tensors', tensors)
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const [name, t] of Object.entries(tensors)) {
    requireTensor(who, shown(name), t)
    files.set(name + SUFFIX, npyOf(who, t))
  }
  return zip(who, files)
}
