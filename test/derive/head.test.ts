// The head of a derivation and the headings of its passes: all that the equations begin from.

import { LSTMCell, named, ones, RNN, type Tensor, tensor } from 'tapegrad'
import { derive } from 'tapegrad/derive'
import { describe, expect, test } from 'vitest'
import { undefinedIn } from './undefined.ts'

const x = ones([2, 3])
const blocks = (text: unknown): string[] => String(text).split('\n\n')

describe('the head says', () => {
  test('parameters, also those without a name', () => {
    const w = ones([3, 4], { requiresGrad: true })
    const [head] = blocks(derive(({ x }) => x.matmul(w), { x }))
    expect(head).toBe('f: x (N, D)\nparameters p1 (D, H)')
    expect(blocks(derive(new RNN(3, 4)))[0].split('\n')[1]).toBe(
      'parameters W_ih (H, D), W_hh (H, H), b_ih (H), b_hh (H)',
    )
  })

  test('constants: the number, or the shape', () => {
    const mask = named('mask', tensor(3))
    const f = ({ x }: { x: Tensor }): Tensor =>
      x
        .mul(tensor([1, 2, 3]))
        .add(tensor(7))
        .mul(mask)
    const [head, forward] = blocks(derive(f, { x }))
    expect(head).toBe('f: x (N, D)\nk1 (D): constant\nmask = 3: constant')
    expect(forward).toContain('y  = (x ⊙ k1 + 7) ⊙ mask')
    expect(derive(f, { x }).toLaTeX()).toMatch(/^% f: x \(N, D\)\n% k1 \(D\): constant\n/u)
  })
})

describe('second order', () => {
  const f = ({ x }: { x: Tensor }): Tensor => x.softmax(1)

  test('directions stand under its own heading alone, which says what ε is', () => {
    const [, , backward, second] = blocks(derive(f, { x }, { order: 2 }))
    expect(backward).not.toContain('v_x')
    expect(second.split('\n').slice(0, 3)).toEqual([
      'second order, from v_x (N, D)',
      'ε marks the gradients of Σ v_x ⊙ δx',
      '  t2  = Σⱼ v_x ⊙ y',
    ])
  })

  test('so do the rows of directions', () => {
    const derivation = derive(new LSTMCell(3, 4), { order: 2 })
    const [head, , , second] = blocks(derivation)
    expect(head).not.toContain('v_')
    expect(second).toContain('\nv_W_ii, v_W_if, v_W_ig, v_W_io (H, D): rows of v_W_ih\n')
    expect(second).toContain(' + Σ v_b_hh ⊙ δb_hh\n')
    expect(undefinedIn(derivation)).toEqual([])
  })
})
