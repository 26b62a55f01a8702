// Right backward functions as many people would write them: the source of one is drawn, with its
// factors and terms in any order and association, named or written out, in every layout.
import * as arrays from '../../documents/oracle/arrays.ts'

export interface Form {
  cell: 'rnn' | 'lstm'
  layout: 'columns' | 'rows'
  sequence: boolean
}

/** What people choose while they write. */
class Author {
  #state: number
  constructor(seed: number) {
    this.#state = seed
    for (let k = 0; k < 4; k++) this.below(2)
  }
  below(n: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * n)
  }
  pick<T>(...options: T[]): T {
    return options[this.below(options.length)]
  }
  shuffled<T>(list: readonly T[]): T[] {
    const rest = [...list]
    return list.map(() => rest.splice(this.below(rest.length), 1)[0])
  }
  /** In any order and association. */
  joined(operator: string, parts: readonly string[]): string {
    let rest = this.shuffled(parts)
    while (rest.length > 1) {
      const k = this.below(rest.length - 1)
      rest = [...rest.slice(0, k), `(${rest[k]} ${operator} ${rest[k + 1]})`, ...rest.slice(k + 2)]
    }
    return rest[0]
  }
  product(...factors: string[]): string {
    return this.joined('*', factors)
  }
  sum(...terms: string[]): string {
    return this.joined('+', terms)
  }

  tanhSlope(y: string): string {
    const forms = [`1 - ${y} * ${y}`, `(1 - ${y}) * (1 + ${y})`, `1 - ${y} ** 2`]
    return `(${this.pick(...forms, `-(${y} * ${y} - 1)`, `1 / Math.cosh(Math.atanh(${y})) ** 2`)})`
  }
  sigmoidSlope(y: string): string {
    const quarter = `(0.25 - (${y} - 0.5) ** 2)`
    return this.pick(this.product(y, `(1 - ${y})`), `(${y} - ${y} * ${y})`, quarter)
  }
  /** s times these, s named or written out. */
  memory(...factors: string[]): string {
    const through = ['o', this.tanhSlope('t'), 'dh']
    return this.pick(
      this.product('s', ...factors),
      this.product(this.sum('dc', this.product(...through)), ...factors),
      this.sum(this.product('dc', ...factors), this.product(...through, ...factors)),
    )
  }
  /** aᵀ b. */
  transposedTimes(a: string, b: string): string {
    return this.pick(
      `times(transpose(${a}), ${b})`,
      `transpose(times(transpose(${b}), ${a}))`,
      `outers(${a}, ${b})`,
    )
  }
  /** a bᵀ. */
  timesTransposed(a: string, b: string): string {
    return this.pick(
      `times(${a}, transpose(${b}))`,
      `transpose(times(${b}, transpose(${a})))`,
      `outers(transpose(${a}), transpose(${b}))`,
    )
  }
  /** δz gate by gate, and δc⁻. */
  gates(cell: Form['cell']): string {
    if (cell === 'rnn')
      return `const dz = { z: each((d, y) => ${this.product('d', this.tanhSlope('y'))}, dh, y) }`
    const values: Record<string, string> = {
      i: this.memory('g', this.sigmoidSlope('i')),
      f: this.memory('cp', this.sigmoidSlope('f')),
      g: this.memory('i', this.tanhSlope('g')),
      o: this.product('dh', 't', this.sigmoidSlope('o')),
    }
    const s = this.sum('dc', this.product('dh', this.tanhSlope('t'), 'o'))
    const line = (value: string): string =>
      `each((dh, dc, i, f, o, g, t, cp) => { const s = ${s}; return ${value} }, ...all)`
    return `
      const all = [dh, dc, i, f, o, g, t, cp]
      const dz = { ${this.shuffled(['i', 'f', 'g', 'o']).map((k) => `${k}: ${line(values[k])}`)} }
      const dcp = ${line(this.memory('f'))}`
  }
}

