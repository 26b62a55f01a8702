// Before each file on a cross-origin isolated page: it is one, and two threads are at work.

import { setThreads } from 'tapegrad'

if (!crossOriginIsolated)
  throw new Error('expected a page that is cross-origin isolated, got one that is not')
const threads = await setThreads(2)
if (threads !== 2) throw new Error(`expected two threads, got ${threads}`)
