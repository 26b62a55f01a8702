// Bugs to be planted in src/layers/recurrent/stack.ts.

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
        find: 'layer > 0 ? between(rows) : rows',
        replace: 'between(rows)',
        why: 'drops out the input as well',
      },
      {
        find: 'given(last.length)',
        replace: 'given(layer)',
        why: 'both directions start from one state',
      },
      {
        find: 'cat(outputs, 1)',
        replace: 'cat([...outputs].reverse(), 1)',
        why: 'the reverse output in front',
      },
      {
        find: 'index: turned(lookUp.index)',
        replace: 'index: lookUp.index',
        why: 'equal rows of the reverse pass where those of the forward pass are',
      },
      {
        find: '    lookUp = null\n',
        replace: '',
        why: 'equal inputs taken for equal outputs by the layer above',
      },
      {
        find: 'packed.after(scanned.after, from, isReverse)',
        replace: 'scanned.after',
        why: 'last states in the order of lengths',
      },
      {
        find: 'packed.after(scanned.after, from, isReverse)',
        replace: 'packed.after(scanned.after, from, false)',
        why: 'the reverse direction ends where the forward one does',
      },
      {
        find: 'isAnyOrder ? own : packed.before(from, isReverse)',
        replace: 'own',
        why: 'first states in the order of the batch',
      },
      {
        find: 'packed.before(from, isReverse)',
        replace: 'packed.before(from, false)',
        why: 'the reverse direction begins where the forward one does',
      },
      {
        find: 'given === null && packed.sizes[0] === N',
        replace: 'packed.sizes[0] === N',
        why: 'given states in the order of the batch where every sequence is one segment',
      },
      {
        find: '    origins = []\n',
        replace: '',
        why: 'holes show the first state of the first layer',
      },
      {
        find: 'packed.unpack(turned((scanned.rows as S)[name])',
        replace: 'packed.unpack((scanned.rows as S)[name]',
        why: 'the states of the reverse direction back to front',
      },
      {
        find: '[from[name]]',
        replace: '[from.h]',
        why: 'holes before all steps show h in the place of c',
      },
      {
        find: 'result.states = formed(form, after)',
        replace: 'result.states = formed(form, last)',
        why: 'the last states in the place of all',
      },
      {
        find: 'batchFirst ? x.shape : [x.shape[1], x.shape[0]]',
        replace: 'x.shape',
        why: 'steps counted as sequences',
      },
      {
        find: "requireFlag(who, 'every', read.every)",
        replace: '',
        why: 'every may be any value',
      },
      {
        find: 'if (T === 0)',
        replace: 'if (false)',
        why: 'sequences without steps are taken',
      },
      {
        find: '(name) => direction.fresh(name, N)',
        replace: "() => direction.fresh('h' as keyof S, N)",
        why: 'the fresh h for the fresh c',
      },
      {
        find: '(name) => direction.fresh(name, 1)',
        replace: "() => direction.fresh('h' as keyof S, 1)",
        why: 'the fresh h for the fresh c after a reset',
      },
      {
        find: '(name) => direction.fresh(name, 1)',
        replace: '(name) => own[name].slice(0, 0, 1)',
        why: 'a reset goes back to the state of the first sequence',
      },
      {
        find: 'row.unsqueeze(0).broadcastTo(shape)',
        replace: 'row.detach().unsqueeze(0).broadcastTo(shape)',
        why: 'the first states are not learned',
      },
      {
        find: 'packed.unpack(turned(own), [none]',
        replace: 'packed.unpack(own, [none]',
        why: 'what is watched in reverse stands at the steps of the other direction',
      },
    ],
  },
]
