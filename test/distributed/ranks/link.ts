// Sums over two hosts, then loses the link between them; each rank reports its sum, and rank 0 the
// error of the next call.
//
//   link.mjs <network device of rank 0's host>

import { execFileSync } from 'node:child_process'
import { hostname } from 'node:os'
import { randn, zeros } from 'tapegrad'
import { joinGroup } from 'tapegrad/distributed'
import { report } from './report.ts'

const group = await joinGroup({ timeoutMs: 2000 })
// More than fits into what a socket holds.
const t = randn([2 ** 20]).add(group.rank)
const [mean] = [group.sum(t).mean().item()]
report({ rank: group.rank, host: hostname(), mean })
group.barrier()
if (group.rank === 0) execFileSync('ip', ['link', 'set', 'dev', process.argv[2] as string, 'down'])
try {
  group.sum(zeros([8]))
} catch (error) {
  report({ rank: group.rank, error: String(error) })
  throw error
}
