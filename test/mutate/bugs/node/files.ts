// Bugs to be planted in src/node/files.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'files',
    tests: ['test/node/checkpoint.test.ts', 'test/node/processes.test.ts'],
    bugs: [
      {
        find: 'at += writeSync(file, piece, at)',
        replace: 'at = piece.length) writeSync(file, piece, at',
        why: 'a part that was not written is lost in silence',
      },
      {
        find: '    fsyncSync(file)\n',
        replace: '',
        why: 'a crash of the machine leaves an empty file under the name of a whole one',
      },
      {
        find: '    rmSync(temporary, { force: true })\n    throw error',
        replace: '    rmSync(temporary, { force: true })',
        why: 'a full disk passes in silence',
      },
      {
        find: '    rmSync(temporary, { force: true })\n',
        replace: '',
        why: 'a save that fails leaves a half written file',
      },
      {
        find: "process.platform === 'win32' && ",
        replace: '',
        why: 'a folder that is not brought to the disk passes in silence everywhere',
      },
      {
        find: "['EPERM', 'EISDIR'].includes(codeOf(error) ?? '')",
        replace: 'true',
        why: 'any failure to open a folder passes on Windows',
      },
      {
        find: "return codeOf(error) === 'ESRCH'",
        replace: 'return true',
        why: 'the temporary file of a living process of another user is removed',
      },
      {
        find: 'machine !== host()',
        replace: 'false',
        why: 'the temporary file of a living process of another machine is removed',
      },
      {
        find: 'statSync(path).mtimeMs < Date.now() - 1000 * process.uptime()',
        replace: 'true',
        why: 'the temporary file of another thread of this process is removed',
      },
      {
        find: '    if (instead !== null) renameSync(join(folder, instead), path)\n',
        replace: '',
        why: 'a step has two files, one best and one not',
      },
      {
        find: '    process.kill(pid, 0)\n    return false',
        replace: '    return false',
        why: 'what dead processes left fills the disk',
      },
      {
        find: 'const count = readSync(',
        replace: 'const count = bytes.length\n      readSync(',
        why: 'a file that is read in parts ends in zeros',
      },
    ],
  },
]
