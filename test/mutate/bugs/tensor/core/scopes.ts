// Bugs to be planted in src/tensor/core/scopes.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: '  if (storage.temporary) storage.copied = false',
        replace: '  //',
        why: 'a transpose that a walk adds to is read by the sum while the walk goes on',
      },
      {
        find: 'inner.made.length === 0 ? []',
        replace: 'inner.made.length > 0 ? []',
        why: 'what a scope returns is recycled',
      },
    ],
  },
  {
    area: 'tape',
    bugs: [
      {
        find: 'if (escaped.has(storage)) noteMade(storage, false)\n      else if',
        replace: 'if',
        why: 'what a scope returns is recycled',
      },
      {
        find: 'if (escaped.has(storage)) noteMade(storage, false)',
        replace: 'if (escaped.has(storage)) continue',
        why: 'what an inner scope returns outlives the outer one',
      },
      {
        find: 'if (storage.refs === 0 && !storage.pinned && storage.freed === null) free(storage, BY_PASS)',
        replace: 'if (storage.refs < 0) free(storage, BY_PASS)',
        why: 'a derivative’s temporaries stay',
      },
      {
        find: '    differentiating = frame.outerNode\n',
        replace: '',
        why: 'saved values are guarded after the walk too',
      },
      {
        find: 'this.#temporary ? frame.scope :',
        replace: 'true ? frame.scope :',
        why: 'a recorded derivative’s results are freed',
      },
      {
        find: '  origin.made.push(copy)\n',
        replace: '',
        why: 'what a flipped tensor is rewritten into is never freed',
      },
      {
        find: '  copy.temporary = origin.derivative\n',
        replace: '',
        why: 'a cotangent that came flipped is never freed',
      },
      {
        find: 'transposedIn.get(transpose)',
        replace: 'scope',
        why: 'a flipped tensor’s numbers go with the scope that read them',
      },
      {
        find: '(creation && !scope.derivative)',
        replace: 'false',
        why: 'creations are recycled with their scope',
      },
      {
        find: '(creation && !scope.derivative)',
        replace: 'creation',
        why: 'what a derivative creates is never freed',
      },
      {
        find: '  storage.temporary = scope.derivative\n',
        replace: '',
        why: 'nothing the walk makes counts as its own',
      },
      { find: '  scope.made.push(storage)\n', replace: '', why: 'a scope frees nothing' },
      {
        find: '    scope = before\n',
        replace: '',
        why: 'what follows unscoped() belongs to no scope',
      },
      {
        find: '    differentiating = before\n',
        replace: '',
        why: 'after a backward() inside a derivative it uses saved values that have changed',
      },
      { find: '    scope = outer\n', replace: '', why: 'a scope goes on after its end' },
      {
        find: 'else if (!storage.pinned && storage.refs === 0) free',
        replace: 'else if (storage.refs === 0) free',
        why: 'frees what was kept',
      },
      {
        find: 'else if (!storage.pinned && storage.refs === 0) free',
        replace: 'else if (!storage.pinned) free',
        why: 'frees what a walk holds',
      },
      {
        find: 'if (storage.refs === 0 && !storage.pinned && storage.freed',
        replace: 'if (!storage.pinned && storage.freed',
        why: 'frees what the walk holds',
      },
      {
        find: 'if (storage.refs === 0 && !storage.pinned && storage.freed',
        replace: 'if (storage.refs === 0 && storage.freed',
        why: 'a derivative frees what was detached in it',
      },
      {
        find: '    differentiating = node\n',
        replace: '',
        why: 'saved values that have changed are used',
      },
      {
        find: 'scope?.derivative === false ? scope : null',
        replace: 'null',
        why: 'a recorded derivative outlives the scope of checkpoint()',
      },
      { find: 'storage.refs++', replace: 'storage.refs = 1', why: 'held once, however often' },
      {
        find: '--storage.refs === 0 && storage.temporary && !storage.pinned',
        replace: '--storage.refs === 0 && !storage.pinned',
        why: 'frees the caller’s own cotangent',
      },
      {
        find: '--storage.refs === 0 && storage.temporary && !storage.pinned',
        replace: '--storage.refs <= 1 && storage.temporary && !storage.pinned',
        why: 'frees what is still held',
      },
      {
        find: '--storage.refs === 0 && storage.temporary && !storage.pinned',
        replace: '--storage.refs === 0 && storage.temporary',
        why: 'frees what a hook keeps',
      },
      {
        find: '  storage.temporary = false\n',
        replace: '',
        why: 'a result of a walk still counts as the walk’s',
      },
      {
        find: '  storage.temporary = false\n  noteMade(storage, false)',
        replace: '  storage.temporary = false',
        why: 'a gradient outlives the scope it was made in',
      },
      {
        find: 'if (!storage.pinned) free(storage, BY_CLEARING)',
        replace: 'free(storage, BY_CLEARING)',
        why: 'zeroGrad recycles a gradient that was detached',
      },
      {
        find: 'if (!storage.pinned) free(storage, BY_CLEARING)',
        replace: '',
        why: 'gradients are never freed',
      },
    ],
  },
]
