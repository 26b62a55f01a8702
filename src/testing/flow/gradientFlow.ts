// gradientFlow: the norms of a loss's gradient by every parameter, and by the states of recurrent
// layers at every step, from one backward pass.

import { Module } from '../../layers/index.ts'
import { type WatchedScan, watching } from '../../layers/internal.ts'
import {
  cat,
  DTypeError,
  enableGrad,
  grad,
  noGrad,
  type Shape,
  ShapeError,
  TapeError,
  Tensor,
  ValueError,
} from '../../tensor/index.ts'
import { noTensor, requireFunction, requireSync, show, shown } from '../../tensor/internal.ts'
import { drawn } from './picture.ts'
import { columnsOf, lags, norm, rootMeanSquare, ticks, word } from './scale.ts'
import { columns } from './text.ts'

const who = 'gradientFlow'

/** The gradient by one parameter. */
export interface ParameterFlow {
  /** Its dotted name. */
  readonly name: string
  /** Its shape. */
  readonly shape: Shape
  /** ‖∂L/∂p‖, the root of the sum of squares; 0 where the loss does not depend on it. */
  readonly norm: number
  /** ‖∂L/∂p‖/‖p‖: ∞ where p is 0 and its gradient is not. */
  readonly relative: number
}

/** The gradient by one state of a recurrent layer. */
export interface StateFlow {
  /**
   * `lstm.h_l0`: the layer's dotted name, the state's, and the end of the names of its parameters;
   * where the layer was called more than once, the number of the call behind it.
   */
  readonly name: string
  /** ‖∂L/∂h_t‖ at every step t, over the whole batch. */
  readonly norms: readonly number[]
}

/** The norms of a loss's gradient, as text and as a picture. */
class GradientFlow {
  /** The loss. */
  readonly loss: number
  /** By parameter, in the order of `namedParameters()`. */
  readonly parameters: readonly ParameterFlow[]
  /** By state of a recurrent layer and time step. */
  readonly states: readonly StateFlow[]

