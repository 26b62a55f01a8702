// A training loop of an example hears signals while it runs: a handler, like the one behind Ctrl-C
// in many tools, gets its turn between two steps.
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { program, root } from './run.ts'

const handler = `data:text/javascript,process.on('SIGINT',()=>{console.log('heard');process.exit(7)})`

/** How an example ends that is sent SIGINT once it tells how its training goes. */
function interrupted(
  example: string,
  ...flags: string[]
): Promise<{ code: number | null; heard: boolean; ended: boolean }> {
  const child = spawn(process.execPath, ['--import', handler, program(example), ...flags], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
    if (/^(epoch|step) /m.test(printed)) child.kill('SIGINT')
  })
  return new Promise((resolve) =>
    child.on('exit', (code) =>
      resolve({
        code,
        heard: printed.includes('heard'),
        ended: /always answering|twenty new names/.test(printed),
      }),
    ),
  )
}

test.each([
  ['addingProblem', '--T', '20', '--steps', '3000'],
  [
    'dinosaurs',
    '--cell',
    'rnn',
    '--hidden',
    '8',
    '--epochs',
    '40',
    '--svg',
    join(tmpdir(), 'interrupted.svg'),
  ],
])('%s', async (example, ...flags) => {
  expect(await interrupted(example, ...flags)).toEqual({ code: 7, heard: true, ended: false })
})
