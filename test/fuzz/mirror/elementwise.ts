// The mirror's functions of single numbers, with their derivatives: each uses the output y where
// tapegrad's does, because what a recorded walk goes through is what the next one consumes. How
// they become ops is tensor.ts.

import { Pointless } from './memory.ts'
import type { Mirror } from './tensor.ts'

/**
 * Numbers larger than this, and choices closer than its inverse, say nothing about an
 * implementation.
 */
export const LARGE = 1e5

/**
 * The difference of two numbers that are equal, or not too near to each other for a choice between
 * them.
 */
export function apart(a: number, b: number): number {
  if (a !== b && Math.abs(a - b) < 1 / LARGE) throw new Pointless()
  return a - b
}

export type UnaryName =
  | ('neg' | 'square' | 'exp' | 'log' | 'sqrt' | 'reciprocal' | 'sin' | 'cos')
  | ('tanh' | 'sigmoid' | 'softplus' | 'abs' | 'relu' | 'sign' | 'cube')
type Unary = readonly [f: (x: number) => number, slope: (g: Mirror, x: Mirror, y: Mirror) => Mirror]

export const UNARY: Record<UnaryName, Unary> = {
  neg: [(x) => -x, (g) => g.neg()],
  square: [(x) => x * x, (g, x) => g.mul(x).mul(2)],
  exp: [Math.exp, (g, _, y) => g.mul(y)],
  log: [Math.log, (g, x) => g.div(x)],
  sqrt: [Math.sqrt, (g, _, y) => g.div(y.mul(2))],
  reciprocal: [(x) => 1 / x, (g, _, y) => g.neg().mul(y.square())],
  sin: [Math.sin, (g, x) => g.mul(x.cos())],
  cos: [Math.cos, (g, x) => g.mul(x.sin()).neg()],
  tanh: [Math.tanh, (g, _, y) => g.mul(y.square().neg().add(1))],
  sigmoid: [(x) => 1 / (1 + Math.exp(-x)), (g, _, y) => g.mul(y.mul(y.neg().add(1)))],
  softplus: [(x) => Math.log1p(Math.exp(x)), (g, x) => g.mul(x.sigmoid())],
  abs: [Math.abs, (g, x) => g.mul(x.sign())],
  relu: [(x) => Math.max(0, x), (g, _, y) => g.gate(y)],
  sign: [(x) => Math.sign(apart(x, 0)), (g) => g.zeros()],
  cube: [(x) => x ** 3, (g, x) => g.mul(x.square()).mul(3)],
}

export type BinaryName = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'gate'
type Binary = readonly [
  f: (a: number, b: number) => number,
  slopes: (g: Mirror, a: Mirror, b: Mirror, y: Mirror) => readonly [Mirror, Mirror],
]

export const BINARY: Record<BinaryName, Binary> = {
  add: [(a, b) => a + b, (g) => [g, g]],
  sub: [(a, b) => a - b, (g) => [g, g.neg()]],
  mul: [(a, b) => a * b, (g, a, b) => [g.mul(b), g.mul(a)]],
  div: [(a, b) => a / b, (g, _, b, y) => [g.div(b), g.mul(y).div(b).neg()]],
  maximum: [(a, b) => (apart(a, b) > 0 ? a : b), (g, a, b) => [g.above(a, b), g.above(b, a)]],
  minimum: [(a, b) => (apart(a, b) < 0 ? a : b), (g, a, b) => [g.above(b, a), g.above(a, b)]],
  /** g where y is above 0: connected to y, by which its derivative is 0. */
  gate: [(g, y) => (y > 0 ? g : 0), (h, g, y) => [h.gate(y), g.zeros()]],
}
