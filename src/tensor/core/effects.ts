// What a function does besides calling ops, told to whoever listens: it changes numbers in place,
// draws random ones, or cuts tensors off from the tape. define/record.ts tells of the ops.

/** What is told. */
export interface Effects {
  /** Called before numbers are changed in place, or drawn. */
  readonly onEffect: (what: string) => void
  readonly onDetach: (from: object, to: object) => void
}
let listener: Effects | null = null

export const noteEffect = (what: string): void => listener?.onEffect(what)
export const noteDetach = (from: object, to: object): void => listener?.onDetach(from, to)

/** Runs `fn`, and tells of its effects. */
export function tellingEffects<T>(effects: Effects, fn: () => T): T {
  const outer = listener
  listener = effects
  try {
    return fn()
  } finally {
    listener = outer
  }
}
