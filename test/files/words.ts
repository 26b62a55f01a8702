// What the stored files share: bytes as base64, and NaN, infinities and −0 as words.

export type Word = number | boolean | string

export const numbersOf = (data: readonly Word[]): number[] => data.map(Number)

export const decoded = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))

/** A character for each byte. */
export const latin = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
