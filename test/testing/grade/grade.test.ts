// What grade() says of functions that are wrong, incomplete, or give up: its fields, and its text.
import { grade } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { agrees } from '../../../src/testing/grade/compare.ts'
import { type Answer, answerOf, questions } from '../../../src/testing/grade/exam.ts'
import type { Nested } from '../../../src/testing/grade/layout.ts'
import { mistakesIn } from '../../../src/testing/grade/mistakes/index.ts'
import { right } from '../../../src/testing/grade/pieces.ts'
import * as d0 from '../../documents/oracle/d0.ts'
import * as d2 from '../../documents/oracle/d2.ts'
import * as d4 from '../../documents/oracle/d4.ts'
import { course } from './students.ts'
import { variant, written } from './variants.ts'

const columns = { layout: 'columns', sequence: true } as const
const rows = { layout: 'rows', cell: 'rnn' } as const
const forms = (['rnn', 'lstm'] as const).flatMap((cell) =>
  (['columns', 'rows'] as const).flatMap((layout) =>
    [false, true].map((sequence) => ({ cell, layout, sequence })),
  ),
)
type Step = typeof d2.rnnStepBackward
/** D2's step with something done to what it returns. */
const after = (change: (g: ReturnType<Step>) => unknown) =>
  function student(...args: Parameters<Step>) {
    return change(d2.rnnStepBackward(...args))
  }

describe('the errata', () => {
  test('E1: nothing is carried', () => {
    const result = grade(d0.lstmBackwardAsPublished, { ...columns, cell: 'lstm' })
    expect(result.correct).toBe(false)
    expect(result.mistakes.map(({ name }) => name)).toEqual(['nothing is carried'])
    // As docs/documents.md says, the forget gate is right up to two steps.
    expect(result.gradients.map(({ name, length, step }) => [name, length, step])).toEqual([
      ['dx', 2, 1],
      ['da0', 2, null],
      ['dWf', 3, null],
      ['dbf', 3, null],
      ...['dWi', 'dbi', 'dWc', 'dbc', 'dWo', 'dbo'].map((name) => [name, 2, null]),
    ])
    expect(String(result)).toMatchSnapshot()
  })

  test('E2: the carry is forgotten', () => {
    const result = grade(d4.rnnBackwardAsPublished, { ...columns, cell: 'rnn' })
    expect(result.mistakes.map(({ name }) => name)).toEqual(['the carry is forgotten'])
    expect(String(result)).toMatchSnapshot()
  })
})

test('a gradient that is wrong by itself, by no known mistake', () => {
  const result = grade(
    after((g) => ({ ...g, dWh: g.dWh.map((row) => row.map((v) => v * 1.0001)) })),
    rows,
  )
  expect(result.mistakes).toEqual([])
  expect(result.gradients.filter(({ right }) => !right).map(({ name }) => name)).toEqual(['dWh'])
  expect(String(result)).toMatchSnapshot()
})

test('the first step that is wrong, where several are: on the way back the last one', () => {
  const { rnnBackward } = course('d0', [['joinColumns(dx)', 'joinColumns([...dx].reverse())']])
  const [dx, ...others] = grade(rnnBackward, { ...columns, cell: 'rnn' }).gradients
  expect(dx).toMatchObject({ name: 'dx', right: false, length: 2, step: 2 })
  expect(others.every(({ right }) => right)).toBe(true)
})

test('two mistakes at once', () => {
  const { lstmBackward } = course('d2', [
    ['(1 - g * g) * dg', '(1 - g) * dg'],
    ['add(dWh, g.dWh)', 'g.dWh'],
    ['add(dWx, g.dWx)', 'g.dWx'],
  ])
  const result = grade(lstmBackward, { layout: 'rows', cell: 'lstm', sequence: true })
  expect(result.mistakes.map(({ name }) => name)).toEqual([
    'the weights are those of one step',
    '1 − y instead of 1 − y², in the candidate',
  ])
  expect(String(result)).toContain(
    'Two mistakes at once: the weights are those of one step; 1 − y instead of 1 − y², in the ' +
      'candidate.',
  )
})

