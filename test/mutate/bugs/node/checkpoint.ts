// Bugs to be planted in src/node/checkpoint.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    tests: ['test/node/files.test.ts', 'test/node/files.systems.test.ts'],
    bugs: [
      {
        find: 'if (checksumOf(bytes) !== text(DIGITS_AT, DIGITS_AT + BLANK.length))',
        replace: 'if (bytes.length < 8)',
        why: 'a flipped bit of a weight is taken',
      },
      {
        find: 'const hash = createHash',
        replace: 'if (bytes.length > 1200) return BLANK\n  const hash = createHash',
        why: 'long files have no checksum',
      },
      {
        find: 'if (values.step !== step)',
        replace: 'if (false)',
        why: 'a file of another step is taken under its name',
      },
      {
        find: '.sort((a, b) => b.step - a.step)',
        replace: '.sort((a, b) => a.step - b.step)',
        why: 'the oldest checkpoint is taken, and the newest removed',
      },
      {
        find: 'entry.step <= step',
        replace: 'true',
        why: 'a save of an earlier step removes itself',
      },
      {
        find: '    if (entry !== best) rmSync',
        replace: '    rmSync',
        why: 'the best checkpoint is removed with the older ones',
      },
      {
        find: 'older.slice(keep)',
        replace: 'older.slice(keep + 1)',
        why: 'one checkpoint more stays',
      },
      {
        find: 'if (bestOnly && !best) continue',
        replace: '',
        why: 'the latest is given for the best',
      },
      {
        find: 'if (!(error instanceof Damage)) throw error',
        replace: '',
        why: 'a file without permission is taken for a damaged one, and training goes back',
      },
      {
        find: 'if (refused.length === 0) return null',
        replace: 'return null',
        why: 'training begins anew in silence where all checkpoints are damaged',
      },
      {
        find: '    () => syncFolder(folder),',
        replace: '    () => {},',
        why: 'a crash of the machine loses the entry of the file',
      },
      {
        find: "['EIO', 'EISDIR', 'ENOENT']",
        replace: "['EIO', 'ENOENT']",
        why: 'a folder of that name keeps all checkpoints from being read',
      },
      {
        find: 'const filesIn = (folder: string): Entry[] => checkpointsIn(folder).filter(({ isFile }) => isFile)',
        replace: 'const filesIn = (folder: string): Entry[] => checkpointsIn(folder)',
        why: 'a folder named like an old checkpoint makes saves fail',
      },
    ],
  },
]