const helpers = `
  const outers = (a, b) =>
    a.map((row, k) => row.map((v) => b[k].map((w) => v * w))).reduceRight((sum, m) => add(sum, m))
  const beside = (list) => list[0].map((_, n) => list.flatMap((m) => m[n]))
  const plus = (a, b) => Array.isArray(a) ? a.map((v, k) => plus(v, b[k])) : a + b
  const float32 = (a) => Array.isArray(a) ? a.map(float32) : Math.fround(a)`

/** One step: { x, h, c, weights }, the weights' gradients by their names. */
function rowsStep(author: Author, cell: Form['cell']): string {
  const gates = cell === 'rnn' ? ['z'] : ['i', 'f', 'o', 'g']
  const part = (of: string, k: number): string => `columns(${of}, ${k} * H, ${k + 1} * H)`
  const back = (W: string): string =>
    author.pick(
      author.timesTransposed('d', W),
      `add(${author.shuffled(gates.map((_, k) => author.timesTransposed(part('d', k), part(W, k))))})`,
    )
  const names = { rnn: 'next_h: y', lstm: 'prev_c: cp, z_i: i, z_f: f, z_o: o, z_g: g, z_t: t' }
  const bias = author.pick(
    'sumRows(d)',
    'd.reduce((sum, row) => sum.map((v, j) => v + row[j]))',
    'd.reduceRight((sum, row) => sum.map((v, j) => row[j] + v))',
    'transpose(d).map((c) => c.reduce((sum, v) => sum + v, 0))',
  )
  return `function step(dh, dc, { x, prev_h, ${names[cell]}, Wx, Wh }) {
    const H = prev_h[0].length
    ${author.gates(cell)}
    const d = beside([${gates.map((k) => `dz.${k}`)}])
    return { x: ${back('Wx')}, h: ${back('Wh')}, ${cell === 'lstm' ? 'c: dcp,' : ''} weights: {
      dWx: ${author.transposedTimes('x', 'd')}, dWh: ${author.transposedTimes('prev_h', 'd')},
      db: ${bias} } }
  }`
}

function columnsStep(author: Author, cell: Form['cell']): string {
  const bias = (d: string): string =>
    author.pick(
      `sumColumns(${d})`,
      `times(${d}, ${d}[0].map(() => [1]))`,
      `${d}.map((row) => [row.reduceRight((sum, v) => v + sum)])`,
    )
  const head = {
    rnn: ['a_next: y, a_prev, xt, parameters: { Wax, Waa }', 'y, a_prev, xt, { Wax, Waa }'],
    lstm: [
      'c_next, a_prev, c_prev: cp, ft: f, it: i, cct: g, ot: o, xt, parameters',
      ', c_next, a_prev, cp, f, i, g, o, xt, parameters',
    ],
  }[cell]
  const cache = author.pick(`{ ${head[0]} }`, `[${head[1]}]`)
  if (cell === 'rnn')
    return `function step(dh, dc, ${cache}) {
      ${author.gates(cell)}
      return { x: ${author.transposedTimes('Wax', 'dz.z')}, h: ${author.transposedTimes('Waa', 'dz.z')},
        weights: { dWax: ${author.timesTransposed('dz.z', 'xt')}, dba: ${bias('dz.z')},
          dWaa: ${author.timesTransposed('dz.z', 'a_prev')} } }
    }`
  const letters = author.shuffled(['i', 'f', 'c', 'o'])
  const d = (k: string): string => `dz.${k === 'c' ? 'g' : k}`
  const parts = (from: string): string =>
    `add(${letters.map((k) => author.transposedTimes(`columns(parameters.W${k}, ${from})`, d(k)))})`
  const stacked = author.transposedTimes(
    `[${letters.map((k) => `...parameters.W${k}`)}]`,
    `[${letters.map((k) => `...${d(k)}`)}]`,
  )
  const [h, x] = author.pick(
    [parts('0, n'), parts('n')],
    [`${stacked}.slice(0, n)`, `${stacked}.slice(n)`],
  )
  const weights = letters.map((k) => {
    const one = author.timesTransposed(d(k), '[...a_prev, ...xt]')
    const two = `beside([${author.timesTransposed(d(k), 'a_prev')}, ${author.timesTransposed(d(k), 'xt')}])`
    return `dW${k}: ${author.pick(one, two)}, db${k}: ${bias(d(k))}`
  })
  return `function step(dh, dc, ${cache}) {
    const n = a_prev.length
    const t = each(Math.tanh, c_next)
    ${author.gates(cell)}
    return { x: ${x}, h: ${h}, c: dcp, weights: { ${weights} } }
  }`
}

