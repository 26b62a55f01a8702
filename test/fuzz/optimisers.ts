// Statements with optimisers: their groups, options and names of parameters, steps and states.

import type { Block, Draw, Operand } from './draw.ts'
import type { Part, Text, Variable } from './program.ts'
import { listed, maybe, type OptimiserForm, type Write, type Writing } from './writing.ts'

/** Options that a group may have of its own, or be set to between steps. */
const OWN = {
  SGD: ['lr: 0.02', 'weightDecay: 0.2', 'weightDecay: 0', 'momentum: 0.5', 'momentum: 0'],
  Adam: ['lr: 0.02', 'weightDecay: 0.2', 'eps: 0.001', 'betas: [0.5, 0.75]'],
  AdamW: ['lr: 0.02', 'weightDecay: 0.2', 'eps: 0.001', 'betas: [0.5, 0.75]'],
} as const

/** Options of all groups; each begins with the learning rate, which SGD cannot do without. */
const COMMON = {
  SGD: ['lr: 0.1', 'momentum: 0.9', 'weightDecay: 0.1'],
  Adam: ['lr: 0.05', 'weightDecay: 0.1'],
  AdamW: ['lr: 0.05', 'weightDecay: 0.1'],
} as const

const shuffled = <T>(draw: Draw, all: readonly T[]): T[] => {
  const left = [...all]
  return all.map(() => left.splice(draw.int(left.length), 1)[0] as T)
}

/** Parameters with what names them, a key that goes by the order in which the groups have them. */
interface Entry {
  readonly name: string
  readonly operand: Operand
}
const entriesOf = ({ groups }: OptimiserForm): Entry[][] => {
  let k = 0
  return groups.map((group) => group.map((operand) => ({ name: `p${k++}`, operand })))
}

/** As a list, or with names as entries or as a record. */
function paramsText(draw: Draw, named: boolean, entries: readonly Entry[]): Text {
  if (!named || entries.length === 0)
    return ['[', ...listed(entries.map(({ operand }) => operand)), ']']
  const isRecord = draw.chance(50)
  const [open, between, close] = isRecord ? ['', ': ', ''] : ["['", "', ", ']']
  const parts = entries.flatMap(
    ({ name, operand }, i): Text => [
      i === 0 ? '' : ', ',
      `${open}${name}${between}`,
      ...operand.text,
      close,
    ],
  )
  return isRecord ? ['{ ', ...parts, ' }'] : ['[', ...parts, ']']
}

/** The optimiser of this form, its parameters within each group in the order of `entries`. */
function make(
  block: Block,
  { draw, optimisers, loads }: Writing,
  form: OptimiserForm,
  entries: readonly (readonly Entry[])[],
): Writing['optimisers'][number] {
  const { make, groups, named } = form
  const [lr, ...more] = COMMON[make]
  const common: Part[] = more.map((option) => maybe(draw, 25, `, ${option}`))
  const texts = entries.map((own) => paramsText(draw, named, own))
  const [alone] = texts as [Text]
  const parameters: Text =
    groups.length === 1 && draw.chance(80)
      ? alone
      : [
          '[',
          ...texts.flatMap((text, i): Text => {
            const options = OWN[make].filter(
              (option, at, all) =>
                draw.chance(30) && !all.slice(0, at).some((other) => sameName(other, option)),
            )
            return [
              i === 0 ? '{ params: ' : ', { params: ',
              ...text,
              ...options.map((option) => ({ optional: `, ${option}` })),
              ' }',
            ]
          }),
          ']',
        ]
  const at = block.name(
    'optimiser',
    'optimiser',
    `new ${make}(`,
    ...parameters,
    `, { ${lr}`,
    ...common,
    ' })',
  )
  const made = { at, form }
  optimisers.push(made)
  loads.push([at, '.zeroGrad()'])
  return made
}

const nameOf = (option: string): string => option.slice(0, option.indexOf(':'))
const sameName = (a: string, b: string): boolean => nameOf(a) === nameOf(b)

