// Bugs to be planted in src/files/torch/tensors.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    tests: ['test/files/torch'],
    bugs: [
      {
        find: 'if (x === BigInt.asIntN(32, x)) return Number(x)',
        replace: 'return Number(BigInt.asIntN(32, x))',
        why: 'int64 wraps around',
      },
      {
        find: 'storage.subarray(offset, offset + n)',
        replace: 'storage.subarray(0, n)',
        why: 'a view begins where its storage does',
      },
      {
        find: 'n <= 1 || isDense(axes)',
        replace: 'true',
        why: 'strides are not looked at',
      },
      { find: 'let place = offset', replace: 'let place = 0', why: 'a strided view begins at 0' },
      {
        find: 'place + j * stride',
        replace: 'place + j',
        why: 'the last stride of a strided view is taken for 1',
      },
      {
        find: 'axes[k].stride * axes[k].size',
        replace: '0',
        why: 'a strided view goes on where its last axis ended',
      },
      {
        find: 'metadata !== undefined',
        replace: 'false',
        why: 'a negated view is read without its sign',
      },
      { find: 'n > storage.length', replace: 'false', why: 'a stride of 0 asks for any amount' },
      { find: 'last > storage.length', replace: 'false', why: 'a view reads beyond its storage' },
      { find: 'length !== count', replace: 'false', why: 'a storage of another length is read' },
      {
        find: 'this.#bytesLeft < 0',
        replace: 'false',
        why: 'views of one storage ask for any amount',
      },
      {
        find: 'bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes)',
        replace: 'bytes',
        why: 'bytes that are not aligned are refused by the engine',
      },
    ],
  },
]
