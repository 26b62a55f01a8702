// The drawing of a tape: what it shows, and what is said without the package that draws it.

import { LibraryError, tape } from 'tapegrad'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { leaf } from '../../../support/tensors.ts'
import { recurrence } from './graphs.ts'

describe('SVG', () => {
  afterEach(() => {
    vi.doUnmock('@viz-js/viz')
    vi.resetModules()
  })

  const textsOf = (svg: string): string[] =>
    [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text)

  test('shows every op, parameter and shape', async () => {
    const { names, hs } = recurrence(50)
    const svg = await tape(hs[49].square(), { names }).toSVG()
    expect(svg).toMatch(/<svg [\s\S]*<\/svg>\s*$/)
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining([
        '× 50',
        'affine',
        'add',
        'tanh',
        'square',
        'weight_hh',
        'h0',
        '→ %5 (2, 5)',
      ]),
    )
  })

  test('says how to get the package that draws it', async () => {
    vi.doMock('@viz-js/viz', () => {
      throw new Error('Cannot find package')
    })
    await expect(tape(leaf([1], 'float32').exp()).toSVG()).rejects.toThrow(LibraryError)
    await expect(tape(leaf([1], 'float32').exp()).toSVG()).rejects.toThrow(
      /^tape: expected @viz-js\/viz, .*: npm install @viz-js\/viz \(/,
    )
  })
})
