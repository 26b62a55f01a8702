// A queue of changes of threads and libraries, which run one after the other; it does not know what
// they change.

let last: Promise<unknown> = Promise.resolve()

/**
 * Runs a change after all earlier ones. Return this very promise to the caller: code that awaits it
 * goes on before the next change begins, so that its value is still true.
 */
export function enqueue<T>(change: () => Promise<T>): Promise<T> {
  const changed = last.then(change)
  last = changed.catch(() => {})
  return changed
}
