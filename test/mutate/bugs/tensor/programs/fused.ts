// Bugs to be planted in src/tensor/programs/fused.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: 'if (captured[1].has(t) || constantNumber(t) === undefined) throw noArgument(t)',
        replace: 'if (constantNumber(t) === undefined) throw noArgument(t)',
        why: 'a captured tensor of one number is taken for that number',
      },
      {
        find: 'if (value !== again) throw',
        replace: 'if (value === null) throw',
        why: 'a branch on numbers is not seen',
      },
      {
        find: '    if (value.isBool) throw',
        replace: '    if (value === null) throw',
        why: 'conditions for numbers',
      },
      {
        find: 'if (unused >= 0) throw',
        replace: 'if (unused < -1) throw',
        why: 'an argument that plays no part broadcasts the result',
      },
      {
        find: "if (kind === 'columns' && sameShape(inputs[0].shape, out.shape)) continue",
        replace: "if (kind === 'columns') continue",
        why: 'columns taken for all of them',
      },
      {
        find: "    if (kind === 'elements') continue\n    if",
        replace: "    if (kind === 'elements' || kind === 'joined') continue\n    if",
        why: 'joined rows taken for the first',
      },
      {
        find: 'const key = needsGrad.join()',
        replace: "const key = ''",
        why: 'the derivative by one argument for another',
      },
      {
        find: 'const rest = isFlat ? size % width : 0',
        replace: 'const rest = 0',
        why: 'the last elements are left out',
      },
      {
        find: 'end?.run(1, size - rest)',
        replace: 'end?.run(1, size - width)',
        why: 'the last elements from another place',
      },
      {
        find: 'step, move: BYTES[t.dtype] }',
        replace: 'step, move: 4 }',
        why: 'the last elements of 8 bytes, or of 1, from another place',
      },
      {
        find: '    end?.place(rows)\n',
        replace: '    end?.place([...rows].reverse())\n',
        why: 'the last elements of other operands',
      },
      {
        find: 'const step = (isFlat ? width : strides[i][0]) * BYTES[t.dtype]',
        replace: 'const step = width * BYTES[t.dtype]',
        why: 'numbers for columns or rows in other rows',
      },
      {
        find: 'step === 0 && inner > 1 ? [i] : []',
        replace: 'step === 0 && inner < 1 ? [i] : []',
        why: 'one number of a row is read as a row',
      },
      {
        find: 'const isSimple = sizes.length === 2 && (sizes[0] === 1 || sizes[1] >= NARROW)',
        replace: 'const isSimple = true',
        why: 'three axes are read as two',
      },
      {
        find: 'for (const t of captured) throw noArgument(t)',
        replace: 'void captured',
        why: 'what f throws for another shape names no captured tensor',
      },
      {
        find: 'value !== this.#y && forward.has(value) && isSlow(value)',
        replace: 'forward.has(value) && isSlow(value)',
        why: 'the result is saved once more',
        equivalent: 'it is the same numbers in two places',
      },
      {
        find: 'const all = [this.#y, ...slow]',
        replace: 'const all = [this.#y, ...[...slow].reverse()]',
        why: 'slow functions are saved in the place of others',
      },
      {
        find: 'const key = requires.join()',
        replace: "const key = ''",
        why: 'saves what a call with other leaves needs',
      },
    ],
  },
]
