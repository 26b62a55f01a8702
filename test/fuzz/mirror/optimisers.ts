// The mirror's optimisers, number by number, as the papers have them.

import { doubt, Refusal } from './memory.ts'
import { created, type Mirror, write } from './tensor.ts'

interface Memory {
  t: number
  m: number[]
  v: number[]
}

interface State {
  options: Record<string, unknown>
  memory: (Memory | null)[]
}

abstract class Optimiser {
  readonly #parameters: readonly Mirror[]
  #memory: (Memory | null)[]
  protected options: Record<string, unknown>

  constructor(parameters: readonly Mirror[], options: Record<string, unknown>) {
    if (parameters.some((p) => !p.requiresGrad || !p.isLeaf)) throw new Refusal('plain')
    this.#parameters = parameters
    this.#memory = parameters.map(() => null)
    this.options = options
  }

  protected abstract update(θ: number, g: number, i: number, memory: Memory): number

  step(): void {
    const due = this.#parameters.flatMap((p, k) =>
      p.grad === null ? [] : [{ p, g: p.grad.numbers, k }],
    )
    for (const { p, g, k } of due) {
      if (p.storage.gone) doubt('gone')
      this.#memory[k] ??= { t: 0, m: g.map(() => 0), v: g.map(() => 0) }
      const memory = this.#memory[k]
      memory.t++
      write(
        p,
        p.numbers.map((θ, i) => this.update(θ, g[i] as number, i, memory)),
      )
    }
  }
  zeroGrad(): void {
    for (const p of this.#parameters) {
      if (p.grad !== null && p.ownsGrad) p.grad.storage.gone ||= !p.grad.storage.kept
      p.grad = null
      p.ownsGrad = false
    }
  }
  stateDict(): State {
    return structuredClone({ options: this.options, memory: this.#memory })
  }
  loadStateDict(state: State): void {
    ;({ options: this.options, memory: this.#memory } = structuredClone(state))
  }
}

export class SGD extends Optimiser {
  protected override update(θ: number, slope: number, i: number, { t, m }: Memory): number {
    const { lr, momentum = 0, weightDecay = 0 } = this.options as Record<string, number>
    const g = slope + (weightDecay as number) * θ
    m[i] = t === 1 ? g : (momentum as number) * (m[i] as number) + g
    return θ - (lr as number) * (momentum ? m[i] : g)
  }
}

export class Adam extends Optimiser {
  protected readonly decoupled: boolean = false
  protected override update(θ: number, slope: number, i: number, { t, m, v }: Memory): number {
    const {
      lr = 1e-3,
      weightDecay = this.decoupled ? 0.01 : 0,
      eps = 1e-8,
    } = this.options as Record<string, number>
    const g = this.decoupled ? slope : slope + weightDecay * θ
    m[i] = 0.9 * (m[i] as number) + 0.1 * g
    v[i] = 0.999 * (v[i] as number) + 0.001 * g * g
    const step =
      ((lr as number) * (m[i] / (1 - 0.9 ** t))) / (Math.sqrt(v[i] / (1 - 0.999 ** t)) + eps)
    return (this.decoupled ? θ * (1 - lr * weightDecay) : θ) - step
  }
}
export class AdamW extends Adam {
  protected override readonly decoupled = true
}

/**
 * Scales all gradients so that their norm is no larger; returns what it was. A recorded one, and a
 * copy that a selection made, are replaced.
 */
export function clipGradNorm(parameters: readonly Mirror[], most: number): number {
  const gradients = [...new Set(parameters.flatMap(({ grad }) => grad ?? []))].map((g) => ({
    g,
    numbers: g.numbers,
  }))
  const norm = Math.sqrt(
    gradients.reduce((sum, { numbers }) => sum + numbers.reduce((a, n) => a + n * n, 0), 0),
  )
  const scale = most / (norm + 1e-6)
  if (scale >= 1) return norm
  for (const { g, numbers } of gradients) {
    const scaled = numbers.map((n) => n * scale)
    if (g.isLeaf && !g.storage.copied) write(g, scaled)
    else
      for (const p of parameters)
        if (p.grad === g) Object.assign(p, { grad: created(scaled, g.shape), ownsGrad: true })
  }
  return norm
}
