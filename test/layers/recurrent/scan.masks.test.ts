// A scan with masks of dropout and zoneout that are known: values and gradients are those of an
// oracle whose backward pass is derived by hand, and those that PyTorch's autograd computed.
import fc from 'fast-check'
import { GRU, grad, LSTM, RNN, type Tensor, tensor } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import type { Recurrence } from '../../../src/layers/recurrent/recurrence.ts'
import { scan } from '../../../src/layers/recurrent/scan.ts'
import { agree, type Named } from '../../documents/agree.ts'
import { runs } from '../../properties/runs.ts'
import { float64, leaf } from '../../support/tensors.ts'
import { cases, type Kind, kinds, layerOf, problemOf } from './family.ts'
import type { Cube, Matrix, Nested } from './oracle/arrays.ts'
import type { Parameters } from './oracle/cell.ts'
import { drawing } from './oracle/differences.ts'
import { type CellOptions, cellOf, recorded } from './oracle/recorded.ts'
import { type Masks, type Sequences, type States, unroll } from './oracle/unroll.ts'
import { widthsOf } from './stepwise.ts'

interface Problem {
  kind: Kind
  cell: CellOptions
  parameters: Parameters
  x: Cube
  first: States
  masks: Masks
  /** Of each state: the share in the place of a mask. */
  shares: readonly (number | null)[]
  /** The longest first. */
  lengths: readonly number[]
  dOutputs: Sequences
  dLast: States
}

type State = Record<'h' | 'c', Tensor>

const recurrenceOf = (kind: Kind, cell: CellOptions, H: number): Recurrence<State> => {
  const layer: object = new { RNN, LSTM, GRU }[kind](1, H, cell)
  return (layer as { recurrence: Recurrence<State> }).recurrence
}

/** (N, T, ·) → packed rows (R, ·). */
const packed = (all: Cube, lengths: readonly number[]): Matrix =>
  all[0].flatMap((_, t) => all.filter((_, n) => t < lengths[n]).map((rows) => rows[t]))

/** What a scan gives, by the names of `oracle`, rows packed. */
function scanned({ kind, cell, masks, shares, lengths, ...one }: Problem): Named {
  const names = Object.keys(one.first) as (keyof State)[]
  const x = leaf(packed(one.x, lengths))
  const first = mapped(one.first, leaf) as State
  const H = one.parameters.weight_ih.length / gatesOf(kind, cell)
  const recurrence = recurrenceOf(kind, cell, H)
  const given: Record<string, Tensor> = mapped(one.parameters, leaf)
  const order = Object.keys(recurrence.parameters(1, H)).filter((name) => name in given)
  const p = Object.fromEntries(order.map((name) => [name, given[name]]))
  const { weightDrop, recurrentDropout, zoneout = {} } = masks
  const used = weightDrop && { weight_hh: p.weight_hh.mul(tensor(weightDrop, float64)) }
  const { rows, after } = scan(recurrence, { ...p, ...used } as never, first, {
    x,
    sizes: one.x[0].map((_, t) => lengths.filter((length) => t < length).length),
    every: true,
    lookUp: null,
    held: {
      hidden: recurrentDropout ? tensor(recurrentDropout, float64) : null,
      zoneout: names.map((name, k) =>
        zoneout[name] ? (shares[k] ?? tensor(packed(zoneout[name], lengths), float64)) : 0,
      ),
    },
  })
  const every = rows as State
  const loss = names
    .flatMap((name) => [
      every[name].mul(tensor(packed(one.dOutputs[name], lengths), float64)).sum(),
      after[name].mul(tensor(one.dLast[name], float64)).sum(),
    ])
    .reduce((a, b) => a.add(b))
  const inputs: Record<string, Tensor> = { x, ...prefixed('first ', first), ...p }
  const found = grad(loss, Object.values(inputs))
  return {
    ...mapped(every, (t) => t.toArray() as Nested),
    ...prefixed(
      'last ',
      mapped(after, (t) => t.toArray() as Nested),
    ),
    ...Object.fromEntries(
      Object.keys(inputs).map((name, i) => [`d${name}`, found[i].toArray() as Nested]),
    ),
  }
}

