// The exports of the optim room for other rooms; index.ts has the public ones.

export { requireTensors } from './parameters.ts'
