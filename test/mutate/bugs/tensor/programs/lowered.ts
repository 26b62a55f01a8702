// Bugs to be planted in src/tensor/programs/lowered.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: 'return isMultiplied || [...read]',
        replace: 'return [...read]',
        why: 'a cotangent is overwritten before it is multiplied',
      },
      {
        find: 'return isMultiplied || [...read].some(',
        replace: 'return isMultiplied || [].some(',
        why: 'a cotangent is overwritten before it is read',
      },
      {
        find: 'const key = `${width}: ${parts.sort()}`',
        replace: 'const key = `${width}`',
        why: 'products of one width share their cotangents',
      },
      {
        find: '      if (from > at) gaps.push({ value: zero, operand, from: at, width: from - at })\n',
        replace: '',
        why: 'columns that nobody read keep what lay there',
      },
      {
        find: '    if (at < width) gaps.push',
        replace: '    if (at < 0) gaps.push',
        why: 'last columns that nobody read keep what lay there',
      },
      {
        find: "        (source.kind === 'x' && level === 0 && !this.#multipliesX) ||\n",
        replace: '',
        why: 'the cotangent of an x that is not read',
      },
      {
        find: "        (source.kind === 'state' && level === 0) ||\n",
        replace: '',
        why: 'the cotangent of a state that is not read',
      },
      {
        find: '        accumulates[i] = this.#begun.has(to as number)\n',
        replace: '        accumulates[i] = false\n',
        why: "a product's share in place of the sum",
      },
      {
        find: 'accumulates[i] = this.#begun.has(to as number)',
        replace: 'accumulates[i] = true',
        why: "a product's share on top of what lay there",
      },
      {
        find: 'if (accumulate) return given\n',
        replace: 'if (accumulate) return given.map((one) => ({ ...one, accumulate: false }))\n',
        why: "a program's share in place of the sum",
      },
      {
        find: '        this.#begun.add(to as number)\n',
        replace: '',
        why: "a second product's share in place of the first",
      },
      {
        find: 'readsX: this.#begun.has(this.#dx)',
        replace: 'readsX: false',
        why: 'what programs give to the cotangent of x is lost',
      },
      {
        find: "source.kind === 'product' && source.level === level",
        replace: "source.kind === 'product' && source.level < 0",
        why: 'the cotangent of a product that is only compared',
      },
      {
        find: 'firstLevel(this.#behind, value) === level',
        replace: 'level === 0',
        why: 'what is saved is computed before its products',
      },
      {
        find: 'cotangent: this.#dAfter[k] }',
        replace: 'cotangent: this.#dStates[k] }',
        why: 'the cotangent before a step for the one after',
      },
      {
        find: '${level} ${part.from} ${part.width} ${value.id}',
        replace: '${level} ${part.width} ${value.id}',
        why: 'products that are read in another order share their cotangents',
      },
      {
        find: '${level} ${part.from} ${part.width} ${value.id}',
        replace: '${part.from} ${part.width}',
        why: 'products that are read alike share their cotangents',
      },
      {
        find: 'this.#writtenAt(value, at) < level',
        replace: 'firstLevel(this.#behind, value) < level',
        why: 'a value is read from a place before it is written there',
      },
    ],
  },
]
