// Bugs to be planted in src/tensor/programs/plan.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: "1 + (source.kind === 'factor' ? this.#factors[source.factor].level : 0)",
        replace: '1',
        why: 'a product of a product at its own level',
      },
      {
        find: "if (source.kind === 'product') level = source.level",
        replace: "if (source.kind === 'factor') level = 0",
        why: 'a product is read before it is computed',
      },
      {
        find: '      this.#sources[base] = { ...this.#sources[base], level } as Source\n',
        replace: '',
        why: 'a sum of products is read before the second is added',
      },
      {
        find: '? this.#values.part(operand, 0, 1) : this.#values.part(operand, from, width)',
        replace: '? this.#values.part(operand, 0, 1) : this.#values.part(operand, 0, width)',
        why: 'the first columns of a vector for all',
      },
      {
        find: "if (known !== undefined && ['x', 'state'].includes(this.#sources[known].kind)) return known",
        replace: 'if (known !== undefined) return known',
        why: 'products of parts that are no rows of their own',
      },
      {
        find: 'return known < 0 ? this.#outside.push(summed) - 1 : known',
        replace: 'return this.#outside.push(summed) - 1',
        why: 'a weight used twice counts as two',
      },
      {
        find: 'this.#outsideIndex(...biases)',
        replace: 'this.#outsideIndex(biases[0])',
        why: 'one of two biases is left out of their sum',
      },
      {
        find: 'known.length === summed.length && known',
        replace: 'known',
        why: 'a bias alone for its sum with another one',
      },
      {
        find: 'readNodes(graphOf(calls, starts), after)',
        replace: 'graphOf(calls, starts)',
        why: 'a product that nobody reads gets gradients of what lay there',
      },
      {
        find: 'isOnto: base !== undefined,',
        replace: 'isOnto: false,',
        why: 'a product in place of a sum of two',
      },
      {
        find: 'this.#factors.push({ operand, segments, level })',
        replace: 'this.#factors.push({ operand, segments, level: 0 })',
        why: 'a factor is computed before what it is made of',
      },
      {
        find: '    this.#numbers.set(t, number)\n',
        replace: '',
        why: 'a recorded pass does not know the numbers',
      },
      {
        find: 'if (isBool || (t.size !== 1 && t.size !== columnsOf(out)))',
        replace: 'if (isBool)',
        why: 'other tensors are taken for rows',
      },
      {
        find: '      if (number === undefined)\n        throw new NoProgram(`uses numbers',
        replace: '      if (number === null)\n        throw new NoProgram(`uses numbers',
        why: 'numbers for each row of the example',
      },
    ],
  },
]
