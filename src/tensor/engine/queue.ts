// Changes of what computes, threads and libraries: one after the other. What they change is the
// kernels' business.

let last: Promise<unknown> = Promise.resolve()

/**
 * Makes a change when those asked for before are made. Hand the caller this very promise: whoever
 * waits for it goes on before the next change begins, so that what it resolves with is still true
 * then.
 */
export function enqueue<T>(change: () => Promise<T>): Promise<T> {
  const changed = last.then(change)
  last = changed.catch(() => {})
  return changed
}
