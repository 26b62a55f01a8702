// Bugs to be planted in src/tensor/programs/assemble.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: 'if (!this.#overlaps(given, output)) return true',
        replace: 'return true',
        why: 'a result over an operand that is still to be read',
      },
      {
        find: 'last === output.value.id && isInPlace',
        replace: 'last === output.value.id',
        why: 'columns moved in place',
      },
      {
        find: 'if (this.#outputs.some((one) => one.value === value)) return false\n',
        replace: '',
        why: 'an operand that is a result is overwritten',
      },
      {
        find: 'output.from < given.from + value.width',
        replace: 'output.from <= given.from',
        why: 'columns that begin before a result are not seen to overlap',
      },
      {
        find: '      if (isOutput && this.#outputs.some((output) => this.#overlaps([value, given], output))) {',
        replace: '      if (isOutput && given.operand < 0) {',
        why: 'two states that change places: one twice',
      },
      {
        find: "&& place?.kind === 'scratch' && !isOutput)",
        replace: "&& place?.kind === 'scratch')",
        why: 'scratch of a result is used again',
      },
      {
        find: 'if (this.#lastReader.get(arg) === value &&',
        replace: 'if (',
        why: 'scratch is used again before its last reader',
      },
      { find: '      before = out\n', replace: '', why: 'a chain forgets the link before' },
      {
        find: 'args: [to, place], repeats })',
        replace: 'args: [place, place], repeats })',
        why: 'accumulates nothing',
      },
      {
        find: 'const repeats = [false, value.width < width]',
        replace: 'const repeats = [false, false]',
        why: 'adds what lies behind one number of a row',
      },
      {
        find: 'this.#direct.get(value) !== output && !isThere',
        replace: '!isThere && output.from < 0',
        why: 'results that were not written directly are lost',
      },
      {
        find: 'if (times[i] > 1)',
        replace: 'if (times[i] < 1)',
        why: 'a number that stands for many columns is added once',
      },
      {
        find: '        !this.#holds(arg),',
        replace: '        true,',
        why: 'three functions for two: the first is forgotten',
      },
      {
        find: "(i === 0 && kernelOf(arg) === 'mul')",
        replace: 'i === 0',
        why: 'a derivative of tanh after a sum',
      },
      {
        find: 'if ((this.#lastReader.get(arg)?.id ?? -1) < value.id) this.#lastReader.set(arg, value)',
        replace: 'arg',
        why: 'what two functions read together is overwritten before',
      },
      {
        find: "kernel === 'sub' && inner === 1 ? 'Rsub'",
        replace: "inner < 0 ? 'Rsub'",
        why: '(b + c) − a for a − (b + c)',
      },
      {
        find: 'value.width === output.width && !output.accumulate',
        replace: 'value.width === output.width',
        why: 'what should be added is stored',
      },
      {
        find: 'output.value.width === output.width && !',
        replace: '!',
        why: 'one number of a row is stored once',
      },
      {
        find: '        repeats: [value.width < width],\n',
        replace: '        repeats: [false],\n',
        why: 'one number of a row is copied as a row',
      },
      {
        find: 'repeats: args.map((arg) => arg.width < width)',
        replace: 'repeats: args.map(() => false)',
        why: 'one number of a row is read as a row',
      },
      {
        find: "      this.#pair('add', out, [out, sum])\n",
        replace: '',
        why: 'the sum of the first columns alone',
      },
      {
        find: 'this.#readers.get(arg) === 1 &&',
        replace: '',
        why: 'what others read as well is not stored',
      },
      { find: '!roots.includes(arg) &&', replace: '', why: 'a result is not stored' },
      {
        find: '[args[1 - inner], ...argsOf(args[inner])]',
        replace: '[...argsOf(args[inner]), args[1 - inner]]',
        why: 'a − b for b − a where −a is added',
      },
      {
        find: "isNegative(arg)\n          ? kernelOf(value) === 'add'",
        replace: 'isNegative(arg)\n          ? isPair(value)',
        why: 'a difference for the product with a negative number',
      },
    ],
  },
]
