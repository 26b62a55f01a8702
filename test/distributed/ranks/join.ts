// Joins with the options given as JSON, and reports the group or the error.
//
//   join.mjs <options>

import { Dropout, type Generator, manualSeed, ones } from 'tapegrad'
import { joinGroup } from 'tapegrad/distributed'
import { report } from './report.ts'

/** The dropout mask of 32 numbers. */
const mask = (generator?: Generator): string =>
  String(new Dropout(0.5, { generator }).forward(ones([32])).toArray())

try {
  const group = await joinGroup(JSON.parse(process.argv[2] ?? '{}'))
  manualSeed(7)
  report({
    group: String(group),
    seeds: group.gather(group.generator(7).state().seed),
    masks: group.gather(mask()),
    ownMasks: group.gather(mask(group.generator(7))),
  })
  group.close()
} catch (error) {
  report({ group: String(error) })
}
