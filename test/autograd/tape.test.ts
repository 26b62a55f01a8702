// The tape by itself: ids only grow, and recording is switched on and off.

import { beforeEach, describe, expect, it } from 'vitest'
import { now, recording, withRecording } from '../../src/autograd/index.ts'
import { leaf } from './values.ts'

describe('the clock and the switch', () => {
  let before = 0
  beforeEach(() => {
    before = now()
  })

  it('ids only grow', () => {
    const [a, b] = [leaf(1), leaf(2)]
    expect(a.node?.id).toBeGreaterThan(before)
    expect(b.node?.id).toBeGreaterThan(a.node?.id as number)
    expect(now()).toBe(b.node?.id)
  })

  it('withRecording restores what was before, errors or not', () => {
    expect(
      withRecording(false, () => [recording, withRecording(true, () => recording), recording]),
    ).toEqual([false, true, false])
    expect(() =>
      withRecording(false, () => {
        throw new Error('mine')
      }),
    ).toThrow('mine')
    expect(recording).toBe(true)
  })
})
