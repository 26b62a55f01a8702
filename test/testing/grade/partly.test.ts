// What grade says of functions that are right for one example alone, or for small gradients alone;
// and of those that get the caches of their own course.
import { grade } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { type Course, course, type Edit } from './students.ts'

type Any = (...args: never[]) => unknown
type Nested = number | Nested[]
const each = (f: (v: number) => number, value: Nested): Nested =>
  typeof value === 'number' ? f(value) : value.map((v) => each(f, v))
/** Every number that is returned, changed. */
const changed = (right: Any, f: (v: number) => number) =>
  function student(...args: never[]) {
    const all = Object.entries(right(...args) as Record<string, Nested>)
    return Object.fromEntries(all.map(([name, value]) => [name, each(f, value)]))
  }
const clip = (bound: number) => (v: number) => Math.max(-bound, Math.min(bound, v))
const forms = (['rnn', 'lstm'] as const).flatMap((cell) =>
  (['columns', 'rows'] as const).flatMap((layout) =>
    [false, true].map((sequence) => ({ cell, layout, sequence })),
  ),
)
type Form = (typeof forms)[number]
const backward = (from: Course, { cell, layout, sequence }: Form): Any =>
  from[`${cell}${sequence ? '' : layout === 'columns' ? 'Cell' : 'Step'}Backward`] as Any
const documentOf = ({ layout }: Form) => (layout === 'columns' ? 'd0' : 'd2')
const courses = { d0: course('d0'), d2: course('d2') }
const right = (form: Form): Any => backward(courses[documentOf(form)], form)
const namesOf = (student: Any, form: Form) => {
  const { correct, mistakes } = grade(student, form)
  expect(correct).toBe(false)
  return mistakes.map(({ name }) => name)
}

describe('clipped gradients are not right', () => {
  test.each(forms)('to ±5, ±1 or ±100, in what is returned: %o', (form) => {
    for (const bound of [5, 1, 100]) {
      const { mistakes } = grade(changed(right(form), clip(bound)), form)
      expect(mistakes.map(({ name }) => name)).toEqual(['the gradients are clipped'])
      expect(mistakes[0].says).toContain(`cut off at ±${bound}.`)
    }
  })

  test('in every step of a sequence', () => {
    const cut = (text: string): string => `each((v) => Math.max(-5, Math.min(5, v)), ${text})`
    const edits: Edit[] = [
      [
        'add(columnsAt(da, t), da_prevt), caches',
        `${cut('add(columnsAt(da, t), da_prevt)')}, caches`,
      ],
    ]
    const form = { cell: 'rnn', layout: 'columns', sequence: true } as const
    expect(namesOf(course('d0', edits).rnnBackward as Any, form)).toHaveLength(1)
  })

  test('scaled down by their norm', () => {
    const form = { cell: 'rnn', layout: 'rows', sequence: true } as const
    const scaled: Any = (...args) => {
      const all = right(form)(...args) as Record<string, Nested>
      const norm = (value: Nested): number => Math.hypot(...([value].flat(9) as number[]))
      return Object.fromEntries(
        Object.entries(all).map(([name, value]) => [
          name,
          each((v) => v * Math.min(1, 5 / (norm(value) || 1)), value),
        ]),
      )
    }
    expect(namesOf(scaled, form)).toEqual(['it is not linear in the upstream gradients'])
  })
})

