// Bugs to be planted in src/files/torch/zip.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    tests: ['test/files/torch'],
    bugs: [
      {
        find: 'if (~c >>> 0 !== expected)',
        replace: 'if (false)',
        why: 'changed numbers are read',
      },
      {
        find: 'if (expected === 0) return',
        replace: '',
        why: 'files without checksums are refused',
      },
      {
        find: 'fields.u16(header + 26) + fields.u16(header + 28)',
        replace: 'fields.u16(header + 26)',
        why: 'numbers are read from the padding before them',
      },
      { find: 'total > bytes.length', replace: 'false', why: 'entries lie over each other' },
      {
        find: 'method !== 0 || packed !== size',
        replace: 'false',
        why: 'compressed bytes are read as they are',
      },
      { find: 'field += 8', replace: 'field += 0', why: 'offsets of zip64 are read as sizes' },
      {
        find: '&& fields.u16(at + 20) === last - at',
        replace: '',
        why: 'the end of an archive is found in a comment',
      },
    ],
  },
]
