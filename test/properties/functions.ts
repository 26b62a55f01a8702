// Random functions for the properties of derivatives: smooth ones, homogeneous ones, polynomials
// with exact derivatives, and diamonds. Asserts nothing.

import fc from 'fast-check'
import type { Tensor } from 'tapegrad'
import { plain, toTensor } from '../support/cases.ts'
import { sixteenths } from '../support/numbers.ts'
import { d } from '../support/tensors.ts'

/** A function of one tensor that prints as its formula. */
export class Formula {
  readonly text: string
  readonly run: (x: Tensor) => Tensor
  /** f(t·x) = tᵈ·f(x), where that is meant to hold. */
  readonly degree: number

  constructor(text: string, run: (x: Tensor) => Tensor, degree = Number.NaN) {
    this.text = text
    this.run = run
    this.degree = degree
  }

  [fc.toStringMethod](): string {
    return this.text
  }
}

const matrix = (n: number): fc.Arbitrary<{ text: string; A: () => Tensor }> =>
  plain([n, n], sixteenths(-1, 1)).map((A) => ({
    text: `[${A.values}]`,
    A: () => toTensor(A),
  }))

/** Σ w·e of a vector function, with uneven weights. */
const weighed = (n: number, inner: fc.Arbitrary<Formula>): fc.Arbitrary<Formula> =>
  fc
    .tuple(plain([n]), inner)
    .map(
      ([{ values }, e]) =>
        new Formula(`⟨[${values}], ${e.text}⟩`, (x) => e.run(x).mul(d(values)).sum(), e.degree),
    )

const smoothUnaries = ['sin', 'cos', 'tanh', 'sigmoid', 'softplus', 'square', 'softmax'] as const

/** Smooth functions of x (n) with one number as their result. */
export const smooth = (n: number): fc.Arbitrary<Formula> =>
  weighed(
    n,
    fc.letrec<{ e: Formula }>((tie) => ({
      e: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.constant(new Formula('x', (x) => x)),
        fc
          .tuple(fc.constantFrom(...smoothUnaries), tie('e'))
          .map(([op, a]) => new Formula(`${op}(${a.text})`, (x) => a.run(x)[op]())),
        fc.tuple(fc.constantFrom('add', 'sub', 'mul'), tie('e'), tie('e')).map(([op, a, b]) => {
          const name = op as 'add' | 'sub' | 'mul'
          return new Formula(`${name}(${a.text}, ${b.text})`, (x) => a.run(x)[name](b.run(x)))
        }),
        fc
          .tuple(matrix(n), tie('e'))
          .map(
            ([{ text, A }, a]) => new Formula(`${text} @ ${a.text}`, (x) => A().matmul(a.run(x))),
          ),
      ),
    })).e,
  )

/** (e² + ‖x‖²ᵈ)^½: of the degree of e, and never 0. */
const sizeOf = (e: Formula, x: Tensor): Tensor =>
  e.run(x).square().add(x.square().sum().pow(e.degree)).sqrt()

/**
 * Positively homogeneous functions of x (n), x not 0, with one number as their result: of norms,
 * products, quotients, powers and chains of matrix products.
 */
export const homogeneous = (n: number): fc.Arbitrary<Formula> =>
  weighed(
    n,
    fc.letrec<{ e: Formula }>((tie) => {
      const [one, two] = [tie('e'), fc.tuple(tie('e'), tie('e'))]
      return {
        e: fc
          .oneof(
            { maxDepth: 3, withCrossShrink: true },
            fc.constant(new Formula('x', (x) => x, 1)),
            fc.constant(new Formula('x·‖x‖', (x) => x.mul(x.square().sum().sqrt()), 2)),
            fc
              .tuple(matrix(n), one)
              .map(
                ([{ text, A }, a]) =>
                  new Formula(`${text} @ ${a.text}`, (x) => A().matmul(a.run(x)), a.degree),
              ),
            fc.tuple(fc.constantFrom('relu', 'abs', 'neg'), one).map(([op, a]) => {
              const name = op as 'relu' | 'abs' | 'neg'
              return new Formula(`${name}(${a.text})`, (x) => a.run(x)[name](), a.degree)
            }),
            two.map(
              ([a, b]) =>
                new Formula(
                  `(${a.text} · ${b.text})`,
                  (x) => a.run(x).mul(b.run(x)),
                  a.degree + b.degree,
                ),
            ),
            two.map(
              ([a, b]) =>
                new Formula(
                  `(${a.text} / size(${b.text}))`,
                  (x) => a.run(x).div(sizeOf(b, x)),
                  a.degree - b.degree,
                ),
            ),
            two.map(
              ([a, b]) =>
                new Formula(
                  `(${a.text}·size(${b.text}) + max(${b.text})·size(${a.text}))`,
                  (x) =>
                    a
                      .run(x)
                      .mul(sizeOf(b, x))
                      .add(b.run(x).max().mul(sizeOf(a, x))),
                  a.degree + b.degree,
                ),
            ),
            fc
              .tuple(fc.constantFrom(0.5, 1.5, -1), one)
              .map(
                ([p, a]) =>
                  new Formula(`size(${a.text})^${p}`, (x) => sizeOf(a, x).pow(p), a.degree * p),
              ),
            fc
              .tuple(one, one, one)
              .map(
                ([a, b, c]) =>
                  new Formula(
                    `${a.text} @ ${b.text}ᵀ @ ${c.text}`,
                    (x) => a.run(x).unsqueeze(1).matmul(b.run(x).unsqueeze(0)).matmul(c.run(x)),
                    a.degree + b.degree + c.degree,
                  ),
              ),
          )
          .filter((e) => Math.abs(e.degree) <= 5),
      }
    }).e,
  )

