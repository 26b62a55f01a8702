// Writes the lines: names, right sides, and one line for each gate.

import { shapeOf } from './letters.ts'
import { type Draft, type Line, MARKS, type Rename } from './line.ts'
import type { PartNames } from './naming.ts'
import { LATEX, TEXT } from './notation.ts'
import { isNumber, type Term } from './term.ts'
import { Writer } from './text.ts'
import type { Phase } from './trace.ts'

export function written(
  drafts: readonly Draft[],
  parts: PartNames,
  nameOf: (term: Term) => string,
  rename: Rename,
): Line[] {
  const [text, latex] = [TEXT, LATEX].map(
    (notation) => new Writer(notation, (term) => rename(nameOf(term), isOfParameter(term))),
  )
  const lines: Line[] = []
  const known = new Map<Term, string>()
  const add = (
    plain: string,
    term: Term,
    part: Phase,
    shape: readonly string[],
    of?: Term,
  ): void => {
    const name = rename(plain, of !== undefined && isOfParameter(of))
    const same = isNumber(term) ? undefined : known.get(term)
    const right = (writer: Writer, own: (name: string) => string): string =>
      same === undefined
        ? of === undefined
          ? writer.argument(term)
          : writer.write(term)
        : own(same)
    known.set(term, same ?? name)
    lines.push({
      name,
      expression: right(text, TEXT.name),
      latex: `${LATEX.name(name)} = ${right(latex, LATEX.name)}`,
      shape,
      part,
      isOfParameter: of !== undefined && isOfParameter(of),
    })
  }
  for (const { ref, definition, gradient, part } of drafts) {
    if (gradient === null) {
      add(nameOf(ref as Term), definition, part, shapeOf(ref as Term))
      continue
    }
    const mark = MARKS[part]
    const named = parts.partsOf(gradient.of)
    const split = definition.op === 'cat' && definition.attrs.axis === 0 ? definition.args : []
    let at = 0
    const ranges = split.map((term) => {
      const from = at
      at += term.shape[0]
      return { term, part: named.find((own) => own.from === from && own.to === at) }
    })
    if (ranges.length > 0 && ranges.every((range) => range.part !== undefined))
      for (const range of ranges) {
        const own = parts.of(range.part as (typeof named)[number])
        add(mark + own, range.term, part, shapeOf(range.term), gradient.of)
      }
    else add(mark + nameOf(gradient.of), definition, part, shapeOf(gradient.of), gradient.of)
  }
  return lines
}

/** A parameter, or rows of one. */
const isOfParameter = ({ op, symbol, args }: Term): boolean =>
  (op === 'slice' ? args[0].symbol : symbol)?.kind === 'parameter'
