// Bugs to be planted in src/tensor/programs/derivative.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: 'segments.get(result)?.[0].value ?? null',
        replace: 'segments.get(result) === undefined ? null : cotangents[0]',
        why: 'the cotangent handed on as it is',
      },
      {
        find: '      const between = evaluated.filter(({ out }) => !starts.has(out))\n',
        replace: '      const between = evaluated.filter(() => false)\n',
        why: 'choices taken for constants of the example',
      },
      {
        find: 'every((x) => Object.is(x, first))',
        replace: 'some((x) => Object.is(x, first))',
        why: 'other numbers taken for one',
      },
      {
        find: 'gradOutputs: gs.filter((_, i) => depends[i]),',
        replace: 'gradOutputs: gs.slice(0, depends.filter(Boolean).length),',
        why: 'cotangents of other outputs',
      },
      {
        find: "        if (number === undefined) throw new NoProgram('its derivative uses numbers of its own')\n",
        replace: '',
        why: 'numbers of the example in a derivative',
      },
      {
        find: 'CONSTANT_MAKERS.includes(t.storage.maker) && t.node === null',
        replace: 'CONSTANT_MAKERS.includes(t.storage.maker)',
        why: 'a leaf of zeros for the number 0',
      },
    ],
  },
]
