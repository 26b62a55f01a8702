// The parts of the main job: its data, its model on padded batches, its sampling and its report.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Generator, noGrad, type RNNState, tensor } from 'tapegrad'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { svgCurve, textCurve } from '../../examples/dinosaurs/curve.ts'
import { BATCH, loadNames, minibatches, shuffled } from '../../examples/dinosaurs/data.ts'
import { type Cell, CharModel } from '../../examples/dinosaurs/model.ts'
import { parseOptions } from '../../examples/dinosaurs/options.ts'
import { Report } from '../../examples/dinosaurs/report.ts'
import { sampleName } from '../../examples/dinosaurs/sample.ts'

const tiny = (cell: Cell) => new CharModel(cell, 3, 5, new Generator(1))

describe('data', () => {
  const { train, heldOut } = loadNames()

  test('1,186 names to learn from and 132 held out, in order, none twice', () => {
    expect([train.length, heldOut.length]).toEqual([1186, 132])
    const all = [...train, ...heldOut]
    expect(new Set(all).size).toBe(1318)
    expect(all.every((name) => /^[a-z]+$/.test(name))).toBe(true)
    expect(heldOut.slice(0, 3)).toEqual(['aachenosaurus', 'achillobator', 'aeolosaurus'])
    expect(train.every((name, i) => i === 0 || train[i - 1] < name)).toBe(true)
  })

  test('minibatches pad to their longest name and mask what is padding', () => {
    const [batch] = minibatches(['abz', 'b'])
    expect(batch.inputs.toArray()).toEqual([
      [0, 1, 2, 26],
      [0, 2, 0, 0],
    ])
    expect(batch.targets.toArray()).toEqual([
      [1, 2, 26, 0],
      [2, 0, 0, 0],
    ])
    expect([...batch.mask.toTypedArray()]).toEqual([1, 1, 1, 1, 1, 1, 0, 0])
    expect([batch.mask.dtype, batch.names, batch.characters]).toEqual(['bool', 2, 6])
    expect(minibatches(train).map(({ names }) => names)).toEqual([...Array(37).fill(BATCH), 2])
  })

  test('shuffling keeps every name, follows the seed and leaves the original alone', () => {
    const before = [...train]
    const order = shuffled(train, new Generator(3))
    expect(train).toEqual(before)
    expect(order).not.toEqual(train)
    expect([...order].sort()).toEqual(train)
    expect(shuffled(train, new Generator(3))).toEqual(order)
    expect(shuffled(train, new Generator(4))).not.toEqual(order)
  })
})

describe.each(['rnn', 'lstm'] as const)('model: %s', (cell) => {
  test('padding does not count: a batch costs what its names cost one by one', () => {
    const model = tiny(cell)
    const names = ['abelisaurus', 'mei', 'yi']
    const nats = (list: string[]) =>
      noGrad(() => minibatches(list).map((batch) => model.loss(batch, 'sum').item()))[0]
    const alone = names.map((name) => nats([name]))
    expect(nats(names)).toBeCloseTo(alone[0] + alone[1] + alone[2], 4)
  })

  test('symbol by symbol with carried state gives the logits of the whole sequence', () => {
    const model = tiny(cell)
    const symbols = [0, 5, 5, 26, 1]
    const whole = model.forward(tensor([symbols], { dtype: 'int32' })).logits
    let state: RNNState | undefined
    for (const [t, symbol] of symbols.entries()) {
      const step = model.forward(tensor([[symbol]], { dtype: 'int32' }), state)
      state = step.state
      const [expected, got] = [whole.select(1, t), step.logits.select(1, 0)].map((x) => [
        ...x.toTypedArray(),
      ])
      for (const [v, logit] of expected.entries()) expect(got[v]).toBeCloseTo(logit, 5)
    }
  })
})

describe('samples', () => {
  const certainOf = (symbol: number) => {
    const model = tiny('lstm')
    model.head.bias?.assign_(
      tensor(Array.from({ length: 27 }, (_, v) => (v === symbol ? 1000 : 0))),
    )
    return model
  }

  test('a model that never ends a name is stopped at 30 letters', () => {
    expect(sampleName(certainOf(1), new Generator(0))).toBe('a'.repeat(30))
  })

  test('a model that knows nothing but the end is asked for a letter first', () => {
    expect(sampleName(certainOf(0), new Generator(0))).toMatch(/^[a-z]$/)
  })

  test('letters come in the frequencies of the softmax', () => {
    const model = tiny('lstm')
    const log = (v: number) => ({ 0: 1000, 3: 1000 + Math.log(3), 7: 1000 })[v] ?? 0
    model.head.weight.assign_(model.head.weight.detach().mul(0))
    model.head.bias?.assign_(tensor(Array.from({ length: 27 }, (_, v) => log(v))))
    const generator = new Generator(5)
    const firsts = Array.from({ length: 200 }, () => sampleName(model, generator)[0])
    const share = firsts.filter((letter) => letter === 'c').length / 200
    expect(new Set(firsts)).toEqual(new Set(['c', 'g']))
    // Four standard deviations of 200 draws with probability ¾.
    expect(Math.abs(share - 0.75)).toBeLessThan(0.123)
  })
})

