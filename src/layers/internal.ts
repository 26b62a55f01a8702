// The exports of the layers for derive; index.ts has the public ones.

export { type OneStep, oneStepsOf, regularisationOf } from './recurrent/oneStep.ts'
