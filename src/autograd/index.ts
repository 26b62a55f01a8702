// The autograd room: the tape and the walk back over it, for values of any kind.

export type { Space, WalkOptions } from './space.ts'
export {
  type Hook,
  Node,
  type Nodes,
  noting,
  now,
  type Rule,
  recording,
  rewound,
  type Traced,
  type Use,
  withRecording,
} from './tape.ts'
export { walk } from './walk.ts'