  /** @internal */
  constructor(loss: number, parameters: readonly ParameterFlow[], states: readonly StateFlow[]) {
    this.loss = loss
    this.parameters = parameters
    this.states = states
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), {
      value: () => this.toString(),
    })
  }

  /** The norms by parameter, and those by state at some of the steps. */
  toString(): string {
    const { parameters } = this
    const shapes = parameters.map(({ shape }) => show(shape))
    const widest = Math.max(...shapes.map((shape) => shape.length))
    const lines = parameters.map(({ name, norm, relative }, k) => [
      name,
      shapes[k].padEnd(widest),
      word(norm),
      word(relative),
    ])
    return [
      `gradient flow of the loss L = ${word(this.loss)}`,
      ...columns([['parameter p', 'shape'.padEnd(widest), '‖∂L/∂p‖', '‖∂L/∂p‖/‖p‖'], ...lines]),
      ...(this.states.length === 0 ? [] : ['', ...columns(this.#table(10))]),
    ].join('\n')
  }

  /** Both as heat maps on one scale. */
  toSVG(): string {
    const { parameters, states } = this
    const byParameter = {
      title: 'by parameter',
      note: '',
      cells: parameters.map(({ norm }) => [norm]),
      rowAxis: '',
      columnAxis: '',
      rowLabels: new Map(parameters.map(({ name, norm }, k) => [k, `${name}  ${word(norm)}`])),
      columnLabels: new Map<number, string>(),
      table: [],
      least: 14,
    }
    if (states.length === 0) return drawn([byParameter], '‖∂L/∂p‖')
    const T = longest(states)
    const { per, places } = columnsOf(T)
    const byState = {
      title: 'by time step',
      note: per > 1 ? `a cell: ${per} steps` : '',
      cells: states.map(({ norms }) =>
        places.map((steps) => {
          const inside = steps.flatMap((t) => norms[t] ?? [])
          return inside.length === 0 ? null : rootMeanSquare(inside)
        }),
      ),
      rowAxis: '',
      columnAxis: 't, time step',
      rowLabels: new Map(states.map(({ name }, k) => [k, name])),
      columnLabels: new Map(ticks(places.length, 8).map((k) => [k, String(k * per)])),
      table: this.#table(6),
      least: 14,
    }
    return drawn([byParameter, byState], '‖∂L/∂p‖ and ‖∂L/∂h_t‖')
  }

  /** The norms by state at `most` steps. */
  #table(most: number): string[][] {
    const steps = lags(longest(this.states), most)
    const at = ({ norms }: StateFlow): string[] =>
      steps.map((t) => (t < norms.length ? word(norms[t]) : ''))
    return [
      ['state at t', ...steps.map(String)],
      ...this.states.map((state) => [state.name, ...at(state)]),
    ]
  }
}

export type { GradientFlow }

const longest = (states: readonly StateFlow[]): number =>
  Math.max(...states.map(({ norms }) => norms.length))

/**
 * Where the gradient of a loss goes: its norm by every parameter of a model, and by the states of
 * its recurrent layers at every time step.
 *
 * `loss` computes it from the model, anew: a function that returns one number. It runs once, and
 * one backward pass; nothing is added into `.grad`. Recurrent layers run step by step meanwhile,
 * by the ops of their cells, so that the gradient by h_t is what flows into it from the output of
 * step t and from all later steps. Their numbers are those of the layer but for rounding, with
 * `lengths`, `mask`, `resets`, directions and dropout alike. At a step that is not run the norm is
 * that of the state that is carried over it, and 0 in the padding. Left out are layers that the
 * loss does not depend on, those that nothing requires a gradient of, and those inside
 * `checkpoint`, whose states are gone when the pass comes to them.
 *
 * Throws a ValueError for what is no module, one without parameters, or no function; a DTypeError
 * or ShapeError unless that returns one float, a TapeError unless it depends on something that
 * requires a gradient.
 *
 * ```ts
 * const rnn = new RNN(1, 1, { bias: false })
 * rnn.loadStateDict({ weight_ih_l0: tensor([[1]]), weight_hh_l0: tensor([[0.5]]) })
 * const loss = () => rnn.forward(zeros([1, 3, 1])).output.select(1, -1).sum()
 * const { states } = gradientFlow(rnn, loss)
 * states[0].name // 'h_l0'
 * states[0].norms // [0.25, 0.5, 1]
 * ```
 */
export function gradientFlow(model: Module, loss: () => Tensor): GradientFlow {
  if (!(model instanceof Module))
    throw new ValueError(`${who}: expected a Module of this package, got ${shown(model)}`)
  requireFunction(who, 'a function that computes the loss', loss)
  const parameters = model.namedParameters()
  if (parameters.length === 0)
    throw new ValueError(
      `${who}: expected a model with parameters, got none: set requiresGrad of its tensors`,
    )
  const [L, scans] = enableGrad(() => watching(() => requireSync(who, loss())))
  requireLoss(L)
  const seen = scans.filter(({ steps }) =>
    Object.values(steps).every((rows) => rows.every((state) => state.requiresGrad)),
  )
  const targets = seen.flatMap(({ steps }) => Object.values(steps).flat())
  const value = L.item()
  return noGrad(() => {
    const all = [...parameters.map(([, p]) => p), ...targets]
    // What checkpoint() runs again must do the same again.
    const [gradients] = watching(() => grad(L, all, { allowUnused: true }))
    const byParameter = parameters.map(([name, p], k) => {
      const size = norm(gradients[k].toTypedArray())
      const own = norm(p.toTypedArray())
      return { name, shape: p.shape, norm: size, relative: size === 0 ? 0 : size / own }
    })
    const byState = new Map(targets.map((state, k) => [state, gradients[parameters.length + k]]))
    const count = new Map<string, number>()
    const reached = seen.filter(({ steps }) => steps.h.some(({ node }) => node?.consumed))
    const states = reached.flatMap((scan) => {
      const layer = pathOf(scan.layer, parameters)
      return Object.entries(scan.steps).map(([state, rows]) => {
        const name = `${layer}${state}_${scan.suffix}`
        const call = (count.get(name) ?? 0) + 1
        count.set(name, call)
        const g = cat(rows.map((row) => byState.get(row) as Tensor))
        return { name: call > 1 ? `${name} (call ${call})` : name, norms: byStep(scan, state, g) }
      })
    })
    return new GradientFlow(value, byParameter, states)
  })
}

function requireLoss(L: unknown): asserts L is Tensor {
  if (!(L instanceof Tensor))
    throw new DTypeError(`${who}: expected the function to return a Tensor, got ${noTensor(L)}`)
  if (L.size !== 1)
    throw new ShapeError(
      `${who}: expected the function to return one number, got ${show(L.shape)}: reduce it with ` +
        'sum() or mean()',
    )
  if (!L.requiresGrad)
    throw new TapeError(
      `${who}: expected a loss that depends on something that requires a gradient, got one that ` +
        'is not recorded: look for detach(), noGrad() or numbers read out of tensors',
    )
}

/** The norms at every step of the gradient g (R, size) by the packed rows of a state. */
function byStep({ layer, place }: WatchedScan, state: string, g: Tensor): number[] {
  const placed = place(g, state)
  const [N, T] = layer.batchFirst ? placed.shape : [placed.shape[1], placed.shape[0]]
  const values = (layer.batchFirst ? placed.permute([1, 0, 2]) : placed).toTypedArray()
  const width = N * placed.shape[2]
  return Array.from({ length: T }, (_, t) => norm(values.subarray(t * width, (t + 1) * width)))
}

/** `encoder.lstm.`: the name of a layer, found by that of a parameter; else its own words. */
function pathOf(layer: Module, parameters: readonly (readonly [string, Tensor])[]): string {
  const [[name, first] = ['', null]] = layer.namedParameters()
  const whole = parameters.find(([, p]) => p === first)?.[0]
  if (whole === undefined) return `${String(layer).split(' · ')[0]}.`
  return whole.slice(0, whole.length - name.length)
}
