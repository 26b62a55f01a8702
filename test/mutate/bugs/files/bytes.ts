// Bugs to be planted in src/files/bytes.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: '(exponent + 112) << 23',
        replace: '(exponent + 111) << 23',
        why: 'a float16 is half as large',
      },
      {
        find: 'to[i] = sign | ((126 - shift) << 23)',
        replace: 'to[i] = sign | ((125 - shift) << 23)',
        why: 'a subnormal float16 is half as large',
      },
      {
        find: 'else if (fraction === 0) to[i] = sign\n',
        replace: 'else if (fraction === 0) to[i] = 0\n',
        why: 'a float16 of −0 is 0',
      },
      {
        find: 'bits[i] << 16\n',
        replace: '(bits[i] & 0x7fff) << 16\n',
        why: 'a bfloat16 loses its sign',
      },
      {
        find: 'words[2 * i + 1] !== low >> 31 || ',
        replace: '',
        why: 'an int64 loses its upper half',
      },
      {
        find: " || (format === 'u64' && low < 0)",
        replace: '',
        why: 'a uint64 beyond int32 becomes negative',
      },
      {
        find: 'words.findIndex((word) => word < 0)',
        replace: '-1',
        why: 'a uint32 beyond int32 becomes negative',
      },
      {
        find: "if (format === 'bool') for",
        replace: 'if (false) for',
        why: 'a bool of 2 is neither true nor false',
      },
      {
        find: 'return new Uint8Array(buffer, byteOffset, byteLength)\n}',
        replace: 'return new Uint8Array(buffer)\n}',
        why: 'a part of a buffer is read from the beginning of the whole',
      },
    ],
  },
]