/** The steps' results in the list `steps`, from a loop or a recursion. */
function loop(author: Author, layout: Form['layout']): string {
  const at = `${layout}At(dH, t)`
  const received = author.pick(`add(${at}, h)`, `add(h, ${at})`, `each((a, b) => a - -b, h, ${at})`)
  return author.pick(
    `for (let t = T - 1; t >= 0; t--) {
      steps[t] = step(${received}, c, caches[t]); h = steps[t].h; c = steps[t].c
    }`,
    `caches.reduceRight(([h, c], cache, t) => {
      steps[t] = step(${received}, c, cache)
      return [steps[t].h, steps[t].c]
    }, [h, c])`,
    `const from = (t, h, c) => {
      if (t < 0) return
      steps[t] = step(${received}, c, caches[t])
      from(t - 1, steps[t].h, steps[t].c)
    }
    from(T - 1, h, c)`,
  )
}

/** The source of a right function, drawn by a seed. */
export function variant({ cell, layout, sequence }: Form, seed: number): string {
  const author = new Author(seed)
  const rows = layout === 'rows'
  const step = rows ? rowsStep(author, cell) : columnsStep(author, cell)
  const names = sequence
    ? ['dx', rows ? 'dh0' : 'da0']
    : rows
      ? ['dx', 'dprev_h', 'dprev_c']
      : ['dxt', 'da_prev', 'dc_prev']
  const [first, second, third] = names
  const memory = third !== undefined && cell === 'lstm' ? `${third}: g.c, ` : ''
  const fields = `{ ${first}: g.x, ${second}: g.h, ${memory}...g.weights }`
  const width = author.pick('float32', '(a) => a', '(a) => a', '(a) => a')
  const result = `Object.fromEntries(Object.entries(${fields}).map(([k, v]) => [k, (${width})(v)]))`
  const weights = rows
    ? ['dWx', 'dWh', 'db']
    : cell === 'rnn'
      ? ['dWax', 'dWaa', 'dba']
      : ['f', 'i', 'c', 'o'].flatMap((k) => [`dW${k}`, `db${k}`])
  const order = [first, second, ...(memory === '' ? [] : [third]), ...weights]
  const returned = author.pick(result, `((r) => [${order.map((k) => `r.${k}`)}])(${result})`)
  const sum = author.pick('reduce((a, b) => plus(a, b))', 'reduceRight((a, b) => plus(b, a))')
  const body = sequence
    ? `const T = caches.length, steps = []
       let h = arrays.zerosLike(${rows ? 'caches[0].prev_h' : 'caches[0].a_prev'}), c = h
       ${loop(author, layout)}
       const g = { x: ${rows ? 'joinRows' : 'joinColumns'}(steps.map((s) => s.x)), h: steps[0].h,
         weights: Object.fromEntries(Object.keys(steps[0].weights).map((k) =>
           [k, steps.map((s) => s.weights[k]).${sum}])) }`
    : `const g = step(dH, dc, caches)`
  const args = sequence || cell === 'rnn' ? 'dH, caches' : 'dH, dc, caches'
  return `${helpers}
    ${step}
    return function student(${args}) {
      ${sequence || cell === 'lstm' ? '' : 'const dc = undefined'}
      ${body}
      return ${returned}
    }`
}

/** The function of a source. */
export const written = (source: string): ((...args: never[]) => unknown) =>
  new Function('arrays', `const { ${Object.keys(arrays)} } = arrays\n${source}`)(arrays)
