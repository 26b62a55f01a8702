// Ops with their attributes and constants as text, so that checkpoint.ts can compare two calls. It
// compares nothing itself.

import type { Node } from '../../autograd/index.ts'
import { isOptions } from '../core/require.ts'
import { show } from '../core/shape.ts'
import { Tensor } from '../core/tensor.ts'

/**
 * A text for each op: its name, the origins of its inputs, its attributes, and a hash of its
 * constants (inputs that require no gradient). `attrsOf` gives the attributes of a node.
 */
export function fingerprint(
  ops: readonly Node<Tensor>[],
  attrsOf: (node: Node<Tensor>) => unknown,
): readonly string[] {
  const place = new Map(ops.map((node, i) => [node, i]))
  const from = (input: Tensor): string =>
    input.node === null ? textOf(input) : `#${place.get(input.node) ?? 'outside'}`
  return ops.map((node) => {
    const saved = new Set(node.output.storage.saved)
    const attrs = textOf(attrsOf(node), (t) => saved.has(t.storage))
    return `${node.rule?.name}(${node.inputs.map(from).join()}; ${attrs})`
  })
}

/**
 * The plain data in a value as text, without the numbers of `derived` tensors. Functions and
 * objects of classes are what `opaque` says of them, by default nothing.
 */
export function textOf(
  value: unknown,
  derived: (t: Tensor) => boolean = () => false,
  opaque: (part: object) => string = () => '',
): string {
  const seen = new Set<unknown>()
  const text: string[] = []
  // A stack, because recursion could overflow: a caller's attributes may be nested deep.
  const open = [value]
  while (open.length > 0) {
    const part = open.pop()
    if (typeof part === 'function') text.push(opaque(part))
    else if (typeof part !== 'object' || part === null)
      text.push(Object.is(part, -0) ? '-0' : String(part))
    else if (part instanceof Tensor) text.push(derived(part) ? 'derived' : bitsOf(part))
    else if (ArrayBuffer.isView(part)) text.push(hash(part))
    else if (!Array.isArray(part) && !isOptions(part)) text.push(opaque(part))
    else if (!seen.has(part)) {
      seen.add(part)
      const names = Object.keys(part)
      text.push(names.join())
      for (const name of names) open.push((part as Record<string, unknown>)[name])
    }
  }
  return text.join(' ')
}

function bitsOf({ storage, byteOffset, shape, dtype, transposed }: Tensor): string {
  if (storage.freed !== null) return 'freed'
  const asStored = new Tensor(storage, byteOffset, shape, dtype, false)
  return `${show(shape)} ${dtype} ${transposed} ${hash(asStored.elements())}`
}

/**
 * A hash of 128 bits, which always differs where a single word does. The four lanes do not depend
 * on each other, so that the processor can overlap them.
 */
function hash({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  const aligned = byteOffset % 4 === 0
  const words = aligned
    ? new Int32Array(buffer, byteOffset, byteLength >> 2)
    : new Int32Array(buffer.slice(byteOffset, byteOffset + (byteLength & ~3)))
  const rest = new Uint8Array(buffer, byteOffset + 4 * words.length, byteLength & 3)
  let [a, b, c, d] = [byteLength, 1, 2, 3]
  const step = (h: number, word: number): number => {
    const mixed = Math.imul(h ^ word, 0x9e3779b1)
    return (mixed << 13) | (mixed >>> 19)
  }
  let i = 0
  for (; i + 4 <= words.length; i += 4) {
    a = step(a, words[i])
    b = step(b, words[i + 1])
    c = step(c, words[i + 2])
    d = step(d, words[i + 3])
  }
  for (; i < words.length; i++) a = step(a, words[i])
  for (const byte of rest) a = step(a, byte)
  return [a, b, c, d].map((h) => (h >>> 0).toString(36)).join('.')
}
