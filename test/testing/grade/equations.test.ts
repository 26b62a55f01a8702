// The equations beside a wrong gradient are those of docs/documents.md, which tapegrad/derive gives
// too (test/derive/documents.test.ts).
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { equationsOf } from '../../../src/testing/grade/equations.ts'

const words = (text: string): string => text.replaceAll(/\s+/g, ' ')
const document = words(readFileSync(new URL('../../../docs/documents.md', import.meta.url), 'utf8'))
/** The lines of the four gates are one in the document. */
const ofAnyGate = (line: string): string =>
  line.replace(/δ([Wb])[fico] = (.*)δz[figo]/, 'δ$1k = $2δzk')

test.each(['rnn', 'lstm'] as const)('of an %s, one step in columns', (cell) => {
  const { before, of } = equationsOf({ cell, layout: 'columns', sequence: false })
  for (const line of [...before, ...Object.values(of)])
    expect(document).toContain(words(ofAnyGate(line)))
})
