// A module under examination: its parts, its forward and gradients as plain numbers, and its
// restoration; most laws are those of examination.ts and batch.ts.
import type { Node } from '../../autograd/index.ts'
import { Module } from '../../layers/index.ts'
import { grad, Tensor } from '../../tensor/index.ts'
import { show } from '../../tensor/internal.ts'
import { CheckError, unravel } from '../report.ts'
import { firstChanged } from '../verdict.ts'
import { mapTensors, type Place, placesIn, tensorsWithPaths } from './nested.ts'
import { restored, type Snapshot, snapshot } from './snapshot.ts'

/** The results of one forward and its backward pass. */
export interface Evaluation {
  outputs: Snapshot[]
  /** One for each parameter, zeros where the outputs do not depend on it. */
  gradients: Snapshot[]
  /** The parameters that the tape leads to. */
  reached: Set<Tensor>
}

/** Gives the cotangent of output k; called only where one is needed. */
export type Cotangents = (output: Snapshot, k: number) => Snapshot

export class Examinee {
  readonly module: Module
  /** The module's name for itself. */
  readonly name: string
  readonly who: string
  readonly parameters: readonly [name: string, parameter: Tensor][]
  private readonly places: readonly Place[]
  private readonly modules: readonly { path: string; module: Module; training: boolean }[]
  private readonly before: ReadonlyMap<Tensor, Kept>
  private training = true

  constructor(module: Module) {
    this.module = module
    this.name = module.toString().split(' · ')[0]
    this.who = `checkModule: ${this.name}`
    this.parameters = module.namedParameters()
    this.places = placesIn(module, (value) => value instanceof Module)
    const within = this.places.flatMap(({ path, value }) =>
      value instanceof Module ? [{ path, module: value }] : [],
    )
    this.modules = [{ path: 'the module itself', module }, ...within].map((one) => ({
      ...one,
      training: one.module.training,
    }))
    const tensors = [
      ...this.places.flatMap(({ value }) => (value instanceof Tensor ? [value] : [])),
      ...this.parameters.map(([, p]) => p),
    ]
    this.before = new Map(
      tensors.map((t) => {
        const grad = t.isLeaf ? t.grad : null
        return [
          t,
          {
            was: snapshot(t),
            requiresGrad: t.requiresGrad,
            grad,
            gradient: grad && snapshot(grad),
          },
        ]
      }),
    )
  }

  fail(check: string, expectation: string): never {
    throw new CheckError(`${this.who}: expected ${expectation}`, { check })
  }

  /**
   * Every parameter is a leaf, and every tensor in a field that requires a gradient is a parameter.
   */
  checkParameters(): void {
    const known = new Set(this.parameters.map(([, p]) => p))
    for (const [name, p] of this.parameters)
      if (!p.isLeaf)
        this.fail(
          'parameters',
          `parameter ${name} ${show(p.shape)} to be a leaf, got the result of ` +
            `${p.node?.rule?.name}`,
        )
    for (const { path, value } of this.places)
      if (value instanceof Tensor && value.requiresGrad && !known.has(value))
        this.fail(
          'parameters',
          `parameters() to list ${path} ${show(value.shape)}, got it left out: hold it in a ` +
            'field of a module, or in an array, object or Map there',
        )
  }

  /** train() and eval() reach every module in a field. */
  checkModes(): void {
    for (const training of [true, false]) {
      this.setMode(training)
      const missed = this.modules.find(({ module }) => module.training !== training)
      const call = training ? 'train()' : 'eval()'
      if (missed)
        this.fail(
          'mode',
          `${call} to reach ${missed.path}, got training ${!training} there: hold it in a field ` +
            'of a module, or in an array, object or Map there',
        )
    }
  }

  setMode(training: boolean): void {
    this.training = training
    if (training) this.module.train()
    else this.module.eval()
  }

  forward(args: readonly unknown[]): [path: string, tensor: Tensor][] {
    return tensorsWithPaths(this.module.forward(...(args as never[])))
  }

  /** One forward on a copy of the arguments, and the gradients of Σ ⟨cotangent, output⟩. */
  evaluate(args: readonly unknown[], cotangents: Cotangents): Evaluation {
    const given = args.map((arg) => mapTensors(arg, (t) => t.detach().clone()))
    const tensors = this.forward(given)
    if (tensors.length === 0)
      this.fail('shape', 'forward() to return a tensor, or an array or object of tensors, got none')
    this.checkInputs(args, given)
    this.checkUnchanged()
    const outputs = tensors.map(([path, t]) => snapshot(t, path))
    const reached = this.leavesOf(tensors.map(([, t]) => t))
    const tracked = tensors.flatMap(([, t], k) =>
      t.requiresGrad ? [{ t, u: restored(cotangents(outputs[k], k)) }] : [],
    )
    return { outputs, gradients: this.gradients(tracked), reached }
  }

