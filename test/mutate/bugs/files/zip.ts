// Bugs to be planted in src/files/zip.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: "if (crc32(content) !== crc) refuse('damaged data')",
        replace: '',
        why: 'damaged numbers are read',
      },
      {
        find: "if (files.has(name)) refuse('two files')",
        replace: '',
        why: 'of two arrays of one name the first is lost',
      },
      {
        find: "if (flags & 1) refuse('encrypted data')",
        replace: '',
        why: 'encrypted numbers are read as they are',
      },
      {
        find: 'if (size !== BEYOND) return size',
        replace: 'return size',
        why: 'sizes of zip64 are read as 4 GiB',
      },
      {
        find: 'label.length === name.length ? 0 : UTF8',
        replace: '0',
        why: 'a name in UTF-8 is not marked as such',
      },
    ],
  },
]
