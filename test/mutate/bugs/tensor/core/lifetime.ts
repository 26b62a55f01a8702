// Bugs to be planted in src/tensor/core/lifetime.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'memory',
    bugs: [
      {
        find: '\n    if (output.materialized !== null && storage.bytes > SMALL)\n      pendingFree.push(output.materialized.storage)\n  ',
        replace: '',
        why: 'what a transpose was read by outlives its graph',
      },
      {
        find: 'if (Array.isArray(part)) return part',
        replace: 'if (Array.isArray(part)) return part.slice(0, 1e5)',
        why: 'what stands far behind in a list is recycled',
      },
      {
        find: "if (['Map', 'Set'].includes(tagOf(part)))",
        replace: "if (tagOf(part) === 'Map')",
        why: 'what is returned in a Set is recycled',
      },
      {
        find: '  } catch {\n    return undefined\n  }',
        replace: '  } finally {\n  }',
        why: 'a getter that throws is the scope’s error',
      },
      {
        find: "['Map', 'Set'].includes(tagOf(part))",
        replace: 'part instanceof Map || part instanceof Set',
        why: 'results in a map of another realm are recycled',
      },
    ],
  },
  {
    area: 'tape',
    bugs: [
      {
        find: 'const SMALL = 64',
        replace: 'const SMALL = 0',
        why: 'a loss is unreadable after its graph',
      },
      {
        find: '  output.storage.saved = saved.map((t) => t.storage)\n',
        replace: '',
        why: 'what an op saved is never freed',
      },
      {
        find: '(node.consumed || continuing.has(node))',
        replace: 'continuing.has(node)',
        why: 'looking at a result after the walk recycles it',
      },
      {
        find: ' && !inputs.some((input) => input.storage === storage)',
        replace: '',
        why: 'a view that was walked takes along what it shows',
      },
      {
        find: ' || insideDerivative()',
        replace: '',
        why: 'what a walk records recycles what it still reads',
      },
      {
        find: '(node.consumed || continuing.has(node))',
        replace: 'node.consumed',
        why: 'the second op upon a result after the pass recycles it',
      },
      {
        find: 'if (saved.freed === null) free(saved, BY_GRAPH)',
        replace: '',
        why: 'what an op saved is not freed with its graph',
      },
      {
        find: 'if (!storage.pinned && storage.freed === null) free(storage, BY_GRAPH)',
        replace: 'if (storage.freed === null) free(storage, BY_GRAPH)',
        why: 'a detached result is recycled with its graph',
      },
      { find: '  }\n  pendingFree = []\n', replace: '  }\n', why: 'what waits is kept for ever' },
      {
        find: '  const outer = pendingFree\n  pendingFree = []\n',
        replace: '  const outer = pendingFree\n',
        why: 'an example of a step recycles what its caller may still read',
      },
      {
        find: 'pendingFree = outer.concat(pendingFree)',
        replace: 'pendingFree = []',
        why: 'after an example of a step a consumed graph is never freed',
      },
    ],
  },
]