/** A polynomial in x, y, z: every term a factor and the three powers. */
export class Polynomial {
  readonly terms: readonly { c: number; powers: readonly number[] }[]

  constructor(terms: Polynomial['terms']) {
    this.terms = terms
  }
  plus(other: Polynomial): Polynomial {
    return new Polynomial([...this.terms, ...other.terms])
  }
  times(other: Polynomial): Polynomial {
    return new Polynomial(
      this.terms.flatMap((a) =>
        other.terms.map((b) => ({
          c: a.c * b.c,
          powers: a.powers.map((p, i) => p + (b.powers[i] as number)),
        })),
      ),
    )
  }
  /** The partial derivative by one of x, y, z. */
  by(which: number): Polynomial {
    return new Polynomial(
      this.terms.flatMap(({ c, powers }) => {
        const p = powers[which] as number
        return p === 0 ? [] : [{ c: c * p, powers: powers.with(which, p - 1) }]
      }),
    )
  }
  /** This polynomial with `value` in the place of one of x, y, z. */
  with(which: number, value: Polynomial): Polynomial {
    return this.terms.reduce((sum, { c, powers }) => {
      let term = new Polynomial([{ c, powers: powers.with(which, 0) }])
      for (let k = 0; k < (powers[which] as number); k++) term = term.times(value)
      return sum.plus(term)
    }, new Polynomial([]))
  }
  at(...values: number[]): number {
    return this.terms.reduce(
      (sum, { c, powers }) =>
        sum + powers.reduce((product, p, i) => product * (values[i] ?? 0) ** p, c),
      0,
    )
  }
  /** The same on tensors, by repeated products. */
  run(...values: Tensor[]): Tensor {
    return this.terms.reduce((sum, { c, powers }) => {
      let term = d(c)
      for (const [i, p] of powers.entries())
        for (let k = 0; k < p; k++) term = term.mul(values[i] as Tensor)
      return sum.add(term)
    }, d(0))
  }
  [fc.toStringMethod](): string {
    return (
      this.terms
        .map(
          ({ c, powers }) =>
            `${c}${powers.map((p, i) => (p === 0 ? '' : `${'xyz'[i]}${p === 1 ? '' : `^${p}`}`)).join('')}`,
        )
        .join(' + ') || '0'
    )
  }
}

/** Polynomials in the first `variables` of x, y, z, each to a power of at most `power`. */
export const polynomials = (variables: number, power: number): fc.Arbitrary<Polynomial> =>
  fc
    .array(
      fc.record({
        c: fc.integer({ min: -2, max: 2 }),
        powers: fc.tuple(...[0, 1, 2].map((i) => (i < variables ? fc.nat(power) : fc.constant(0)))),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map((terms) => new Polynomial(terms))

const DIAMOND_OPS = ['mean', 'sub', 'tanh·', 'sin'] as const

/**
 * A graph of scalars: the first two are the inputs, and every other is computed from any two before
 * it.
 */
export class Diamonds {
  readonly nodes: readonly { op: (typeof DIAMOND_OPS)[number]; a: number; b: number }[]

  constructor(draws: readonly (readonly [(typeof DIAMOND_OPS)[number], number, number])[]) {
    this.nodes = draws.map(([op, a, b], i) => ({ op, a: a % (i + 2), b: b % (i + 2) }))
  }
  run(inputs: readonly Tensor[]): Tensor {
    const values = [...inputs]
    for (const { op, a, b } of this.nodes) {
      const [p, q] = [values[a] as Tensor, values[b] as Tensor]
      values.push(
        op === 'mean'
          ? p.add(q).mul(0.5)
          : op === 'sub'
            ? p.sub(q)
            : op === 'sin'
              ? p.sin()
              : p.mul(q).tanh(),
      )
    }
    return values.at(-1) as Tensor
  }
  /**
   * ∂last/∂input by the definition: over every path, the product of the local derivatives on it.
   */
  sumOverPaths(at: readonly number[], input: number): number {
    const values = [...at]
    for (const { op, a, b } of this.nodes) {
      const [p, q] = [values[a] as number, values[b] as number]
      values.push(
        op === 'mean'
          ? (p + q) / 2
          : op === 'sub'
            ? p - q
            : op === 'sin'
              ? Math.sin(p)
              : Math.tanh(p * q),
      )
    }
    const paths = (from: number): number => {
      if (from < 2) return Number(from === input)
      const { op, a, b } = this.nodes[from - 2] as (typeof this.nodes)[number]
      const [p, q] = [values[a] as number, values[b] as number]
      if (op === 'sin') return Math.cos(p) * paths(a)
      const slope = op === 'tanh·' ? 1 - Math.tanh(p * q) ** 2 : 1
      const [byA, byB] =
        op === 'mean' ? [0.5, 0.5] : op === 'sub' ? [1, -1] : [slope * q, slope * p]
      return byA * paths(a) + byB * paths(b)
    }
    return paths(values.length - 1)
  }
  [fc.toStringMethod](): string {
    return this.nodes
      .map(({ op, a, b }, i) => `n${i + 2} = ${op}(n${a}${op === 'sin' ? '' : `, n${b}`})`)
      .join('; ')
  }
}

export const diamonds: fc.Arbitrary<Diamonds> = fc
  .array(fc.tuple(fc.constantFrom(...DIAMOND_OPS), fc.nat(11), fc.nat(11)), {
    minLength: 1,
    maxLength: 10,
  })
  .map((draws) => new Diamonds(draws))
