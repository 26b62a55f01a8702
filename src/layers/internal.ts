// The exports of the layers for derive and testing; index.ts has the public ones.

export { type OneStep, oneStepsOf, regularisationOf } from './recurrent/oneStep.ts'
export { type WatchedScan, watching } from './recurrent/watch.ts'
