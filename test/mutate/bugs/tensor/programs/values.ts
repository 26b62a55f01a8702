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
      {
        find: "['neg', 'mul', 'div'].includes",
        replace: "['neg', 'mul', 'div', 'add', 'sub'].includes",
        why: 'what is added to each element of a sum is added once',
      },
      {
        find: "['neg', 'mul', 'div'].includes",
        replace: "['neg', 'mul', 'div', 'exp', 'tanh', 'square'].includes",
        why: 'a function of the sum for the sum of a function',
      },
      {
        find: 'one.width === 1 && one === arg',
        replace: 'one === arg',
        why: 'a row that another one is multiplied by is taken out of the sum',
      },
      {
        find: 'one.width === 1 && one === arg.args[1 + i]',
        replace: 'one.width === 1',
        why: 'parts of a sum with other factors as if they had that of the first',
      },
      {
        find: '    arg.rule === first.rule &&\n',
        replace: '',
        why: 'parts of a sum that are divided as if they were multiplied as the first',
      },
      {
        find: 'return args.every(isSame)',
        replace: 'return args.some(isSame)',
        why: 'parts of a sum as if they were made as the first',
      },
      {
        find: '[inner, ...others]',
        replace: '[inner, ...others.slice(1)]',
        why: 'the factor of a sum is lost',
      },
    ],
  },
]
