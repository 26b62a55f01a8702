// Second derivatives at work: Newton's method on Rosenbrock's function, Halley's on x·eˣ = 1. Every
// derivative comes from the tape.
import { grad, type Tensor, tensor } from 'tapegrad'

/**
 * Rosenbrock's valley (1960): f(x, y) = (1 − x)² + 100 (y − x²)², least at (1, 1). p (2) → scalar.
 */
function rosenbrock(p: Tensor): Tensor {
  const [x, y] = [p.select(0, 0), p.select(0, 1)]
  return x.sub(1).square().add(y.sub(x.square()).square().mul(100))
}

const numbers = (x: Tensor): number[] => [...x.toTypedArray()]

/**
 * ∇f (n) and its Hessian H (n, n): the gradient is recorded as well, and each of its elements
 * differentiated in turn.
 */
function derivatives(f: (p: Tensor) => Tensor, p: Tensor): { g: number[]; H: number[][] } {
  const g = grad(f(p), p, { createGraph: true })
  const H = Array.from({ length: p.size }, (_, i) => grad(g.select(0, i), p, { retainGraph: true }))
  return { g: numbers(g), H: H.map(numbers) }
}

/** The s with H·s = g, for two unknowns (Cramer's rule). */
function solve([[a, b], [c, d]]: number[][], [g0, g1]: number[]): number[] {
  const determinant = a * d - b * c
  return [(g0 * d - b * g1) / determinant, (a * g1 - g0 * c) / determinant]
}

const float64 = (data: number | number[]) => tensor(data, { dtype: 'float64' })
const row = (...cells: unknown[]) =>
  console.log(cells.map((cell) => String(cell).padStart(14)).join(''))
const short = (x: number) => x.toExponential(2)

function descend(steps: number, every: number, step: (p: Tensor) => number[]): void {
  row('step', 'f', 'distance')
  const p = float64([-1.2, 1])
  p.requiresGrad = true
  for (let k = 0; k <= steps; k++) {
    const distance = Math.hypot(...numbers(p.detach().sub(1)))
    if (k % every === 0) row(k, short(rosenbrock(p).item()), short(distance))
    p.assign_(p.detach().sub(float64(step(p))))
  }
}

console.log(
  "Rosenbrock's function, Newton's method: p ← p − H⁻¹·∇f. At the end every step squares the " +
    'distance to the minimum.',
)
descend(6, 1, (p) => {
  const { g, H } = derivatives(rosenbrock, p)
  return solve(H, g)
})

console.log('\nThe same with gradient descent: p ← p − 0.001·∇f')
descend(6000, 1000, (p) => numbers(grad(rosenbrock(p), p).mul(0.001)))

/** Newton's step f/f′, and Halley's (1694), which needs f″ too. */
const methods = {
  Newton: (f: number, d: number) => f / d,
  Halley: (f: number, d: number, dd: number) => (2 * f * d) / (2 * d * d - f * dd),
}

console.log(
  '\nThe root Ω = 0.567143… of x·eˣ − 1, from x = 2: |x − Ω|. Newton doubles the correct digits ' +
    'with every step, Halley triples them.',
)
const OMEGA = 0.567143290409784
const errors = Object.values(methods).map((method) => {
  let x = 2
  return Array.from({ length: 7 }, () => {
    const error = Math.abs(x - OMEGA)
    const at = float64(x)
    at.requiresGrad = true
    const f = at.mul(at.exp()).sub(1)
    const d = grad(f, at, { createGraph: true })
    const dd = grad(d, at)
    x -= method(f.item(), d.item(), dd.item())
    return error
  })
})
row('step', ...Object.keys(methods))
for (const [k, error] of errors[0].entries()) row(k, short(error), short(errors[1][k]))
