// Bugs to be planted in src/tensor/programs/code.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: 'from * (isBool ? 1 : size)',
        replace: 'from * size',
        why: 'conditions are read in steps of numbers',
      },
      {
        find: '      table[word++] = step\n',
        replace: '      table[word++] = size\n',
        why: 'every row as a number behind the first',
      },
      {
        find: '      table[word++] = move\n',
        replace: '      table[word++] = 0\n',
        why: 'every step at the first rows',
      },
      {
        find: 'table[word] = first + i * size',
        replace: 'table[word] = first',
        why: 'the first constant for all',
      },
      {
        find: '    const { parts, constants, dtype } = this.#listing\n',
        replace:
          '    if (this.#start !== 0) return\n    const { parts, constants, dtype } = this.#listing\n',
        why: 'a second call reads the rows of the first',
      },
      {
        find: '    this.#start = start\n',
        replace: '    this.#start ||= start\n',
        why: 'code that was moved is run where it lay at its first call',
      },
      {
        find: 'const first = start + this.#layout.constants',
        replace: 'const first = (this.#start || start) + this.#layout.constants',
        why: 'the constants of code that was moved are read where they lay',
      },
      {
        find: '    this.#operands = operands\n',
        replace: '    if (this.#operands.length === 0) this.#operands = operands\n',
        why: 'functions of single elements: a second call reads the rows of the first',
      },
      {
        find: 'writes[i] = addressOf(this.#operands[written[i]], shift)',
        replace: 'writes[i] = 0',
        why: "a lost thread's numbers are not given up",
      },
      {
        find: 'addressOf(this.#operands[written[i]], shift)',
        replace: 'this.#operands[written[i]].at',
        why: "a lost thread's numbers are looked for in the rows of the first step",
      },
      {
        find: 'this.#kernel(0, instructions.length, 0, rows, shift, rows * cost)',
        replace: 'this.#kernel(0, instructions.length, 0, rows, 0, rows * cost)',
        why: 'every step as the first',
      },
      {
        find: 'this.#kernel(first, end, from, to, shift, rows * cost)',
        replace: 'this.#kernel(first, end, from, to, 0, rows * cost)',
        why: 'kernels between functions of single elements: every step as the first',
      },
      {
        find: 'start + code + 4 * first * INSTRUCTION_WORDS',
        replace: 'start + code',
        why: 'the first kernels in place of those behind a function',
      },
      {
        find: 'hasOwn ? start + scratch : 0',
        replace: '0',
        why: 'values beyond the scratch of a thread',
      },
    ],
  },
]