export const optimiser: Write = (block, writing) => {
  const { draw } = writing
  const own = block.tensors.filter(({ grad, leaf }) => grad && leaf)
  const chosen = own.filter(() => draw.chance(60))
  const parameters = chosen.length > 0 ? chosen : own
  if (parameters.length === 0) return
  // Each group has a parameter where there are enough; now and then one has none.
  const wanted = draw.chance(40) ? 1 : 2 + draw.int(2)
  const count = draw.chance(15) ? wanted : Math.min(wanted, parameters.length)
  const places = parameters.map((_, i) => (i < count ? i : draw.int(count)))
  const form: OptimiserForm = {
    make: draw.of(['SGD', 'SGD', 'Adam', 'AdamW'] as const),
    groups: Array.from({ length: count }, (_, g) => parameters.filter((_, i) => places[i] === g)),
    named: draw.chance(50),
  }
  make(block, writing, form, entriesOf(form))
}

/**
 * An optimiser of another's groups that takes its state: by the names of the parameters, which it
 * has in another order, or by their places.
 */
function another(
  block: Block,
  writing: Writing,
  { at, form }: Writing['optimisers'][number],
): void {
  const { draw, loads } = writing
  const entries = entriesOf(form)
  const order = form.named ? entries.map((group) => shuffled(draw, group)) : entries
  const { at: other } = make(block, writing, form, order)
  const state = block.name('state', 'state', at, '.stateDict()')
  const text: Text = [other, '.loadStateDict(', state, ')']
  if (draw.chance(75)) block.do(...text)
  loads.push(text)
}

export const twin: Write = (block, writing) => {
  const { draw, optimisers } = writing
  if (optimisers.length > 0) another(block, writing, draw.of(optimisers))
}

/**
 * A few steps of a new optimiser, with gradients for some of its parameters. In between come other
 * options, and another optimiser that takes its state and goes on.
 */
export const training: Write = (block, writing) => {
  const { draw, optimisers, loads } = writing
  const before = optimisers.length
  optimiser(block, writing)
  if (optimisers.length === before) return
  let { at, form } = optimisers.at(-1) as Writing['optimisers'][number]
  for (let round = 2 + draw.int(3); round > 0; round--) {
    const all = form.groups.flat()
    const moved = all.filter(() => draw.chance(75))
    const sums = moved.map(({ text }, i): Text => {
      const sum: Text = [...text, '.square().sum()']
      return i === 0 ? sum : ['.add(', ...sum, ')']
    })
    if (moved.length > 0) block.do(...sums.flat(), '.backward()')
    block.do(at, '.step()')
    if (draw.chance(50)) block.do(at, '.zeroGrad()')
    if (draw.chance(50)) option(block, draw, { at, form })
    if (draw.chance(30)) keep(block, writing, at)
    if (draw.chance(20)) block.do(...draw.of(loads))
    if (draw.chance(30)) {
      another(block, writing, { at, form })
      ;({ at, form } = optimisers.at(-1) as Writing['optimisers'][number])
    }
  }
}

function option(block: Block, draw: Draw, { at, form }: Writing['optimisers'][number]): void {
  if (draw.chance(20)) {
    block.do(at, draw.of(['.lr = 0.03', '.lr *= 0.5']))
    return
  }
  const group = `.paramGroups[${draw.int(form.groups.length)}]`
  if (draw.chance(30)) block.do(at, `${group}.lr = `, at, `${group}.initialLr * 0.5`)
  else block.do(at, `${group}.${draw.of(OWN[form.make]).replace(':', ' =')}`)
}

export const setOption: Write = (block, { draw, optimisers }) => {
  if (optimisers.length > 0) option(block, draw, draw.of(optimisers))
}

/** A state that may be loaded later, some as a file would hold it. */
function keep(block: Block, { draw, loads }: Writing, at: Variable): void {
  const state = block.name('state', 'state', at, '.stateDict()')
  loads.push(
    draw.chance(70)
      ? [at, '.loadStateDict(', state, ')']
      : [at, '.loadStateDict(JSON.parse(JSON.stringify(', state, ')))'],
  )
}

export const step: Write = (block, writing) => {
  const { draw, optimisers } = writing
  if (optimisers.length === 0) return
  const { at } = draw.of(optimisers)
  block.do(at, draw.chance(75) ? '.step()' : '.zeroGrad()')
  if (draw.chance(20)) keep(block, writing, at)
}
