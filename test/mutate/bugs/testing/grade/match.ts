// Bugs to be planted in src/testing/grade/match.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'questions.every((question, k) => gives(answers[k] as Answer, question, made))',
        replace: 'true',
        why: 'a mistake is named that one question alone points to',
      },
      {
        find: "if ('thrown' in answer) return 'thrown' in wrong",
        replace: "if ('thrown' in answer) return true",
        why: 'a function that throws for some sizes has made any mistake that fits the others',
      },
      {
        find: 'names.every((name) => given.has(name))',
        replace: 'names.some((name) => given.has(name))',
        why: 'one gradient is enough to name a mistake',
        equivalent: 'candidates are only proposed: every one is held to all answers',
      },
    ],
  },
]
