// Bugs to be planted in src/layers/recurrent/layer.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: '[undefined, second as SequenceOptions]',
        replace: '[undefined, {}]',
        why: 'lengths in the place of a state are passed over',
      },
      {
        find: 'third === undefined && ',
        replace: '',
        why: 'options beside options are passed over',
      },
      {
        find: 'layer > 0 && this.training ? dropout',
        replace: 'this.training ? dropout',
        why: 'drops out the input as well',
      },
      {
        find: 'layer > 0 && this.training ? dropout',
        replace: 'layer > 0 ? dropout',
        why: 'drops out in evaluation too',
      },
      {
        find: 'select(0, last.length)',
        replace: 'select(0, layer)',
        why: 'both directions start from one state',
      },
      {
        find: 'cat(outputs, 1)',
        replace: 'cat([...outputs].reverse(), 1)',
        why: 'the reverse output in front',
      },
      {
        find: "suffix.endsWith('reverse')",
        replace: "suffix.endsWith('backwards')",
        why: 'both directions run forward',
      },
      {
        find: 'index: turned(lookUp.index)',
        replace: 'index: lookUp.index',
        why: 'equal rows of the reverse pass where those of the forward pass are',
      },
      {
        find: '      lookUp = null\n',
        replace: '',
        why: 'equal inputs taken for equal outputs by the layer above',
      },
      {
        find: 'packed.after(after, from, isReverse)',
        replace: 'after',
        why: 'last states in the order of lengths',
      },
      {
        find: 'isAnyOrder ? own : packed.before(from, isReverse)',
        replace: 'own',
        why: 'first states in the order of the batch',
      },
      {
        find: 'state === undefined && packed.sizes[0] === N',
        replace: 'packed.sizes[0] === N',
        why: 'given states in the order of the batch where every sequence is one segment',
      },
      {
        find: '      origins = []\n',
        replace: '',
        why: 'holes show the first state of the first layer',
      },
      {
        find: 'k === 1',
        replace: 'false',
        why: 'the reverse direction begins and ends where the forward one does',
      },
      {
        find: 'this.hiddenSize * suffixes.length',
        replace: 'this.hiddenSize',
        why: 'upper layers too narrow for two directions',
      },
    ],
  },
]
