// The example that derives a cell of its own, as text and as LaTeX.
import { expect, test } from 'vitest'
import { equationsIn, parse } from '../derive/language.ts'
import { controlCodes, run } from './run.ts'

test('the equations of a minimal gated unit', async () => {
  const { code, stdout, stderr } = await run('derive')
  expect({ code, stderr, codes: controlCodes(stdout) }).toEqual({ code: 0, stderr: '', codes: '' })
  const equations = equationsIn(stdout)
  for (const [, expression] of equations) expect(() => parse(expression)).not.toThrow()
  expect(Object.fromEntries(equations)).toMatchObject({
    δz_n: 'δh′ ⊙ f ⊙ (1 − n²)',
    δz_f: '(δh′ ⊙ (n − h) + δm ⊙ h) ⊙ f ⊙ (1 − f)',
    δW_h_n: 'δz_nᵀ m',
  })
})

test('in LaTeX; another form is refused', async () => {
  const { code, stdout } = await run('derive', 'latex')
  expect(code).toBe(0)
  expect(stdout).toContain("\\delta z_{n} &= \\delta h' \\odot f \\odot \\left(1 - {n}^{2}\\right)")
  expect(await run('derive', 'html')).toMatchObject({ code: 2, stdout: '' })
})