  private gradients(tracked: readonly { t: Tensor; u: Tensor }[]): Snapshot[] {
    const parameters = this.parameters.map(([, p]) => p)
    if (tracked.length === 0 || parameters.length === 0)
      return this.parameters.map(([name, p]) => {
        const zero = snapshot(p, name)
        zero.data.fill(0)
        return zero
      })
    const outputs = tracked.map(({ t }) => t)
    const gradients = grad(outputs, parameters, {
      gradOutputs: tracked.map(({ u }) => u),
      allowUnused: true,
    })
    return gradients.map((g, k) => snapshot(g, this.parameters[k][0]))
  }

  private checkInputs(args: readonly unknown[], given: readonly unknown[]): void {
    const after = tensorsWithPaths(given)
    tensorsWithPaths(args).forEach(([path, x], k) => {
      const [was, is] = [x.toTypedArray(), after[k][1].toTypedArray()]
      const at = firstChanged(was, is)
      if (at >= 0)
        this.fail(
          'mutation',
          `forward() to leave its input ${path} as it is, got ${is[at]} for ${was[at]} at ` +
            `[${unravel(at, x.shape).join(', ')}]`,
        )
    })
  }

  /** The parameters behind these outputs. Any other leaf is an error: no optimiser would get it. */
  private leavesOf(outputs: readonly Tensor[]): Set<Tensor> {
    const known = new Set(this.parameters.map(([, p]) => p))
    const seen = new Set<Node<Tensor>>()
    const open = outputs.flatMap((t) => t.node ?? [])
    const reached = new Set<Tensor>()
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (seen.has(node)) continue
      seen.add(node)
      for (const input of node.inputs) if (input.node) open.push(input.node)
      if (node.rule !== null || node.consumed) continue
      const { output } = node
      if (!known.has(output))
        this.fail(
          'parameters',
          `parameters() to list what the outputs depend on, got ${show(output.shape)} ` +
            `${output.dtype} left out: hold it in a field, give it to fields() if that is ` +
            '#private, or detach it',
        )
      reached.add(output)
    }
    return reached
  }

  /** Runs `fn` with other tensors in the places of parameters. */
  substituted<T>(replacements: ReadonlyMap<Tensor, Tensor>, fn: () => T): T {
    const changed = this.places.filter(
      ({ value }) => value instanceof Tensor && replacements.has(value),
    )
    try {
      for (const { value, put } of changed) put(replacements.get(value as Tensor))
      return fn()
    } finally {
      for (const { value, put } of changed) put(value)
    }
  }

  /**
   * Whether `substituted` can replace the parameter: it cannot where that is a private `#field`.
   */
  replaceable(parameter: Tensor): boolean {
    const other = parameter.detach().clone()
    other.requiresGrad = true
    return this.substituted(new Map([[parameter, other]]), () => {
      const now = this.module.parameters()
      return now.includes(other) && !now.includes(parameter)
    })
  }

  /** A forward changes neither the parameters, their numbers and their .grad, nor the mode. */
  private checkUnchanged(): void {
    const names = (list: readonly [string, Tensor][]) => list.map(([name]) => name).join(', ')
    const now = this.module.namedParameters()
    if (
      now.length !== this.parameters.length ||
      now.some(([, p], k) => p !== this.parameters[k][1])
    )
      this.fail(
        'mutation',
        `forward() to leave the parameters ${names(this.parameters)}, each the same tensor, got ` +
          `others: ${names(now)}`,
      )
    for (const [name, p] of this.parameters) {
      const { was, grad, gradient } = this.before.get(p) as Kept
      if (!isUnchanged(was, p))
        this.fail(
          'mutation',
          `forward() to leave parameter ${name} as it is, got other numbers in it`,
        )
      if (p.isLeaf && (p.grad !== grad || (gradient && p.grad && !isUnchanged(gradient, p.grad))))
        this.fail(
          'mutation',
          `forward() to leave ${name}.grad as it is, got another: use grad() where forward() ` +
            'needs a gradient',
        )
    }
    const switched = this.modules.find(({ module }) => module.training !== this.training)
    if (switched)
      this.fail(
        'mode',
        `forward() to leave the mode, got training ${!this.training} in ${switched.path}`,
      )
  }

  /** Restores everything: fields, modes, the numbers of parameters and buffers, and .grad. */
  restore(): void {
    for (const { value, put } of this.places) put(value)
    for (const { module, training } of this.modules) module.training = training
    for (const [t, { was, requiresGrad, grad, gradient }] of this.before) {
      if (!t.isLeaf) continue
      t.requiresGrad = requiresGrad
      if (!isUnchanged(was, t)) t.assign_(restored(was))
      if (grad && gradient && !isUnchanged(gradient, grad)) grad.assign_(restored(gradient))
      if (t.grad !== grad) t.grad = grad
    }
  }
}

/** A tensor as it was before the examination. */
interface Kept {
  was: Snapshot
  requiresGrad: boolean
  grad: Tensor | null
  gradient: Snapshot | null
}

const isUnchanged = (a: Snapshot, t: Tensor): boolean => firstChanged(a.data, t.toTypedArray()) < 0
