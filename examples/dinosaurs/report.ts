// What the main job prints: on a terminal with a progress bar, anywhere else plain lines. Training
// does not depend on it.
import { resolve } from 'node:path'
import { Presets, SingleBar } from 'cli-progress'
import { whyNotWritten } from '../flags/writableFile.ts'
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

/** What was reported so far: a training that goes on begins with it. */
export interface Progress {
  losses: Losses
  epochLoss: { nats: number; characters: number }
  names: number
  seconds: number
}

const nothingYet = (): Progress => ({
  losses: { train: [], heldOut: [] },
  epochLoss: { nats: 0, characters: 0 },
  names: 0,
  seconds: 0,
})

export class Report {
  readonly progress: Progress
  private readonly options: Options
  private readonly data: Dataset
  private readonly bar = progressBar()
  private since = performance.now()

  constructor(
    options: Options,
    data: Dataset,
    model: { toString(): string },
    progress: Progress = nothingYet(),
  ) {
    this.options = options
    this.data = data
    this.progress = progress
    print(
      `${thousands(data.train.length)} dinosaur names to learn from, ` +
        `${thousands(data.heldOut.length)} held out; seed ${options.seed}`,
      String(model),
      '',
    )
    this.startEpoch()
  }

  /** A minibatch was trained on; `loss` is its mean in nats per character. */
  batch({ names, characters }: Batch, loss: number): void {
    const now = performance.now()
    const { progress, bar } = this
    progress.seconds += (now - this.since) / 1000
    this.since = now
    progress.names += names
    progress.epochLoss.nats += loss * characters
    progress.epochLoss.characters += characters
    // The last minibatch of an epoch has two names: its loss would be a spike in the curve.
    if (names === BATCH) progress.losses.train.push([progress.names / this.data.train.length, loss])
    bar?.update(progress.names, this.shown(loss.toFixed(3)))
  }

  /** An epoch is over; `heldOut` is the loss on the held-out names in nats per character. */
  epoch(heldOut: number, samples: string[]): void {
    this.bar?.stop()
    const { losses: curves, epochLoss } = this.progress
    const { nats, characters } = epochLoss
    const epoch = curves.heldOut.push([curves.heldOut.length + 1, heldOut])
    this.progress.epochLoss = { nats: 0, characters: 0 }
    const train = (nats / characters).toFixed(3)
    const losses = `train ${train}  held-out ${heldOut.toFixed(3)} nats/char`
    print(
      `epoch ${epoch}/${this.options.epochs}  ` +
        `${losses}${this.bar ? '\n    ' : '  '}${samples.map(capitalised).join(', ')}`,
    )
    this.startEpoch()
  }

  /** Whether no epoch had a lower held-out loss than the last. */
  isBest(): boolean {
    const losses = this.progress.losses.heldOut.map(([, loss]) => loss)
    return losses.at(-1) === Math.min(...losses)
  }

  /** Training stops before its end: lines for the user. */
  interrupted(lines: string[]): void {
    this.bar?.stop()
    print('', ...lines)
  }

  /** Something could not be written; `reason` says what to do. */
  failed(reason: string): void {
    this.bar?.stop()
    console.error(`error: ${reason}`)
  }

  /** Training is over. Returns why the curve could not be written. */
  end(samples: string[]): string | null {
    const { svg, cell, hidden, seed } = this.options
    const { losses, seconds } = this.progress
    const best = losses.heldOut.reduce((least, point) => (point[1] < least[1] ? point : least))
    const reason = whyNotWritten(
      svg,
      svgCurve(
        losses,
        `Learning dinosaur names: ${cell.toUpperCase()}, ${hidden} units, seed ${seed}`,
      ),
    )
    print('', textCurve(losses), '')
    print(`trained for ${seconds.toFixed(1)} s at ${thousands(this.speed())} names/s`)
    print(`best held-out loss ${best[1].toFixed(3)} nats/char, after epoch ${best[0]}`)
    if (reason === null) print(`loss curve written to ${resolve(svg)}`)
    print('', 'twenty new names:')
    const inData = new Map([
      ...this.data.train.map((name) => [name, 'a training name'] as const),
      ...this.data.heldOut.map((name) => [name, 'a held-out name'] as const),
    ])
    for (const name of samples)
      print(`  ${capitalised(name)}${inData.has(name) ? `  (${inData.get(name)})` : ''}`)
    return reason === null
      ? null
      : `cannot write the loss curve to '${svg}': ${reason}: make room, or name another file`
  }

  private startEpoch(): void {
    const { epochs } = this.options
    const epoch = this.progress.losses.heldOut.length + 1
    if (epoch > epochs) return
    this.bar?.start(epochs * this.data.train.length, this.progress.names, {
      epoch: `${epoch}/${epochs}`,
      ...this.shown('–'),
    })
    this.since = performance.now()
  }

  /** Names per second of training. */
  private speed(): number {
    return this.progress.names / this.progress.seconds
  }

  private shown(loss: string) {
    if (this.progress.names === 0) return { loss, speed: '–', left: '–' }
    const namesLeft = this.options.epochs * this.data.train.length - this.progress.names
    return { loss, speed: thousands(this.speed()), left: Math.ceil(namesLeft / this.speed()) }
  }
}
