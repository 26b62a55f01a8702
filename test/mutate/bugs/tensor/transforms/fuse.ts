// Bugs to be planted in src/tensor/transforms/fuse.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: 'const key = dtypes.join()',
        replace: "const key = ''",
        why: 'programs of another dtype',
      },
      {
        find: 'gs.map((one, i) => one?.sumTo(inputs[i].shape) ?? null)',
        replace: 'gs',
        why: 'broadcasting is not undone',
      },
      {
        find: 'if (again.node === null) return needsGrad.map(() => null)\n',
        replace: '',
        why: 'a recorded pass fails where nothing depends on the argument',
      },
      {
        find: '    if (origins !== null || isListening()) return f(...given)\n',
        replace: '    if (isListening()) return f(...given)\n',
        why: 'an anomaly names the fused function alone',
      },
      {
        find: 'if (origins !== null || isListening()) return',
        replace: 'if (origins !== null) return',
        why: 'a fused function in another is refused',
      },
      {
        find: 'const separate = distinct(inputs)',
        replace: 'const separate = inputs',
        why: 'one tensor in two places',
      },
      {
        find: 'recording && x.requiresGrad',
        replace: 'x.requiresGrad',
        why: 'saves for backward inside noGrad',
      },
      {
        find: 'if (saved.length > 0) freeWithGraph(out, saved)\n',
        replace: '',
        why: 'what is saved outlives the graph',
      },
    ],
  },
]
