// Joins with the options given as JSON, and reports the group or the error.
//
//   join.mjs <options>

import { joinGroup } from 'tapegrad/distributed'
import { report } from './report.ts'

try {
  const group = await joinGroup(JSON.parse(process.argv[2] ?? '{}'))
  report({ group: String(group), seeds: group.gather(group.generator(7).state().seed) })
  group.close()
} catch (error) {
  report({ group: String(error) })
}
