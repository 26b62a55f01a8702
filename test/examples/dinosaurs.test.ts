// The main job as a user sees it: short runs, the flags, and what is said about wrong ones.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { controlCodes, run, runSource } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapegrad-'))
afterAll(() => rmSync(folder, { recursive: true }))

const train = (name: string, ...flags: string[]) =>
  run('dinosaurs', '--svg', join(folder, name), ...flags)
const heldOutLosses = (stdout: string) =>
  [...stdout.matchAll(/held-out (\d\.\d{3}) nats/g)].map((match) => Number(match[1]))

/** Fails unless every tag is closed in order. Enough for a drawing without comments and CDATA. */
function tagsOf(xml: string): string[] {
  const open: string[] = []
  const seen: string[] = []
  for (const [, closing, name, selfClosing] of xml.matchAll(
    /<(\/?)(\w+)(?:\s+[\w-]+="[^"<]*")*\s*(\/?)>/g,
  )) {
    if (closing) expect(open.pop()).toBe(name)
    else seen.push(name)
    if (!closing && !selfClosing) open.push(name)
  }
  expect(open).toEqual([])
  expect(xml.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>&]/)
  return seen
}

test('three epochs: the loss falls, plain lines, a curve, an SVG, twenty names', async () => {
  const { code, stdout, stderr } = await train('lstm.svg', '--epochs', '3')
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(controlCodes(stdout)).toBe('')
  expect(stdout).toContain('1,186 dinosaur names to learn from, 132 held out')

  const epochs = stdout.split('\n').filter((line) => line.startsWith('epoch '))
  expect(epochs).toHaveLength(3)
  for (const [k, line] of epochs.entries()) {
    expect(line).toMatch(
      new RegExp(
        `^epoch ${k + 1}/3 {2}train \\d\\.\\d{3} {2}held-out \\d\\.\\d{3} nats/char ` +
          '{2}[A-Z][a-z]*, [A-Z][a-z]*, [A-Z][a-z]*$',
      ),
    )
  }
  // PyTorch reaches 1.71 ± 0.01 after three epochs.
  expect(heldOutLosses(stdout)[2]).toBeLessThan(1.75)
  expect(stdout).toContain('nats per character    · training    ● held-out')
  expect(stdout).toMatch(/^trained for \d+\.\d s at [\d,]+ names\/s$/m)

  const names = stdout.slice(stdout.indexOf('twenty new names:')).trim().split('\n').slice(1)
  expect(names).toHaveLength(20)
  for (const name of names)
    expect(name).toMatch(/^ {2}[A-Z][a-z]{0,29}( {2}\(a (training|held-out) name\))?$/)

  expect(stdout).toContain(`loss curve written to ${join(folder, 'lstm.svg')}`)
  const tags = tagsOf(readFileSync(join(folder, 'lstm.svg'), 'utf8'))
  expect(tags.filter((tag) => tag === 'polyline')).toHaveLength(2)
  expect(tags.filter((tag) => tag === 'circle')).toHaveLength(3 + 1)
})

test(
  'equal seeds print equal lines, other seeds others; one epoch of a small RNN is enough to see ' +
    'it',
  async () => {
    const small = ['--cell', 'rnn', '--hidden', '8', '--epochs', '1', '--seed']
    const runs = await Promise.all(
      ['7', '7', '8'].map((seed, i) => train(`rnn${i}.svg`, ...small, seed)),
    )
    const [first, again, other] = runs.map(({ stdout }) =>
      stdout.split('\n').filter((line) => !/^(trained for|loss curve)|seed/.test(line)),
    )
    expect(first.join('\n')).toContain('RNN(32 → 8)')
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  },
)

test('--help lists every flag', async () => {
  const { code, stdout } = await runSource('dinosaurs', '--help')
  expect(code).toBe(0)
  expect(stdout).toMatchInlineSnapshot(`
    "Usage: npm start -- [options]

    Learns to spell dinosaur names with a character-level recurrent network, and
    invents new ones.

    Options:
      --cell <name>          the recurrent layer; mgu is a cell written in the
                             example (choices: "rnn", "gru", "lstm", "mgu", default:
                             "lstm")
      --epochs <number>      passes over the training names (default: 10)
      --hidden <number>      units in the cell (default: 128)
      --seed <number>        of the initial weights, the order of the names and the
                             samples (default: 0)
      --svg <file>           where the loss curve is written (default:
                             "dinosaurs.svg")
      --checkpoint <folder>  where the training is saved: every epoch, and on Ctrl-C
      --every <number>       minibatches after which it is saved as well, within an
                             epoch
      --resume               go on from the latest checkpoint in that folder
      --save <file>          where the trained weights are written
      -h, --help             show this
    "
  `)
})

test('a wrong flag ends the program with its message, the help and no stack trace', async () => {
  const { code, stdout, stderr } = await run('dinosaurs', '--cell', 'elman')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr.split('\n\n').slice(0, 2)).toMatchInlineSnapshot(`
    [
      "error: option '--cell <name>' argument 'elman' is invalid. Allowed choices are rnn, gru, lstm, mgu.",
      "Usage: npm start -- [options]",
    ]
  `)
  expect(stderr).not.toContain('    at ')
})