describe('options', () => {
  afterEach(() => vi.restoreAllMocks())

  /** What a command line is answered on stderr, without the help below it. */
  function refusalOf(...flags: string[]): string {
    const written: string[] = []
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0)
    vi.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Error(`exit ${code}`)
    })
    expect(() => parseOptions(['node', 'dinosaurs.ts', ...flags])).toThrow('exit 2')
    expect(written.join('')).toContain('--cell <name>')
    return written[0].trim()
  }

  test('the defaults are the reference', () => {
    expect(parseOptions(['node', 'dinosaurs.ts'])).toEqual({
      cell: 'lstm',
      epochs: 10,
      hidden: 128,
      seed: 0,
      svg: 'dinosaurs.svg',
    })
  })

  test('what is wrong is told with what is allowed', () => {
    expect(refusalOf('--layers', '3')).toMatchInlineSnapshot(`"error: unknown option '--layers'"`)
    expect(refusalOf('--cell', 'elman')).toMatchInlineSnapshot(
      `"error: option '--cell <name>' argument 'elman' is invalid. Allowed choices are rnn, gru, ` +
        'lstm, mgu."',
    )
    expect(refusalOf('--hidden', '0')).toMatchInlineSnapshot(
      `"error: option '--hidden <number>' argument '0' is invalid. Allowed are whole numbers ` +
        'from 1 to 1024."',
    )
    expect(refusalOf('--epochs', 'ten')).toMatchInlineSnapshot(
      `"error: option '--epochs <number>' argument 'ten' is invalid. Allowed are whole numbers ` +
        'from 1 to 1000."',
    )
    expect(refusalOf('--epochs', '1e9')).toMatchInlineSnapshot(
      `"error: option '--epochs <number>' argument '1e9' is invalid. Allowed are whole numbers ` +
        'from 1 to 1000."',
    )
    expect(refusalOf('--seed', '1.5')).toMatchInlineSnapshot(
      `"error: option '--seed <number>' argument '1.5' is invalid. Allowed are whole numbers ` +
        'from 0 to 2147483647."',
    )
    expect(refusalOf('--seed')).toMatchInlineSnapshot(
      `"error: option '--seed <number>' argument missing"`,
    )
    expect(refusalOf('ten')).toMatchInlineSnapshot(
      `"error: too many arguments. Expected 0 arguments but got 1."`,
    )
    expect(refusalOf('--svg', 'missing/x.svg')).toBe(
      "error: option '--svg <file>' argument 'missing/x.svg' is invalid. Allowed is a file that " +
        "can be written: the folder 'missing' does not exist: make it first",
    )
    expect(refusalOf('--svg', 'examples')).toMatch(
      /^error: option '--svg <file>' argument 'examples' is invalid. Allowed is a file that can be written: EISDIR/,
    )
  })
})

describe('report', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapegrad-'))
  const isTTY = process.stdout.isTTY
  afterEach(() => {
    vi.restoreAllMocks()
    process.stdout.isTTY = isTTY
  })

  function reportOf(tty: boolean): string {
    const written: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
    process.stdout.isTTY = tty
    const svg = join(folder, 'curve.svg')
    const data = { train: ['abrosaurus', 'yi'], heldOut: ['mei'] }
    const report = new Report({ cell: 'lstm', epochs: 1, hidden: 5, seed: 0, svg }, data, {
      toString: () => 'the model',
    })
    report.batch(minibatches(data.train)[0], 2.5)
    report.epoch(2.25, ['rex'])
    report.end(['yi', 'mei', 'rex'])
    expect(readFileSync(svg, 'utf8')).toContain('<svg')
    rmSync(svg)
    return written.join('')
  }

  test('names that exist are marked; the best epoch is told', () => {
    const text = reportOf(false)
    expect(text).toContain('  Yi  (a training name)\n  Mei  (a held-out name)\n  Rex\n')
    expect(text).toContain('epoch 1/1  train 2.500  held-out 2.250 nats/char  Rex\n')
    expect(text).toContain('best held-out loss 2.250 nats/char, after epoch 1\n')
  })

  test(
    'a terminal gets a progress bar with loss, speed and time left, and nothing that outlives ' +
      'an interruption',
    () => {
      const text = reportOf(true)
      expect(text).toMatch(/epoch 1\/1 [█░]{24} loss – {2}– names\/s {2}– s left/)
      expect(text).not.toContain('\u001b[?')
    },
  )
})

test.each([1, 2, 10, 37])(
  'the curve of %i epochs shows both series, and its last epoch on the axis',
  (epochs) => {
    const train = Array.from({ length: 37 * epochs }, (_, i): [number, number] => [
      (i + 1) / 37.0625,
      1.5 + 1.5 * Math.exp(-i / 60),
    ])
    const heldOut = Array.from({ length: epochs }, (_, i): [number, number] => [
      i + 1,
      1.5 + 0.5 * Math.exp(-i),
    ])
    const text = textCurve({ train, heldOut })
    expect(text.split('●').length - 1).toBeGreaterThanOrEqual(Math.min(epochs, 10) + 1)
    expect(text.split('·').length).toBeGreaterThan(20)
    if (epochs <= 10)
      expect(text.split('\n').at(-2)?.trim().split(/ +/)).toEqual(
        heldOut.map(([epoch]) => String(epoch)),
      )
    expect(text.split('\n').every((line) => line.length < 80)).toBe(true)
    expect(svgCurve({ train, heldOut }, 'a title').match(/<circle/g)).toHaveLength(epochs + 1)
  },
)
