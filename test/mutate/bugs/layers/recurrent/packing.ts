// Bugs to be planted in src/layers/recurrent/packing.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'b.count - a.count',
        replace: 'a.count - b.count',
        why: 'the shortest first',
      },
      {
        find: '.filter(({ count }) => count > 0)',
        replace: '.filter(({ start, end }) => end > start)',
        why: 'segments of nothing but holes are packed',
      },
      {
        find: '?? 1).fill(0)',
        replace: '?? 0).fill(0)',
        why: 'no step at all, so that gradients are not written',
      },
      {
        find: 'starts[count - 1 - t] + k',
        replace: 'starts[t] + k',
        why: 'ragged sequences are not reversed',
      },
      { find: 'return R - size', replace: 'return R', why: 'steps begin one late' },
      { find: '.flip(0)', replace: '.flip(1)', why: 'reverses the batch' },
      {
        find: 't < count; t++) sizes',
        replace: 't <= count; t++) sizes',
        why: 'one step of padding counts',
      },
      {
        find: 'times[first + t])',
        replace: 't)',
        why: 'the first steps are run, holes or not',
      },
      {
        find: 'batchFirst ? x.permute([1, 0, 2]) : x',
        replace: 'x',
        why: 'time and batch are not exchanged',
      },
      {
        find: 'batchFirst ? [N, T, width] : [T, N, width]',
        replace: '[N, T, width]',
        why: 'the output’s axes the other way round',
      },
      {
        find: 'lengths === undefined && mask === undefined && resets === undefined',
        replace: 'lengths === undefined && mask === undefined',
        why: 'resets alone are passed over',
      },
      {
        find: 'lengths === undefined && mask === undefined && resets === undefined',
        replace: 'lengths === undefined && resets === undefined',
        why: 'a mask alone is passed over',
      },
      {
        find: 'isReverse && !isSymmetric ? 1 : 0',
        replace: '0',
        why: 'the reverse direction begins and ends where the forward one does',
      },
      {
        find: 'cat([t, fresh(name)])',
        replace: 'cat([t, t.slice(0, 0, 1)])',
        why: 'a segment begins from the state of the first sequence',
      },
      {
        find: 'cat([t, fresh(name)])',
        replace: 'cat([fresh(name), t])',
        why: 'the fresh state where that of the first sequence is',
      },
      {
        find: 'needsFresh ? mapped(given',
        replace: 'false ? mapped(given',
        why: 'no fresh state for segments that begin from it',
      },
      {
        find: 'if (way === 0 || lasts[segment.n] < 0)',
        replace: 'if (lasts[segment.n] < 0)',
        why: 'the last state is that of the first segment',
      },
      {
        find: 'if (way === 0 || lasts[segment.n] < 0)',
        replace: '',
        why: 'the last state in reverse is that of the last segment in time',
      },
      {
        find: 'rank.size + segment.origins[way]',
        replace: 'rank.size + segment.n',
        why: 'a segment without steps ends with the given state, reset or not',
      },
      {
        find: '({ origins }) => origins[way]',
        replace: '({ n }) => n',
        why: 'every segment begins from the given state',
      },
      {
        find: 'way === 0 ? before - 1 : before',
        replace: 'before - 1',
        why: 'in reverse a hole repeats the step before it in time',
      },
      {
        find: 'step < 0 || step === count',
        replace: 'step < 0',
        why: 'in reverse the holes at the end of a segment repeat a row of another',
      },
      {
        find: 'begins.add(origins[way], place)',
        replace: 'begins.add(n, place)',
        why: 'holes after a reset show the given state',
      },
      {
        find: 'rows.slice(1, k * H, (k + 1) * H)',
        replace: 'rows.slice(1, 0, H)',
        why: 'the forward output for both directions',
      },
      {
        find: 'holesIn(first + k, ',
        replace: 'holesIn(k, ',
        why: 'all states of the reverse direction repeat the step before a hole in time',
      },
    ],
  },
]
