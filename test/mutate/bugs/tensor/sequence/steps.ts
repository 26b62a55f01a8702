// Bugs to be planted in src/tensor/sequence/steps.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'if (found?.parameters)',
        replace: 'if (found?.parameters && found === null)',
        why: 'where parameters stand is not known',
        equivalent: 'the step is recorded at every call, and they are found: only slower',
      },
      {
        find: 'if (textOfPlan(plan) !== textOfPlan(other))',
        replace: 'if (plan === other)',
        why: 'a step that depends on its numbers',
      },
      {
        find: 'listeningToAll(step, refuseEffect)',
        replace: 'listeningToAll(step, () => {})',
        why: 'numbers that a step changes in place are the first ones at every step',
      },
      {
        find: 'enableGrad(() => listeningToAll(step, refuseEffect))',
        replace: 'listeningToAll(step, refuseEffect)',
        why: 'a step whose first call is inside noGrad is no program',
      },
      {
        find: 'for (const t of first) key += ` ${t.shape[1]}`\n',
        replace: '',
        why: 'states of another size',
      },
      {
        find: 'run.parameters.length > 0 && !parameters.flat().includes(-1)',
        replace: 'run.parameters.length > 0',
        why: 'weights that are no parameters are looked for among them',
      },
      {
        find: 'run.parameters.length > 0 && !parameters',
        replace: '!parameters',
        why: 'a step without tensors from outside is never looked at again',
      },
      {
        find: '    requireLasting(latest, { outside: other.outside, calls: other.recorded.calls })\n',
        replace: '',
        why: 'random numbers of the first call for all',
      },
      {
        find: 'if (replaced(known.latest, seen) !== null) {',
        replace: 'if (seen === null) {',
        why: 'a step that begins to take others at each call takes those of the first step',
      },
      {
        find: '      requireLasting(seen, next)\n',
        replace: '',
        why: 'a step that takes others by turns takes those of the first step',
      },
      {
        find: '    known.latest = seen\n',
        replace: '',
        why: 'others than at the first call are not known as those of the latest one',
      },
      {
        find: 'if (error instanceof NoProgram) this.#known.set(key, error)\n      throw',
        replace: 'throw',
        why: 'a step that was no program once is one at a later call',
      },
      {
        find: 'let key = `${x.dtype} ${x.shape[1]}`',
        replace: 'let key = `${x.shape[1]}`',
        why: 'a program of another dtype',
      },
      {
        find: 'let key = `${x.dtype} ${x.shape[1]}`',
        replace: 'let key = `${x.dtype}`',
        why: 'a program for another size of x',
      },
      {
        find: '      made.storage.pinned = true\n',
        replace: '',
        why: 'the example is freed with the scope of the first call',
      },
      {
        find: '[EXAMPLE_ROWS + variant, ...',
        replace: '[EXAMPLE_ROWS, ...',
        why: 'a step that counts its rows is not seen',
      },
      {
        find: 'summed.reduce((a, b) => a.add(b))',
        replace: 'summed[0]',
        why: 'one of two biases is forgotten',
      },
      {
        find: 'summed.reduce((a, b) => a.add(b))',
        replace: 'summed.reduce((a, b) => a.add(b.detach()))',
        why: 'one of two biases gets no gradient',
      },
    ],
  },
]
