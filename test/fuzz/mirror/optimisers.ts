// The mirror's optimisers, number by number, as the papers have them.

import { doubt, Pointless, Refusal } from './memory.ts'
import { created, type Mirror, write } from './tensor.ts'

interface Memory {
  t: number
  m: number[]
  v: number[]
}

type Options = Record<string, unknown>
type Params =
  | readonly Mirror[]
  | readonly (readonly [string, Mirror])[]
  | Readonly<Record<string, Mirror>>

interface Group {
  readonly params: readonly Mirror[]
  readonly names: readonly string[] | null
  options: Options
  initialLr: number
}
interface State {
  groups: Pick<Group, 'names' | 'options' | 'initialLr'>[]
  memory: (Memory | null)[]
}

const isList = (x: Params): x is readonly Mirror[] =>
  Array.isArray(x) && !(x.length > 0 && Array.isArray(x[0]))

function groupOf(params: Params, options: Options): Group {
  const rest = { options, initialLr: options.lr as number }
  if (isList(params)) return { params, names: params.length === 0 ? [] : null, ...rest }
  const entries = (Array.isArray(params) ? params : Object.entries(params)) as [string, Mirror][]
  return { params: entries.map(([, p]) => p), names: entries.map(([name]) => name), ...rest }
}

/** The names of all parameters, null where a group has none. */
const namesOf = (groups: readonly Pick<Group, 'names'>[]): string[] | null =>
  groups.some(({ names }) => names === null) ? null : groups.flatMap(({ names }) => names ?? [])

abstract class Optimiser {
  readonly #groups: readonly Group[]
  readonly paramGroups: readonly Options[]
  #memory: (Memory | null)[]

  constructor(given: Params | readonly ({ params: Params } & Options)[], options: Options) {
    const isGrouped = Array.isArray(given) && given[0]?.params !== undefined
    this.#groups = isGrouped
      ? given.map(({ params, ...own }) => groupOf(params, { ...options, ...own }))
      : [groupOf(given as Params, options)]
    const all = this.#groups.flatMap(({ params }) => params)
    if (all.some((p) => !p.requiresGrad || !p.isLeaf)) throw new Refusal('plain')
    this.#memory = all.map(() => null)
    this.paramGroups = this.#groups.map(
      (group) =>
        new Proxy<Options>(
          {},
          {
            get: (_, name) =>
              name === 'initialLr' ? group.initialLr : group.options[String(name)],
            set: (_, name, value) => {
              this.#set(group, String(name), value)
              return true
            },
          },
        ),
    )
  }

  protected abstract update(
    θ: number,
    g: number,
    i: number,
    memory: Memory,
    options: Options,
  ): number

  #set(group: Group, name: string, value: unknown): void {
    const { momentum = 0 } = group.options
    if (name === 'momentum' && momentum !== value && (momentum === 0 || value === 0))
      throw new Refusal('moments')
    group.options = { ...group.options, [name]: value }
  }
  get lr(): number {
    const rates = new Set(this.paramGroups.map((group) => group.lr))
    if (rates.size > 1) throw new Refusal('rates')
    return [...rates][0] as number
  }
  set lr(lr: number) {
    for (const rate of ['lr', 'initialLr'])
      if (new Set(this.paramGroups.map((group) => group[rate])).size > 1) throw new Refusal('rates')
    for (const group of this.#groups) this.#set(group, 'lr', lr)
  }

  step(): void {
    const due = this.#groups
      .flatMap(({ params, options }) => params.map((p) => ({ p, options })))
      .flatMap(({ p, options }, k) =>
        p.grad === null ? [] : [{ p, options, g: p.grad.numbers, k }],
      )
    // Whether a gradient that is another parameter is read before that one moves, or afterwards, is
    // nobody's promise.
    if (due.some(({ p }) => due.some((q) => q.p !== p && q.p.grad?.storage === p.storage)))
      throw new Pointless()
    for (const { p, options, g, k } of due) {
      if (p.storage.gone) doubt('gone')
      this.#memory[k] ??= { t: 0, m: g.map(() => 0), v: g.map(() => 0) }
      const memory = this.#memory[k]
      memory.t++
      write(
        p,
        p.numbers.map((θ, i) => this.update(θ, g[i] as number, i, memory, options)),
      )
    }
  }
  zeroGrad(): void {
    for (const p of this.#groups.flatMap(({ params }) => params)) {
      if (p.grad !== null && p.ownsGrad) p.grad.storage.gone ||= !p.grad.storage.kept
      p.grad = null
      p.ownsGrad = false
    }
  }
  stateDict(): State {
    const groups = this.#groups.map(({ names, options, initialLr }) => ({
      names,
      options,
      initialLr,
    }))
    return structuredClone({ groups, memory: this.#memory })
  }
  loadStateDict(state: State): void {
    const { groups, memory } = structuredClone(state)
    const [own, others] = [namesOf(this.#groups), namesOf(groups)]
    this.#memory =
      own !== null && others !== null
        ? own.map((name) => memory[others.indexOf(name)] ?? null)
        : memory
    this.#groups.forEach((group, g) => {
      const { options, initialLr } = groups[g] as State['groups'][number]
      Object.assign(group, { options, initialLr })
    })
  }
}

export class SGD extends Optimiser {
  protected override update(
    θ: number,
    slope: number,
    i: number,
    { t, m }: Memory,
    options: Options,
  ): number {
    const { lr, momentum = 0, weightDecay = 0 } = options as Record<string, number>
    const g = slope + (weightDecay as number) * θ
    m[i] = t === 1 ? g : (momentum as number) * (m[i] as number) + g
    return θ - (lr as number) * (momentum ? m[i] : g)
  }
}

export class Adam extends Optimiser {
  protected readonly decoupled: boolean = false
  protected override update(
    θ: number,
    slope: number,
    i: number,
    { t, m, v }: Memory,
    options: Options,
  ): number {
    const {
      lr = 1e-3,
      weightDecay = this.decoupled ? 0.01 : 0,
      eps = 1e-8,
    } = options as Record<string, number>
    const [β1, β2] = (options.betas ?? [0.9, 0.999]) as [number, number]
    const g = this.decoupled ? slope : slope + weightDecay * θ
    m[i] = β1 * (m[i] as number) + (1 - β1) * g
    v[i] = β2 * (v[i] as number) + (1 - β2) * g * g
    const step = ((lr as number) * (m[i] / (1 - β1 ** t))) / (Math.sqrt(v[i] / (1 - β2 ** t)) + eps)
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
