// Numbers as stored in JSON: NaN, infinities and −0 as words.

export type Word = number | boolean | string

export const numbersOf = (data: readonly Word[]): number[] => data.map(Number)
