// Functions and relations of numbers that are known: they are computed, not written.

import type { Relation } from './term.ts'

export const OPPOSITE: Readonly<Record<Relation, Relation>> = {
  '=': '≠',
  '≠': '=',
  '<': '≥',
  '≥': '<',
  '>': '≤',
  '≤': '>',
}

const RELATIONS: Readonly<Record<Relation, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '≠': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '≤': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '≥': (a, b) => a >= b,
}

/** 1 or 0 where that is known: equations are of finite numbers. A number not known is null. */
export function holds(relation: Relation, a: number | null, b: number | null): 0 | 1 | null {
  const test = RELATIONS[relation]
  const isInfinite = (x: number | null): boolean => Math.abs(x ?? 0) === Infinity
  if ((a === null || b === null) && !isInfinite(a) && !isInfinite(b)) return null
  return test(a ?? 0, b ?? 0) ? 1 : 0
}

const FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  abs: Math.abs,
  sign: Math.sign,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  σ: (x) => 1 / (1 + Math.exp(-x)),
  relu: (x) => Math.max(0, x),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  trunc: Math.trunc,
  stop: (x) => x,
}

/** Whether the equations write a function so. */
export const isFunction = (name: string): boolean =>
  /^(?:max|min|softmax)$/.test(name) || Object.hasOwn(FUNCTIONS, name)

export const folded = (name: string, x: number): number | undefined => FUNCTIONS[name]?.(x)
