// The example of second derivatives: its tables must show the convergence its headings promise.
import { expect, test } from 'vitest'
import { controlCodes, run } from './run.ts'

test(
  "Newton's method converges quadratically, Halley's cubically, gradient descent does not get " +
    'there',
  async () => {
    const { code, stdout, stderr } = await run('newton')
    expect({ code, stderr, codes: controlCodes(stdout) }).toEqual({
      code: 0,
      stderr: '',
      codes: '',
    })
    const [newton, descent, root] = stdout.split('\n\n').map((table) =>
      table
        .split('\n')
        .filter((line) => /^ +\d/.test(line))
        .map((line) => line.trim().split(/ +/).map(Number)),
    )
    expect(newton.map(([step]) => step)).toEqual([0, 1, 2, 3, 4, 5, 6])
    const distances = newton.map(([, , distance]) => distance)
    expect(distances[4]).toBeLessThan(0.1)
    expect(distances[5]).toBeLessThan(distances[4] ** 2)
    expect(distances[6]).toBeLessThan(distances[5] ** 2)

    expect(descent[descent.length - 1][0]).toBe(6000)
    expect(descent[descent.length - 1][2]).toBeGreaterThan(0.05)

    const [newtonErrors, halleyErrors] = [1, 2].map((column) => root.map((row) => row[column]))
    // The limits of eₖ₊₁ / eₖ² and eₖ₊₁ / eₖ³ at the root: f″ / 2f′ = 0.819 and (3f″² − 2f′f‴) /
    // 12f′² = 0.291.
    for (const k of [5, 6]) expect(newtonErrors[k] / newtonErrors[k - 1] ** 2).toBeCloseTo(0.819, 1)
    expect(halleyErrors[3] / halleyErrors[2] ** 3).toBeCloseTo(0.291, 1)
  },
)