/** The same by the oracle. */
function unrolled({ kind, cell, parameters, x, first, masks, lengths, ...one }: Problem): Named {
  const pass = unroll(cellOf(kind, cell), parameters, x, first, { lengths, ...masks })
  const { dx, dFirst, dp } = pass.backward(one.dOutputs, one.dLast)
  return {
    ...mapped(pass.outputs, (all) => packed(all, lengths)),
    ...prefixed('last ', pass.last),
    dx: packed(dx, lengths),
    ...prefixed('dfirst ', dFirst),
    ...prefixed('d', dp),
  }
}

const mapped = <A, B>(all: Record<string, A>, f: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(all).map(([name, value]) => [name, f(value)]))
const prefixed = <A>(prefix: string, all: Record<string, A>): Record<string, A> =>
  Object.fromEntries(Object.entries(all).map(([name, value]) => [prefix + name, value]))
const gatesOf = (kind: Kind, cell: CellOptions): number =>
  ({ RNN: 1, GRU: 3, LSTM: cell.coupledGates ? 3 : 4 })[kind]

const around = fc.record({
  recurrentDropout: fc.boolean(),
  zoneout: fc.tuple(...[1, 2].map(() => fc.constantFrom('mask', 'share', 'none'))),
  weightDrop: fc.boolean(),
})

const problems = (kind: Kind) =>
  fc
    .tuple(cases(kind, 'lengths', { numLayers: 1, bidirectional: false }), around)
    .map(([c, { recurrentDropout, zoneout, weightDrop }]): Problem => {
      const { x, first, dLast, dStates } = problemOf(c)
      const draw = drawing(c.seed + 2e6)
      const parameters = Object.fromEntries(
        layerOf({ ...c, learnState: false }, 'float64')
          .namedParameters()
          .map(([name, p]) => [name.replace('_l0', ''), p.toArray() as Matrix]),
      )
      const lengths = Array.from({ length: c.N }, (_, n) => 1 + ((c.seed + n) % c.T))
      const shares = zoneout.map((kind) => (kind === 'share' ? 0.25 : null))
      const held = Object.entries(widthsOf(c)).flatMap(([name, W], k) => {
        if (zoneout[k] === 'none') return []
        const mask = draw<Cube>(c.N, c.T, W)
        const share = shares[k]
        return [[name, share === null ? mask : mask.map((m) => m.map((r) => r.map(() => share)))]]
      })
      const { weight_hh } = parameters
      return {
        kind,
        cell: c.cell,
        parameters,
        x,
        first: mapped(first, ([rows]) => rows),
        masks: {
          ...(recurrentDropout && { recurrentDropout: draw<Matrix>(c.N, widthsOf(c).h) }),
          ...(weightDrop && { weightDrop: draw<Matrix>(weight_hh.length, weight_hh[0].length) }),
          zoneout: Object.fromEntries(held),
        },
        shares,
        lengths: lengths.sort((a, b) => b - a),
        dOutputs: mapped(dStates, ([all]) => all),
        dLast: mapped(dLast, ([rows]) => rows),
      }
    })

test.each(kinds)('%s is the oracle', (kind) =>
  fc.assert(
    fc.property(problems(kind), (problem) => {
      const [actual, wanted] = [scanned(problem), unrolled(problem)]
      expect(Object.keys(actual).sort()).toEqual(Object.keys(wanted).sort())
      agree(actual, wanted, 1e-10)
    }),
    runs(80),
  ),
)

describe("PyTorch's autograd", () => {
  test.each(
    recorded.variants.map((one) => [
      [one.cell, JSON.stringify(one.options), ...Object.keys(one.masks)].join(' '),
      one,
    ]),
  )('%s', (_, one) => {
    const {
      cell: kind,
      options: cell,
      state,
      cotangents,
      gradients,
      outputs,
      ...rest
    } = one as (typeof recorded.variants)[number]
    const lengths = rest.x.map((rows) => rows.length)
    const { x, ...others } = gradients as { x: Cube }
    const names = Object.keys(state)
    const actual = scanned({
      ...rest,
      kind,
      cell,
      first: state,
      shares: [null, null],
      lengths,
      dOutputs: cotangents.outputs,
      dLast: cotangents.last,
    })
    const named = Object.entries(others).map(([name, g]) => [
      names.includes(name) ? `dfirst ${name}` : `d${name}`,
      g,
    ])
    agree(
      actual,
      {
        ...mapped(outputs, (all) => packed(all, lengths)),
        dx: packed(x, lengths),
        ...Object.fromEntries(named),
      },
      1e-12,
    )
  })
})
