// The tree of a model as text: a line for each layer, counts and shapes in columns. The modules
// write the lines' parts.
import type { Tensor } from '../../tensor/index.ts'
import { show } from '../../tensor/internal.ts'

/** A line of the tree and those below it. */
export interface Branch {
  /** `lstm: LSTM(27 → 64)` */
  label: string
  /** How many numbers its parameters hold. */
  count: number
  /** The shapes of its own tensors, or another remark. */
  notes: string
  branches: readonly Branch[]
}

/** How many levels of layers within layers a tree shows. */
export const DEEPEST = 50

/** How many numbers these tensors hold, those without gradient left out. */
export const countOf = (tensors: readonly Tensor[]): number =>
  tensors.reduce((sum, t) => sum + (t.requiresGrad ? t.size : 0), 0)

/** `4,217` */
export const grouped = (n: number): string => n.toLocaleString('en-US')

/** `(2, 3)`; `(2, 3) float64 without gradient` where dtype or gradient are not the usual. */
export function noteOf({ shape, dtype, requiresGrad }: Tensor): string {
  const type = dtype === 'float32' ? '' : ` ${dtype}`
  return `${show(shape)}${type}${requiresGrad ? '' : ' without gradient'}`
}

/** `weight (2, 3), bias (2)` */
export const notesOf = (tensors: readonly (readonly [string, Tensor])[]): string =>
  tensors.map(([name, t]) => `${name} ${noteOf(t)}`).join(', ')

/** The lines of these branches: the labels as a tree, then a column of counts, then the notes. */
export function draw(branches: readonly Branch[]): string[] {
  const rows = rowsOf(branches, '')
  let [width, digits] = [0, 0]
  for (const { label, count } of rows) {
    width = Math.max(width, label.length)
    digits = Math.max(digits, grouped(count).length)
  }
  return rows.map(({ label, count, notes }) =>
    `${label.padEnd(width)}  ${grouped(count).padStart(digits)}  ${notes}`.trimEnd(),
  )
}

/** All branches from top to bottom, with the stems of the tree before their labels. */
function rowsOf(branches: readonly Branch[], stem: string): Branch[] {
  return branches.flatMap((branch, k) => {
    const [turn, further] = k < branches.length - 1 ? ['├─ ', '│  '] : ['└─ ', '   ']
    return [
      { ...branch, label: stem + turn + branch.label },
      ...rowsOf(branch.branches, stem + further),
    ]
  })
}