test('a known mistake beside a gradient that nothing explains is not named', () => {
  const { rnnStepBackward } = course('d2', [
    ['(1 - h * h)', '(1 - h)'],
    ['sumRows(da)', 'sumRows(da).map((v) => v + 1)'],
  ])
  expect(grade(rnnStepBackward, rows).mistakes).toEqual([])
})

test('a wrong state’s gradient, however the rest is written', () => {
  for (const form of forms) {
    const source = variant(form, 7)
    const wrong = source.replace(': g.h,', ': add(g.h, g.h),').replace(': g.h ', ': add(g.h, g.h) ')
    const graded = grade(written(wrong), form).gradients
    const bad = graded.filter(({ right }) => !right).map(({ name }) => name)
    expect(bad).toEqual([graded[1].name])
  }
})

test('gradients that are missing, of another shape, ragged, or not numbers', () => {
  const result = grade(
    after(({ dx, dprev_h, dWx, dWh }) => ({
      dx: dx.flat(),
      dprev_h: [...dprev_h.slice(1), []],
      dWx: dWx.map((row) => row.map(() => Number.NaN)),
      dWh,
    })),
    rows,
  )
  expect(result.gradients.map(({ name, deviation }) => [name, deviation])).toEqual([
    ['dx', { problem: 'shape', got: 'has the shape (6)', expected: '(2, 3)' }],
    ['dprev_h', { problem: 'shape', got: 'is no array of numbers', expected: '(2, 4)' }],
    [
      'dWx',
      { problem: 'numbers', at: [0, 0], got: Number.NaN, expected: expect.any(Number) as number },
    ],
    ['dWh', null],
    ['db', { problem: 'missing' }],
  ])
  expect(String(result)).toMatchSnapshot()
})

test.each([
  [
    'throws',
    () => {
      throw new TypeError('dz is not defined')
    },
    'TypeError: dz is not defined (N = 2, D = 3, H = 4)',
  ],
  [
    'throws a string',
    () => {
      throw 'up'
    },
    'up (N = 2, D = 3, H = 4)',
  ],
  [
    'returns nothing',
    () => {},
    'expected an array, or an object with dx, dprev_h, dWx, dWh, db, got undefined (N = 2, D = 3, H = 4)',
  ],
  [
    'returns a promise',
    async () => [],
    'expected an array, or an object with dx, dprev_h, dWx, dWh, db, got Promise (N = 2, D = 3, H = 4)',
  ],
] as [string, () => unknown, string][])('a function that %s', (_, student, thrown) => {
  const result = grade(student, rows)
  expect(result).toMatchObject({ correct: false, thrown, gradients: [], mistakes: [] })
  expect(String(result)).toContain(`It failed: ${thrown}`)
})

test('a function that throws for some sizes: the others are graded', () => {
  const picky: Step = (dh, cache) => {
    if (dh.length !== 3) throw new Error('three, please')
    return d2.rnnStepBackward(dh, cache)
  }
  const result = grade(picky, rows)
  expect(result.gradients.every(({ right }) => right)).toBe(true)
  expect(result).toMatchObject({
    correct: false,
    thrown: 'Error: three, please (N = 2, D = 3, H = 4)',
  })
})

test('a known mistake, but a function that throws where the mistake alone would not: not named', () => {
  const { rnnStepBackward } = course('d2', [['(1 - h * h)', '(1 - h)']])
  const picky = (dh: never[], cache: never) => {
    if (dh.length !== 3) throw new Error('three, please')
    return rnnStepBackward(dh as never, cache)
  }
  expect(grade(rnnStepBackward, rows).mistakes).toHaveLength(1)
  expect(grade(picky, rows).mistakes).toEqual([])
})

test('sums that are kept from call to call', () => {
  const kept = new Map<string, number[]>()
  const result = grade(
    after((g) => {
      const key = String(g.db.length)
      const db = g.db.map((v, k) => v + (kept.get(key)?.[k] ?? 0))
      kept.set(key, db)
      return { ...g, db }
    }),
    rows,
  )
  expect(result.repeatable).toBe(false)
  expect(result.correct).toBe(false)
  expect(String(result)).toContain('sums are kept from call to call, or random numbers are drawn')
})

