// The steps of a recurrence, and their gradients by the tape: what a student's function is held to;
// no formula of a backward pass.
import { grad, type Tensor } from '../../tensor/index.ts'
import { type ByGate, byGate, GATES, type Problem, TANH, type Weights } from './problem.ts'

/** What one step computes; `z` goes into the activations, `y` comes out of them. */
export interface Step {
  readonly x: Tensor
  readonly hPrev: Tensor
  readonly cPrev: Tensor
  readonly z: ByGate
  readonly y: ByGate
  readonly h: Tensor
  /** The memory; that of an RNN is its first one. */
  readonly c: Tensor
}

/** The gradients of Σ dh ⊙ h + Σ dc ⊙ c, in rows and gate by gate. */
export interface Gradients {
  /** (N, T, D). */
  readonly x: Tensor
  readonly h: Tensor
  readonly c: Tensor
  readonly weights: Weights
}

function step(x: Tensor, hPrev: Tensor, cPrev: Tensor, weights: Weights): Step {
  const z = byGate(Object.keys(weights.b), (k) =>
    x.matmul(weights.x[k]).add(hPrev.matmul(weights.h[k])).add(weights.b[k]),
  )
  const y = byGate(Object.keys(z), (k) => (TANH.includes(k) ? z[k].tanh() : z[k].sigmoid()))
  if ('z' in y) return { x, hPrev, cPrev, z, y, h: y.z, c: cPrev }
  const c = y.f.mul(cPrev).add(y.i.mul(y.g))
  return { x, hPrev, cPrev, z, y, h: y.o.mul(c.tanh()), c }
}

/** The steps, from the first to the last. */
export function forward({ x, h0, c0, weights, sizes }: Problem): Step[] {
  const steps: Step[] = []
  for (let t = 0; t < sizes.T; t++)
    steps.push(step(x.select(1, t), steps.at(-1)?.h ?? h0, steps.at(-1)?.c ?? c0, weights))
  return steps
}

/** The gradients of all inputs by one backward pass. */
export function gradients(problem: Problem): Gradients {
  const { form, dh, dc, sizes } = problem
  const gates: readonly string[] = GATES[form.cell]
  const leaf = (t: Tensor): Tensor => {
    const copy = t.detach().clone()
    copy.requiresGrad = true
    return copy
  }
  const leaves = (of: ByGate): ByGate => byGate(gates, (k) => leaf(of[k]))
  const { weights: w } = problem
  const weights = { x: leaves(w.x), h: leaves(w.h), b: leaves(w.b) }
  const inputs = { x: leaf(problem.x), h0: leaf(problem.h0), c0: leaf(problem.c0) }
  const steps = forward({ ...problem, ...inputs, weights })
  const targets = [inputs.x, inputs.h0, inputs.c0]
  for (const k of gates) targets.push(weights.x[k], weights.h[k], weights.b[k])
  const outputs = steps.map(({ h }) => h)
  const upstream = outputs.map((_, t) => dh.select(1, t))
  const [x, h, c, ...rest] = grad([...outputs, (steps[sizes.T - 1] as Step).c], targets, {
    gradOutputs: [...upstream, dc],
  }) as Tensor[]
  const at = (k: string, j: number): Tensor => rest[3 * gates.indexOf(k) + j] as Tensor
  return {
    x: x as Tensor,
    h: h as Tensor,
    c: c as Tensor,
    weights: {
      x: byGate(gates, (k) => at(k, 0)),
      h: byGate(gates, (k) => at(k, 1)),
      b: byGate(gates, (k) => at(k, 2)),
    },
  }
}
