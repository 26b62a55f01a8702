// The graph of tensors as lines for the text and the drawing: numbered, named, with repeated ops
// folded. It keeps names and shapes, no tensor, and draws nothing.

import type { Node } from '../../../autograd/index.ts'
import type { DType } from '../../core/dtype.ts'
import { type Shape, show } from '../../core/shape.ts'
import type { Tensor } from '../../core/tensor.ts'
import { collect, NUMBER, type Recorded } from './collect.ts'
import { type Fold, findFolds } from './fold.ts'
import { Labels } from './labels.ts'

/**
 * A line of the text, a node of the drawing. In a fold it stands for one op of every step. Leaves
 * of which each step reads one are a single line, too.
 */
export interface Line {
  readonly kind: 'parameter' | 'input' | 'number' | 'op'
  /**
   * The text by which other lines refer to it: its name; else `%3` for an op, `p1` for a parameter,
   * `x1` for an input, and the digits of a number.
   */
  readonly id: string
  /** The name that `names` gives an op's result. */
  readonly name?: string
  /** The name of the op; for an input, of the function that made it. */
  readonly maker: string
  /** The op's attributes as text. */
  readonly detail: string
  readonly shape: Shape
  readonly dtype: DType
  /** Whether a backward pass has used this op and released its inputs. */
  readonly walked: boolean
  readonly fold: Fold | null
  /** The number of leaves that it stands for. */
  readonly count: number
  readonly inputs: Reference[]
}

export interface Reference {
  readonly line: Line
  /** The id of the line, or of a single named leaf among the line's. */
  readonly id: string
  /** The steps of the line that are read: `[50]`, `[t−1]`, `[1…50]`; '' if it has only one. */
  readonly at: string
  /** The inputs of the first steps, before a state that is carried from step to step exists. */
  readonly initial: readonly Reference[]
  /**
   * Set if the steps read inputs that do not move evenly: then this is the input of the first step,
   * and the line is that of the last one.
   */
  readonly from: Reference | null
}

export interface Graph {
  readonly leaves: readonly Line[]
  /** The ops in their order, the ops of one fold together. */
  readonly stretches: readonly { readonly fold: Fold | null; readonly ops: readonly Line[] }[]
  readonly results: readonly { readonly name: string; readonly reference: Reference }[]
  /** The number of recorded ops. */
  readonly recorded: number
}

/** A line and one of the steps it stands for, counted from 1; 0 if the line stands for one only. */
interface Address {
  readonly line: Line
  readonly step: number
  /** The own name of a leaf that shares its line with others. */
  readonly own?: string
}

/** The graph of `roots`, in time about linear in the number of ops. */
export function graphOf(
  roots: readonly Tensor[],
  names: ReadonlyMap<Tensor, string>,
  folding: boolean,
): Graph {
  const recorded = collect(roots)
  const { nodes, inputs } = recorded
  const folds = folding ? findFolds({ kinds: kindsOf(nodes), inputs }) : []
  const lines = new Lines(recorded, names)
  let next = 0
  for (let i = 0; i < nodes.length; ) {
    const fold = folds[next]?.start === i ? folds[next++] : null
    const [period, count] = fold === null ? [1, 1] : [fold.period, fold.count]
    for (const end = i + period; i < end; i++) lines.addOp(fold, i)
    i += period * (count - 1)
  }
  lines.connect()
  const results = roots.map((root) => {
    const reference = refer(lines.find(root))
    return { name: names.get(root) ?? reference.id + reference.at, reference }
  })
  return {
    leaves: lines.leaves,
    stretches: stretchesOf(lines.ops),
    results,
    recorded: nodes.length,
  }
}

/** The positions of the op in all rounds of the fold. */
const rounds = (fold: Fold | null, first: number): number[] =>
  fold === null
    ? [first]
    : Array.from({ length: fold.count }, (_, round) => first + round * fold.period)

function stretchesOf(ops: readonly Line[]): Graph['stretches'] {
  const found: { fold: Fold | null; ops: Line[] }[] = []
  for (const op of ops) {
    const last = found[found.length - 1]
    if (last !== undefined && last.fold === op.fold) last.ops.push(op)
    else found.push({ fold: op.fold, ops: [op] })
  }
  return found
}

/** Ops of one kind have the same name and the same shapes. */
function kindsOf(nodes: readonly Node<Tensor>[]): number[] {
  const kinds = new Map<string, number>()
  return nodes.map(({ rule, output, inputs }) => {
    const facts = [
      rule?.name,
      ...[output, ...inputs].map(({ shape, dtype }) => show(shape) + dtype),
    ].join(' ')
    const kind = kinds.get(facts) ?? kinds.size
    kinds.set(facts, kind)
    return kind
  })
}

/** Builds the lines: first adds every op, then connects all of them. */
class Lines {
  readonly leaves: Line[] = []
  readonly ops: Line[] = []
  /** The position of each line's op; in a fold, of its op in the first round. */
  readonly #firsts: number[] = []
  readonly #addresses = new Map<number, Address>()
  readonly #recorded: Recorded
  readonly #names: ReadonlyMap<Tensor, string>
  readonly #labels = new Labels()
  readonly #unnamed = { parameter: 0, input: 0 }

  constructor(recorded: Recorded, names: ReadonlyMap<Tensor, string>) {
    this.#recorded = recorded
    this.#names = names
  }