describe('right for a batch of one example', () => {
  test('the first example alone enters all sums', () => {
    const edits: Edit[] = [
      ['times(transpose(x), da)', 'times(transpose([x[0]]), [da[0]])'],
      ['times(transpose(prev_h), da)', 'times(transpose([prev_h[0]]), [da[0]])'],
    ]
    for (const form of forms.filter(({ layout }) => layout === 'rows')) {
      expect(namesOf(backward(course('d2', edits), form), form)).toEqual([
        'the weights are those of the first example',
      ])
      const all: Edit[] = [...edits, ['sumRows(da)', 'da[0]']]
      expect(namesOf(backward(course('d2', all), form), form)).toEqual([
        'weights and bias are those of the first example',
      ])
    }
  })

  test('whatever else it does with the others', () => {
    for (const form of forms) {
      const picky: Any = (...args) => {
        const all = right(form)(...args) as Record<string, Nested>
        const upstream = args[0] as Nested[][]
        const N = form.layout === 'rows' ? upstream.length : upstream[0].length
        return Object.fromEntries(
          Object.entries(all).map(([name, value]) => [name, each((v) => v * N ** 2, value)]),
        )
      }
      expect(namesOf(picky, form)).toEqual(['it is right for a batch of one example only'])
    }
  })

  test('a function that is wrong there alone is not right', () => {
    for (const form of forms) {
      const picky: Any = (...args) => {
        const upstream = args[0] as Nested[][]
        const N = form.layout === 'rows' ? upstream.length : upstream[0].length
        return changed(right(form), (v) => (N === 1 ? 2 * v : v))(...args)
      }
      expect(namesOf(picky, form)).toEqual([])
    }
  })
})

describe('gradients in each other’s place', () => {
  const namesIn = (form: Form): string[] =>
    grade(right(form), form).gradients.map(({ name }) => name)
  const swapped = (form: Form, a: string, b: string): Any => {
    const names = namesIn(form)
    return function student(...args: never[]) {
      const all = right(form)(...args) as Record<string, Nested>
      return names.map((name) => all[name === a ? b : name === b ? a : name])
    }
  }
  test.each(forms)('are named: %o', (form) => {
    const names = namesIn(form)
    const [a, b] = names.filter((name) => /^dW/.test(name))
    for (const other of [b, names.at(-1) as string]) {
      const { correct, mistakes } = grade(swapped(form, a, other), form)
      expect(correct).toBe(false)
      expect(mistakes.map(({ name }) => name)).toEqual([
        'the numbers are those of another gradient',
      ])
    }
  })
  test('says which', () => {
    const form = { cell: 'lstm', layout: 'rows', sequence: false } as const
    const { mistakes } = grade(swapped(form, 'dprev_h', 'dprev_c'), form)
    expect(mistakes[0].says).toContain(
      'dprev_h has the numbers of dprev_c, dprev_c has the numbers of dprev_h.',
    )
    expect(mistakes[0].says).toContain('the order is dx, dprev_h, dprev_c, dWx, dWh, db;')
  })
})

describe('a function that changes its arguments', () => {
  const zeroed = (value: unknown): void => {
    if (Array.isArray(value))
      for (const [k, v] of value.entries()) {
        if (typeof v === 'number') value[k] = 0
        else zeroed(v)
      }
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(zeroed)
  }
  test.each(forms)('is told so: %o', (form) => {
    const upstream = form.sequence ? 1 : form.cell === 'lstm' ? 2 : 1
    for (const k of [0, upstream]) {
      const student: Any = (...args) => {
        const answer = right(form)(...args)
        zeroed(args[k])
        return answer
      }
      const result = grade(student, form)
      expect(result.correct).toBe(true)
      const rows = form.layout === 'rows'
      const first = form.sequence ? (rows ? 'dh' : 'da') : rows ? 'dnext_h' : 'da_next'
      expect(result.changed).toEqual([k === 0 ? first : 'the cache'])
      expect(String(result)).toContain(`It changes numbers of ${result.changed[0]} in place`)
    }
  })
  test('but a list of caches may be emptied, and a cache may be added to', () => {
    const form = { cell: 'rnn', layout: 'rows', sequence: true } as const
    const student: Any = (...args) => {
      const [dh, caches] = args as unknown as [never, object[]]
      const answer = right(form)(dh, [...caches] as never)
      Object.assign(caches[0], { dz: [1] })
      caches.length = 0
      return answer
    }
    expect(grade(student, form)).toMatchObject({ correct: true, changed: [] })
  })
})

