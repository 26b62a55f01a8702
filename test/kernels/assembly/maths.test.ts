// exp, log, tanh and sigmoid against Math's, counted in units in the last place over the whole
// range of the type.
import { expect, test } from 'vitest'
import { place, random, types } from '../memory.ts'

const sigmoid = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)))
const references = { exp: Math.exp, log: Math.log, tanh: Math.tanh, sigmoid }
const names = Object.keys(references) as (keyof typeof references)[]

// Where the type over- or underflows, where reductions change, and where functions saturate.
const breakpoints = [
  0,
  1,
  -1,
  2,
  0.5,
  Math.SQRT1_2,
  Math.SQRT2,
  0.3465736,
  0.1732868,
  1.0397208,
  9.01,
  10,
  19.06,
  22,
  88.7228391,
  89,
  -87.3365448,
  -103.2789,
  -103.972077,
  -104,
  709.782712893384,
  710,
  -708.3964185322641,
  -744.4400719213812,
  -745.1332191019411,
  -746,
  1.17549435e-38,
  2.2250738585072014e-308,
]

/**
 * Every exponent of either sign with `each` mantissas, random bits, and the neighbours of the
 * breakpoints.
 */
function samples(
  name: 'float32' | 'float64',
  each: number,
  bits: number,
): Float32Array | Float64Array {
  const next = random(7)
  const exponents = name === 'float32' ? 256 : 2048
  const near = 400
  const count = 2 * exponents * each + bits + breakpoints.length * near
  const words = new Uint32Array(name === 'float32' ? count : 2 * count)
  const word = () => Math.floor(next() * 2 ** 32)
  if (name === 'float32') {
    let i = 0
    for (let e = 0; e < 2 * exponents; e++)
      for (let k = 0; k < each; k++)
        words[i++] = e * 2 ** 23 + (k ? Math.floor(next() * 2 ** 23) : 0)
    for (let k = 0; k < bits; k++) words[i++] = word()
    const one = new Float32Array(1)
    for (const x of breakpoints) {
      one[0] = x
      const center = new Uint32Array(one.buffer)[0] as number
      for (let k = 0; k < near; k++) words[i++] = center + k - near / 2
    }
    return new Float32Array(words.buffer)
  }
  let i = 0
  for (let e = 0; e < 2 * exponents; e++) {
    for (let k = 0; k < each; k++) {
      words[i++] = k ? word() : 0
      words[i++] = e * 2 ** 20 + (k ? Math.floor(next() * 2 ** 20) : 0)
    }
  }
  for (let k = 0; k < 2 * bits; k++) words[i++] = word()
  const numbers = new Float64Array(words.buffer)
  i /= 2
  // float64 rarely falls where these functions vary: half of the neighbours are taken wider.
  for (const x of breakpoints)
    for (let k = 0; k < near; k++)
      numbers[i++] = x * (1 + (k - near / 2) * (k % 2 ? 1e-3 : 2 ** -52))
  return numbers
}

/** Numbers of the type in order, as integers: the difference of two is their distance in ulp. */
const order = {
  float32: (values: ArrayBuffer) =>
    Array.from(new Int32Array(values), (b) => BigInt(b < 0 ? -(b & 0x7fffffff) : b)),
  float64: (values: ArrayBuffer) =>
    Array.from(new BigInt64Array(values), (b) => (b < 0n ? -(b & 0x7fffffffffffffffn) : b)),
}

for (const { name, kernels, array, read } of types) {
  for (const kernel of names) {
    test(`${name} ${kernel} is within 4 ulp`, () => {
      const x = name === 'float32' ? samples(name, 3000, 600_000) : samples(name, 60, 50_000)
      const [p] = place(x) as [number]
      kernels[kernel](p, p, x.length)
      const got = read(p, x.length)
      const expected = array(Array.from(x, references[kernel]))
      const gotOrder = order[name](got.buffer)
      const expectedOrder = order[name](expected.buffer)
      let worst = 0
      let at = 0
      for (let i = 0; i < x.length; i++) {
        const difference = Number((gotOrder[i] as bigint) - (expectedOrder[i] as bigint))
        const ulp = Number.isNaN(expected[i])
          ? Number.isNaN(got[i])
            ? 0
            : Infinity
          : Number.isNaN(got[i])
            ? Infinity
            : Math.abs(difference)
        if (ulp > worst) {
          worst = ulp
          at = i
        }
      }
      expect(
        worst,
        `${kernel}(${x[at]}) gave ${got[at]}, expected ${expected[at]}`,
      ).toBeLessThanOrEqual(4)
      process.stdout.write(
        `${name} ${kernel}: worst ${worst} ulp of ${x.length} samples, at ${x[at]}\n`,
      )
    })
  }
}

const specials: { [K in keyof typeof references]: [number, number][] } = {
  exp: [
    [0, 1],
    [-0, 1],
    [Infinity, Infinity],
    [-Infinity, 0],
    [NaN, NaN],
    [1e30, Infinity],
    [-1e30, 0],
  ],
  log: [
    [0, -Infinity],
    [-0, -Infinity],
    [1, 0],
    [Infinity, Infinity],
    [-1, NaN],
    [-Infinity, NaN],
    [NaN, NaN],
    [-1e-40, NaN],
  ],
  tanh: [
    [0, 0],
    [-0, -0],
    [Infinity, 1],
    [-Infinity, -1],
    [NaN, NaN],
    [1e30, 1],
    [-1e30, -1],
  ],
  sigmoid: [
    [0, 0.5],
    [-0, 0.5],
    [Infinity, 1],
    [-Infinity, 0],
    [NaN, NaN],
    [1e30, 1],
    [-1e30, 0],
  ],
}
test.each(types)('$name: special values', ({ kernels, array, read }) => {
  for (const kernel of names) {
    const [p] = place(array(specials[kernel].map(([x]) => x))) as [number]
    kernels[kernel](p, p, specials[kernel].length)
    expect([...read(p, specials[kernel].length)], kernel).toEqual(
      specials[kernel].map(([, y]) => y),
    )
  }
})

test('the smallest and the largest results', () => {
  const [f32, f64] = types as [(typeof types)[0], (typeof types)[0]]
  const run = ({ kernels, array, read }: typeof f32, x: number[]) => {
    const [p] = place(array(x)) as [number]
    kernels.exp(p, p, x.length)
    return [...read(p, x.length)]
  }
  expect(run(f32, [88.72283, 88.72284, -103.97, -103.98])).toEqual([
    expect.closeTo(3.40279851902147e38, -34),
    Infinity,
    2 ** -149,
    0,
  ])
  expect(run(f64, [709.782712893384, 709.7827128933841, -745.13, -745.14])).toEqual([
    expect.any(Number),
    Infinity,
    5e-324,
    0,
  ])
})
