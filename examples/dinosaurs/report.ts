// What the main job prints: on a terminal with a progress bar, anywhere else plain lines. Training
// does not depend on it.
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Presets, SingleBar } from 'cli-progress'
import { type Losses, svgCurve, textCurve } from './curve.ts'
import { BATCH, type Batch, type Dataset } from './data.ts'
import type { Options } from './options.ts'

const print = (...lines: string[]) => process.stdout.write(`${lines.join('\n')}\n`)
const capitalised = (name: string) => name[0].toUpperCase() + name.slice(1)
const thousands = (n: number) => Math.round(n).toLocaleString('en-US')

function progressBar(): SingleBar | null {
  if (!process.stdout.isTTY || process.env.TERM === 'dumb') return null
  const format = 'epoch {epoch} {bar} loss {loss}  {speed} names/s  {left} s left'
  // No hidden cursor and no switched-off line wrapping: an interrupted program would not undo them.
  return new SingleBar(
    { format, stream: process.stdout, barsize: 24, clearOnComplete: true, linewrap: true },
    Presets.shades_classic,
  )
}

export class Report {
  private readonly options: Options
  private readonly data: Dataset
  private readonly bar = progressBar()
  private readonly losses: Losses = { train: [], heldOut: [] }
  private epochLoss = { nats: 0, characters: 0 }
  private names = 0
  private seconds = 0
  private since = performance.now()

  constructor(options: Options, data: Dataset, model: { toString(): string }) {
    this.options = options
    this.data = data
    print(
      `${thousands(data.train.length)} dinosaur names to learn from, ` +
        `${thousands(data.heldOut.length)} held out; seed ${options.seed}`,
      String(model),
      '',
    )
    this.startEpoch(1)
  }

  /** A minibatch was trained on; `loss` is its mean in nats per character. */
  batch({ names, characters }: Batch, loss: number): void {
    const now = performance.now()
    this.seconds += (now - this.since) / 1000
    this.since = now
    this.names += names
    this.epochLoss.nats += loss * characters
    this.epochLoss.characters += characters
    // The last minibatch of an epoch has two names: its loss would be a spike in the curve.
    if (names === BATCH) this.losses.train.push([this.names / this.data.train.length, loss])
    this.bar?.update(this.names, this.progress(loss.toFixed(3)))
  }

  /** An epoch is over; `heldOut` is the loss on the held-out names in nats per character. */
  epoch(heldOut: number, samples: string[]): void {
    this.bar?.stop()
    const { nats, characters } = this.epochLoss
    const epoch = this.losses.heldOut.push([this.losses.heldOut.length + 1, heldOut])
    const train = (nats / characters).toFixed(3)
    const losses = `train ${train}  held-out ${heldOut.toFixed(3)} nats/char`
    print(
      `epoch ${epoch}/${this.options.epochs}  ` +
        `${losses}${this.bar ? '\n    ' : '  '}${samples.map(capitalised).join(', ')}`,
    )
    if (epoch < this.options.epochs) this.startEpoch(epoch + 1)
  }

  /** Training is over. */
  end(samples: string[]): void {
    const { svg, cell, hidden, seed } = this.options
    const best = this.losses.heldOut.reduce((least, point) => (point[1] < least[1] ? point : least))
    writeFileSync(
      svg,
      svgCurve(
        this.losses,
        `Learning dinosaur names: ${cell.toUpperCase()}, ${hidden} units, seed ${seed}`,
      ),
    )
    print('', textCurve(this.losses), '')
    print(`trained for ${this.seconds.toFixed(1)} s at ${thousands(this.speed())} names/s`)
    print(`best held-out loss ${best[1].toFixed(3)} nats/char, after epoch ${best[0]}`)
    print(`loss curve written to ${resolve(svg)}`, '', 'twenty new names:')
    const inData = new Map([
      ...this.data.train.map((name) => [name, 'a training name'] as const),
      ...this.data.heldOut.map((name) => [name, 'a held-out name'] as const),
    ])
    for (const name of samples)
      print(`  ${capitalised(name)}${inData.has(name) ? `  (${inData.get(name)})` : ''}`)
  }

  private startEpoch(epoch: number): void {
    this.epochLoss = { nats: 0, characters: 0 }
    const { epochs } = this.options
    this.bar?.start(epochs * this.data.train.length, this.names, {
      epoch: `${epoch}/${epochs}`,
      ...this.progress('–'),
    })
    this.since = performance.now()
  }

  /** Names per second of training. */
  private speed(): number {
    return this.names / this.seconds
  }

  private progress(loss: string) {
    if (this.names === 0) return { loss, speed: '–', left: '–' }
    const namesLeft = this.options.epochs * this.data.train.length - this.names
    return { loss, speed: thousands(this.speed()), left: Math.ceil(namesLeft / this.speed()) }
  }
}
