// The program of a worker, as text, because a worker started from text needs no file, in Node and
// in browsers. It computes parts of jobs, which threads.ts makes.

/**
 * Indices into the control block, on different cache lines: the number of jobs so far, of parts
 * that are not taken, of parts that are done, …
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
/** The length of the control block. */
export const WORDS = 112

/** The most parts of a job, and the most numbers of a part. */
export const PARTS = 64
export const ARITY = 16

/**
 * Milliseconds that a thread looks for work, or for the end of a job, before it sleeps: to wake it
 * takes about a third of that.
 */
export const SPIN = 0.15

/** A C function: its name, and the types of its result and its operands. */
export type Signature = [name: string, result: string, operands: string[]]

/**
 * Functions of a library, which each thread loads for itself with the package koffi at this path.
 * They are numbered after the kernels and called with a part's numbers.
 */
export interface Library {
  koffi: string
  library: string
  signatures: readonly Signature[]
}

/**
 * Its first message is { modules, memory, scratch, tall, library, control, parts }; it answers when
 * it is ready. From then on it reads only the control block: it takes the last free part, calls the
 * job's kernel with the part's numbers and counts the part as done, or reports a failure and ends.
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
