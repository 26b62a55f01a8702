// Bugs to be planted in src/tensor/transforms/gradient.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'tape',
    bugs: [
      {
        find: '[null, first as BackwardOptions]',
        replace: '[null, {}]',
        why: 'options in the first place are passed over',
      },
      {
        find: '    discard(g.storage)\n',
        replace: '',
        why: 'each accumulation leaves a gradient in the heap',
      },
      {
        find: "changing('backward', sum, () => addSumInto(sum, g))",
        replace: 'sum.assign_(g)',
        why: 'backward overwrites .grad',
      },
      {
        find: "changing('backward', sum, () => addSumInto(sum, g))",
        replace: 'addSumInto(sum, g)',
        why: 'a graph that saved .grad is not told that it changed',
      },
      {
        find: ' && leaf.ownsGrad) inPlace',
        replace: ') inPlace',
        why: 'adds in place into a gradient that the user has set',
      },
      {
        find: '() => sum.add(g))',
        replace: '() => g)',
        why: 'a gradient that the user has set is overwritten',
      },
      {
        find: 'if (g.node === null) leaf.ownGrad(g)\n',
        replace: 'if (g !== null) leaf.ownGrad(g)\n',
        why: 'zeroGrad() recycles a recorded gradient',
      },
      {
        find: '  for (const pair of inPlace) for (const t of pair) t.address()\n',
        replace: '',
        why: 'a gradient that cannot be read stops backward() half way',
      },
      {
        find: 'unguarded(() => accumulate(found, createGraph === true))',
        replace: 'accumulate(found, createGraph === true)',
        why: 'backward() in a derivative refuses gradients that it has itself added to',
      },
      {
        find: 'return ones(output.shape',
        replace: 'return ones([]',
        why: 'a seed without the output’s shape',
      },
      {
        find: "seed('grad', root, given[i])",
        replace: "seed('grad', root, given[0])",
        why: 'the first cotangent for every output',
      },
      { find: 'gs[i] ?? zeros(', replace: 'gs[i] ?? ones(', why: 'ones for an unused input' },
      {
        find: '      g.storage.pinned = true\n',
        replace: '',
        why: 'what a hook was shown is recycled',
      },
      {
        find: ' : copy([cotangent])',
        replace: ' : cotangent',
        why: 'a hook is shown the caller’s own cotangent',
      },
    ],
  },
]