  addOp(fold: Fold | null, first: number): void {
    const { rule, output, consumed } = this.#recorded.nodes[first]
    const members = rounds(fold, first)
    const given = fold === null ? this.#names.get(output) : undefined
    const name = given ?? this.#labels.of(members.map((i) => this.#recorded.nodes[i].output))
    const detail = firstToLast(members.map((i) => describe(this.#recorded.nodes[i])))
    const line = newLine('op', name ?? `%${this.ops.length + 1}`, output, {
      name,
      maker: rule?.name,
      detail,
      walked: consumed,
      fold,
    })
    this.ops.push(line)
    this.#firsts.push(first)
    for (const [i, member] of members.entries())
      this.#addresses.set(member, { line, step: fold === null ? 0 : i + 1 })
  }

  #addLeaves(places: readonly number[]): void {
    const leaves = places.map(this.#recorded.leafAt)
    const kind = leaves[0].node === null ? 'input' : 'parameter'
    const own = leaves.map((leaf) => this.#names.get(leaf) ?? leaf.label ?? undefined)
    const named = own.filter((name) => name !== undefined)
    const id =
      named.length === own.length
        ? firstToLast(named)
        : `${kind === 'input' ? 'x' : 'p'}${++this.#unnamed[kind]}`
    const line = newLine(kind, id, leaves[0], {
      maker: kind === 'input' ? leaves[0].storage.maker : undefined,
      count: leaves.length,
    })
    this.leaves.push(line)
    for (const [i, place] of places.entries())
      this.#addresses.set(
        place,
        leaves.length === 1 ? { line, step: 0 } : { line, step: i + 1, own: own[i] },
      )
  }

  find(t: Tensor): Address {
    const place = this.#recorded.placeOf(t)
    if (place === NUMBER) return { line: newLine('number', numeral(t.item()), t, {}), step: 0 }
    if (!this.#addresses.has(place)) this.#addLeaves([place])
    return this.#addresses.get(place) as Address
  }

  connect(): void {
    const { nodes, inputs } = this.#recorded
    for (const [i, line] of this.ops.entries()) {
      const first = this.#firsts[i]
      if (line.fold === null) {
        for (const span of spans(nodes[first].inputs.map((input) => this.find(input))))
          line.inputs.push(span)
        continue
      }
      const members = rounds(line.fold, first)
      for (const k of nodes[first].inputs.keys()) {
        const places = members.map((member) => inputs[member][k])
        const isList = places.every(
          (place, round) =>
            place < NUMBER && place !== places[round - 1] && !this.#addresses.has(place),
        )
        if (isList) this.#addLeaves(places)
        line.inputs.push(
          overSteps(
            members.map((member) => this.find(nodes[member].inputs[k])),
            line.fold,
          ),
        )
      }
    }
  }
}

function newLine(
  kind: Line['kind'],
  id: string,
  { shape, dtype }: Tensor,
  more: Partial<Line>,
): Line {
  const { name, maker = '', detail = '', walked = false, fold = null, count = 1 } = more
  return { kind, id, name, maker, detail, shape, dtype, walked, fold, count, inputs: [] }
}

const numeral = (x: number): string => String(Number(x.toPrecision(6))).replaceAll('-', '−')
const firstToLast = (words: readonly string[]): string =>
  words.every((word) => word === words[0]) ? words[0] : `${words[0]} … ${words[words.length - 1]}`

const refer = ({ line, step, own }: Address): Reference => ({
  line,
  id: own ?? line.id,
  at: step === 0 || own !== undefined ? '' : `[${step}]`,
  initial: [],
  from: null,
})
const same = (a: Address, b: Address): boolean =>
  a.step === b.step && (a.line === b.line || (a.line.kind === 'number' && a.line.id === b.line.id))

/** The inputs of one op. Three or more consecutive steps of a line are one input: `%4[1…50]`. */
function spans(inputs: readonly Address[]): Reference[] {
  const found: Reference[] = []
  for (let i = 0; i < inputs.length; ) {
    const { line, step } = inputs[i]
    const direction = (inputs[i + 1]?.step ?? 0) < step ? -1 : 1
    let end = i + 1
    while (
      step > 0 &&
      inputs[end]?.line === line &&
      inputs[end].step === step + direction * (end - i)
    )
      end++
    if (end - i < 3) end = i + 1
    found.push(
      end > i + 1
        ? { ...refer(inputs[i]), id: line.id, at: `[${step}…${inputs[end - 1].step}]` }
        : refer(inputs[i]),
    )
    i = end
  }
  return found
}

/**
 * One input of a folded op for all steps t = 1, 2, …. It is the same in every step, or moves with t
 * (perhaps after initial inputs of its own), or neither.
 */
function overSteps(slot: readonly Address[], fold: Fold | null): Reference {
  const T = slot.length
  const { line, step } = slot[T - 1]
  if (slot.every((address) => same(address, slot[0]))) return refer(slot[0])
  const carried = line.fold === fold
  const direction = carried ? 1 : step - slot[T - 2].step
  let begin = T
  while (
    begin > 0 &&
    slot[begin - 1].line === line &&
    step - slot[begin - 1].step === direction * (T - begin)
  )
    begin--
  const inStep = carried || (Math.abs(direction) === 1 && begin === 0)
  if (!inStep) return { ...refer(slot[T - 1]), from: refer(slot[0]) }
  const shift = step - direction * T
  const ahead = shift === 0 ? 't' : `t${shift > 0 ? '+' : '−'}${Math.abs(shift)}`
  const at = direction < 0 ? `[${shift}−t]` : carried && shift === 0 ? '' : `[${ahead}]`
  return { line, id: line.id, at, initial: slot.slice(0, begin).map(refer), from: null }
}

/** The attributes of an op as short text; '' if they are longer. */
function describe({ rule, attrs, inputs }: Node<Tensor>): string {
  if (rule?.describe !== undefined) return rule.describe(attrs, inputs)
  return typeof attrs === 'number' || typeof attrs === 'string' ? `[${attrs}]` : ''
}