test('a function that draws random numbers is told so', () => {
  const form = { cell: 'rnn', layout: 'rows', sequence: false } as const
  const result = grade(
    changed(right(form), (v) => v * Math.random()),
    form,
  )
  expect(result.repeatable).toBe(false)
  expect(String(result)).toContain('or random numbers are drawn')
})

test('a mistake from the eighth step on is seen', () => {
  const form = { cell: 'rnn', layout: 'rows', sequence: true } as const
  const student: Any = (...args) => {
    const [dh] = args as unknown as [Nested[][][]]
    return dh[0].length < 8 ? right(form)(...args) : changed(right(form), (v) => 2 * v)(...args)
  }
  expect(grade(student, form)).toMatchObject({ correct: false })
})

describe('the caches of a course', () => {
  const sequences = forms.filter(({ sequence }) => sequence)
  test.each(sequences.filter(({ layout }) => layout === 'columns'))(
    'the pair of the list and x, as D0 and D4 have it: %o',
    (form) => {
      const student: Any = (...args) => {
        const [da, pair] = args as unknown as [never, [never, number[][][]]]
        const [caches, x] = pair
        expect(x[0][0]).toHaveLength((caches as unknown[]).length)
        return right(form)(da, caches)
      }
      expect(grade(student, form).correct).toBe(true)
      const published = course('d0', [
        form.cell === 'rnn'
          ? ['add(columnsAt(da, t), da_prevt), caches', 'columnsAt(da, t), caches']
          : ['add(columnsAt(da, t), da_prevt)', 'columnsAt(da, t)'],
      ])
      const wrong: Any = (...args) => {
        const [da, [caches]] = args as unknown as [never, [never]]
        return backward(published, form)(da, caches)
      }
      const name = form.cell === 'rnn' ? 'the carry is forgotten' : 'δa⁻ is not carried'
      expect(namesOf(wrong, form)).toEqual([name])
    },
  )

  test('read one after another, in the order of D2', () => {
    const step: Any = (...args) => {
      const [dh, cache] = args as unknown as [never, Iterable<never>]
      const [x, prev_h, Wh, Wx, b, next_h] = cache
      return (courses.d2.rnnStepBackward as Any)(dh, { x, prev_h, Wh, Wx, b, next_h } as never)
    }
    expect(grade(step, { cell: 'rnn', layout: 'rows' }).correct).toBe(true)
    const lstm: Any = (...args) => {
      const [dh, dc, cache] = args as unknown as [never, never, Iterable<never>]
      const [z_i, z_f, z_o, z_g, z_t, prev_c, prev_h, Wx, Wh, x] = cache
      const named = { z_i, z_f, z_o, z_g, z_t, prev_c, prev_h, Wx, Wh, x }
      return (courses.d2.lstmStepBackward as Any)(dh, dc, named as never)
    }
    expect(grade(lstm, { cell: 'lstm', layout: 'rows' }).correct).toBe(true)
  })

  test('that of a whole sequence, as D2 has it for an RNN', () => {
    const student: Any = (...args) => {
      const [dh, cache] = args as unknown as [never, Iterable<unknown>]
      const [x, h0, Wh, Wx, b, h] = cache as Iterable<never[][]>
      const at = (rows: never[][], t: number) => rows.map((row) => row[t])
      const caches =
        at(x as never, 0) &&
        (x[0] as never[]).map((_, t) => ({
          x: at(x, t),
          prev_h: t === 0 ? h0 : at(h, t - 1),
          next_h: at(h, t),
          ...{ Wx, Wh, b },
        }))
      return (courses.d2.rnnBackward as Any)(dh, caches as never)
    }
    expect(grade(student, { cell: 'rnn', layout: 'rows', sequence: true }).correct).toBe(true)
  })
})
