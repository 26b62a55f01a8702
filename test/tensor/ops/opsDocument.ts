// The text of docs/ops.md, from the registry's rows and the names of the tests they run through; it
// runs none of them.

import { readFileSync } from 'node:fs'
import { rows } from './registry.ts'
import type { Row } from './rows/row.ts'

const source = readFileSync(new URL('registry.test.ts', import.meta.url), 'utf8')

/** The tests named in a part of registry.test.ts. */
const laws = (part: string): string[] =>
  [...part.matchAll(/^ {2}it\('(.*)'/gm)].map(([, name]) => `- ${name}`)
const [everyOp, differentiable] = source.split('if (!smooth) return\n\n').map(laws) as [
  string[],
  string[],
]
/** Random calls for each order of derivative. */
const runs = new Map(
  [...source.matchAll(/\['\w+', (\d), (\d+)\]/g)].map(([, order, count]) => [
    Number(order),
    Number(count),
  ]),
)

const definition = ({ f, ulps = 0 }: Row): string =>
  f === undefined ? '' : ulps === 0 ? 'to the bit' : `to ${ulps} ulp`
const orders = ({ orders }: Row): string =>
  orders === 0 ? 'none' : Array.from({ length: orders }, (_, k) => k + 1).join(', ')
const cell = (text: string): string => text.replaceAll('|', '\\|')

const table = rows.map(
  ([name, row]) =>
    `| \`${name}\` | ${cell(row.formula)} | ${cell(row.domain)} | ` +
    `${['floats', ...row.dtypes].join(', ')} | ${row.known.length} | ${definition(row)} | ` +
    `${orders(row)} |`,
)

export const opsDocument = `# Ops, and what each is held to

Written by \`npm run docs:ops\` from the rows of \`test/tensor/ops/registry.ts\`, which are what the tests run on; the tests fail when this page is out of date. An op without a row
does not compile.

- *domain*: the real numbers, or the shapes, at which the derivative is defined and calls are drawn: multiples of 1/16, at most three axes of at most three places, empty and 0-d
  ones among them. Outside it the op is held to its definition alone.
- *known*: results worked out by hand. *definition*: how far a result may be from the op's definition on scalars, on numbers of every size, ±0, ±Infinity and NaN included.
- *derivatives*: the orders compared with five-point differences, on ${[...runs].map(([order, count]) => `${count} random calls for order ${order}`).join(', ')}, by the cotangent as well.
  Order 2 is 0 between two kinks.

| op | y | domain | dtypes | known | definition | derivatives |
|---|---|---|---|--:|---|---|
${table.join('\n')}

${rows.length} ops; ${rows.filter(([, row]) => row.orders > 0).length} are differentiable, ${rows.filter(([, row]) => row.orders === 3).length} of them compared to the third order.

## Laws

On random calls, every op:

${everyOp.join('\n')}

Every differentiable op:

${differentiable.join('\n')}
`
