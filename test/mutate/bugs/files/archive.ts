// Bugs to be planted in src/files/archive.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    bugs: [
      {
        find: 'crc32(content) !== checksum)',
        replace: 'false)',
        why: 'damaged numbers are read',
      },
      {
        find: '!(checksum === 0 && this.#mayLackChecksums) && ',
        replace: '',
        why: 'files without checksums are refused',
      },
      {
        find: "if (entries.has(name)) this.#refuseIn(name, 'two files')",
        replace: '',
        why: 'of two arrays of one name the first is lost',
      },
      {
        find: "if (isEncrypted) this.#refuseIn(name, 'encrypted data')",
        replace: '',
        why: 'encrypted numbers are read as they are',
      },
      {
        find: 'if (size !== BEYOND) return size',
        replace: 'return size',
        why: 'sizes of zip64 are read as 4 GiB',
      },
      {
        find: 'wide += 8',
        replace: 'wide += 0',
        why: 'offsets of zip64 are read as sizes',
      },
      {
        find: 'fields.u16(header + 26) + fields.u16(header + 28)',
        replace: 'fields.u16(header + 26)',
        why: 'numbers are read from the padding before them',
      },
      {
        find: 'total > fields.file.length',
        replace: 'false',
        why: 'entries lie over each other',
      },
      {
        find: ' && fields.u16(at + 20) === last - at',
        replace: '',
        why: 'the end of an archive is found in a comment',
      },
    ],
  },
]
