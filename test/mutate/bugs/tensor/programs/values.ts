// Bugs to be planted in src/tensor/programs/values.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: "`constant ${Object.is(number, -0) ? '-0' : number} ${isBool}`",
        replace: '`constant ${number} ${isBool}`',
        why: '−0 taken for 0',
      },
      {
        find: '${text}: ${ids}`',
        replace: '${ids}`',
        why: 'ops of other attributes taken for one',
      },
      {
        find: '(part) => `object ${this.#number(part)}`',
        replace: '() => ""',
        why: 'ops whose attributes hold other functions taken for one',
      },
      {
        find: '`part ${operand} ${from} ${width}`',
        replace: '`part ${operand} ${from}`',
        why: 'parts of other widths taken for one',
      },
      {
        find: 'Math.max(...args.map((arg) => arg.width))',
        replace: 'args[0].width',
        why: 'the width of the first argument',
      },
      {
        find: 'if (!ends.has(value)) open.push',
        replace: 'open.push',
        why: 'values behind those that are saved',
      },
      {
        find: 'sort((a, b) => a.id - b.id)',
        replace: 'sort((a, b) => b.id - a.id)',
        why: 'values before their arguments',
      },
      {
        find: '.mul(value.times[i])',
        replace: '',
        why: "a sum's derivative as if each number counted once",
      },
      {
        find: 'const inputs = isChoice(value) ?',
        replace: 'const inputs = !isChoice(value) ?',
        why: 'choices by one number for a row',
      },
      {
        find: '`${this.#number(rule)} ${text}',
        replace: '`${rule.name} ${text}',
        why: 'ops of one name taken for one',
      },
      {
        find: 'rowSum ${args.map(({ id }) => id)} ${times}',
        replace: 'rowSum ${args.map(({ id }) => id)}',
        why: 'sums in which numbers count otherwise taken for one',
      },
    ],
  },
]