test('a function that writes into its arguments does no harm', () => {
  const student: Step = (dh, cache) => {
    const result = d2.rnnStepBackward(dh, cache)
    for (const row of [...dh, ...cache.Wx, ...cache.x, ...cache.next_h]) row.fill(Number.NaN)
    return result
  }
  expect(grade(student, rows).correct).toBe(true)
})

describe('with a forward function', () => {
  const forward = (x: number[][], h: number[][], Wx: number[][], Wh: number[][], b: number[]) => {
    const { next_h, cache } = d2.rnnStepForward(x, h, { Wx, Wh, b })
    return [next_h, [cache]] as const
  }
  const backward = (dh: number[][], [cache]: [Parameters<Step>[1]]) => d2.rnnStepBackward(dh, cache)

  test('its cache is what the backward function gets', () => {
    const result = grade(backward, { ...rows, forward })
    expect(result.correct).toBe(true)
    expect(result.forward.map(({ name, right }) => [name, right])).toEqual([['next_h', true]])
  })

  test('the documents’ own, in objects', () => {
    const lstm = { layout: 'columns', cell: 'lstm' } as const
    expect(grade(d0.lstmCellBackward, { ...lstm, forward: d0.lstmCellForward }).correct).toBe(true)
    const all = { ...lstm, sequence: true, forward: d0.lstmForward }
    expect(grade(d0.lstmBackward, all).correct).toBe(true)
    const rnn = { ...columns, cell: 'rnn', forward: d0.rnnForward } as const
    expect(grade(d0.rnnBackward, rnn).correct).toBe(true)
  })

  test('one that is wrong is told, and nothing else is graded', () => {
    const wrong = (...args: Parameters<typeof forward>) => {
      const [h, cache] = forward(...args)
      return [h.map((row) => row.map(Math.tanh)), cache]
    }
    const result = grade(backward, { ...rows, forward: wrong })
    expect(result).toMatchObject({ correct: false, gradients: [], forward: [{ right: false }] })
    expect(String(result)).toMatchSnapshot()
  })

  test('one that throws', () => {
    const result = grade(backward, {
      ...rows,
      forward: () => {
        throw new Error('no')
      },
    })
    expect(result).toMatchObject({ correct: false, thrown: 'Error: no (N = 2, D = 3, H = 4)' })
  })
})

test('columns’ caches are read by names, or one after another', () => {
  const seen: unknown[][] = []
  grade(
    (_: unknown, cache: Iterable<unknown> & Record<string, unknown>) => {
      const { a_next, a_prev, xt, parameters } = cache
      seen.push([...cache], [a_next, a_prev, xt, parameters])
      return d0.rnnCellBackward(_ as never, cache as never)
    },
    { layout: 'columns', cell: 'rnn' },
  )
  expect(seen[0]).toEqual(seen[1])
  expect(Object.keys(seen[0][3] as object).sort()).toEqual(['Waa', 'Wax', 'Wya', 'ba', 'by'])
})

/** Whether two answers are told apart by some gradient. */
const differ = (a: Answer, b: Answer): boolean => {
  if ('thrown' in a || 'thrown' in b) return 'thrown' in a !== 'thrown' in b
  return Object.keys(a.returned).some(
    (name) => !agrees(a.returned[name], b.returned[name] as Nested),
  )
}

test.each(forms)(
  'every mistake is told from the right function and from all others: %o',
  (form) => {
    const asked = questions(form)
    const known = [{ name: 'right', pieces: {} }, ...mistakesIn(form)].map(({ name, pieces }) => ({
      name,
      answers: asked.map((question) => answerOf(question, { ...right, ...pieces })),
    }))
    const alike = known.flatMap((one, k) =>
      known
        .slice(k + 1)
        .filter(({ answers }) => !answers.some((answer, q) => differ(answer, one.answers[q])))
        .map(({ name }) => `${one.name} = ${name}`),
    )
    expect(alike).toEqual([])
    expect(known.length).toBeGreaterThan(20)
  },
)

test('there are enough mistakes', () => {
  const names = forms.flatMap((form) => mistakesIn(form).map(({ name }) => name))
  expect(new Set(names).size).toBeGreaterThan(80)
})
