// What a worker runs, as text: started from the text itself it needs no file of its own, in Node
// and in browsers. It does parts of jobs; what a job is, threads.ts says.

/**
 * Where a word of the control block stands, each on a cache line of its own: how many jobs there
 * were, parts not yet taken, parts done, …
 */
export const word = {
  jobs: 0,
  untaken: 16,
  done: 32,
  sleeping: 48,
  joining: 64,
  failed: 80,
  kernel: 96,
  arity: 97,
} as const
/** So many words there are. */
export const WORDS = 112

/** At most so many parts to a job, and numbers to a part. */
export const PARTS = 64
export const ARITY = 16

/**
 * Milliseconds that a thread looks for work, or for the end of a job, before it sleeps: waking up
 * costs about a third of that.
 */
export const SPIN = 0.15

/** A C function: its name, what it returns, and what it takes. */
export type Signature = [name: string, result: string, operands: string[]]

/**
 * Functions of a library that each thread loads for itself, by the package koffi at this path: they
 * stand behind the kernels and are called with a part's numbers.
 */
export interface Library {
  koffi: string
  library: string
  signatures: readonly Signature[]
}

/**
 * Its first message is { modules, memory, scratch, tall, library, control, parts }; it answers when
 * it is ready. From then on it looks at the control block only: it takes the last part that is
 * untaken, calls the job's kernel with the part's numbers, and counts it as done, or says that it
 * failed and ends.
 */
export const workerSource = `
const port = typeof require === 'function' ? require('node:worker_threads').parentPort : null
const begin = ({ modules, memory, scratch, tall, library, control, parts }) => {
  const start = (module) => new WebAssembly.Instance(module, { env: { memory, scratch } }).exports
  const exports = Object.assign({}, ...modules.map(start))
  if (tall) exports.useTallTiles(1)
  const kernels = Object.values(exports)
  if (library) {
    const loaded = require(library.koffi).load(library.library)
    for (const signature of library.signatures) kernels.push(loaded.func(...signature))
  }
  if (port) port.postMessage('ready')
  else postMessage('ready')
  let lookedSince = performance.now()
  for (let looks = 1; ; looks++) {
    const job = Atomics.load(control, ${word.jobs})
    const untaken = Atomics.load(control, ${word.untaken})
    const part = untaken > 0 ? Atomics.sub(control, ${word.untaken}, 1) - 1 : -1
    if (part >= 0) {
      const first = part * ${ARITY}
      try {
        kernels[control[${word.kernel}]](...parts.subarray(first, first + control[${word.arity}]))
      } catch (error) {
        Atomics.store(control, ${word.failed}, 1)
        Atomics.notify(control, ${word.done})
        throw error
      }
      Atomics.add(control, ${word.done}, 1)
      if (Atomics.load(control, ${word.joining}) === 1) Atomics.notify(control, ${word.done})
      lookedSince = performance.now()
    } else if (looks % 64 === 0 && performance.now() - lookedSince > ${SPIN}) {
      Atomics.add(control, ${word.sleeping}, 1)
      Atomics.wait(control, ${word.jobs}, job)
      Atomics.sub(control, ${word.sleeping}, 1)
      lookedSince = performance.now()
    }
  }
}
if (port) port.once('message', begin)
else onmessage = ({ data }) => begin(data)
`
