// Bugs to be planted in src/tensor/transforms/checkpoint.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'tape',
    bugs: [
      {
        find: '    node.inputs = node.inputs.with(i, source)\n',
        replace: '',
        why: 'gradients go to what the function met the second time',
      },
      {
        find: 'if (!isAlike(input, source) || !sameBits(input, source))',
        replace: 'if (false)',
        why: 'other numbers of the same result are taken',
      },
      {
        find: 'text !== again[i]',
        replace: 'false',
        why: 'other constants of the same result are taken',
      },
      {
        find: 'if (uses.length !== first.length)',
        replace: 'if (false)',
        why: 'more or fewer tensors than the first time are taken',
      },
      {
        find: '[...new Set([...inner, ...sourcesOf([y])])]',
        replace: 'sourcesOf([y])',
        why: 'a result that lies behind another is forgotten',
      },
      {
        find: '    .sort((a, b) => (a.node as Node<Tensor>).id - (b.node as Node<Tensor>).id)\n',
        replace: '',
        why: 'results in the order they are returned',
      },
      {
        find: '    .filter((y) => !opsBehind([y], recorded).some((node) => node.consumed))\n',
        replace: '',
        why: 'a graph that was walked inside is lost in silence',
      },
      {
        find: '  if (node === null || node.rule !== null || node.id <= since) return\n',
        replace: '  if (node !== undefined) return\n',
        why: 'a leaf that was made inside is too new for the second call',
      },
      {
        find: 'inner.sources = inner.sources.map((t) => (t === input ? source : t))',
        replace: '',
        why: 'a checkpoint within goes on with what was met the second time',
      },
      {
        find: '.filter((hook) => !hooks[i].has(hook))',
        replace: '',
        why: 'hooks of the function itself are called twice',
      },
      {
        find: '        y.node.hooks = hooks\n',
        replace: '',
        why: 'hooks of the function itself are not called where the pass ends',
      },
    ],
  },
]
