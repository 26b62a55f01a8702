// The autograd room: the tape and the backward pass over it, for values of any type.

export { walk } from './backward.ts'
export type { Space, WalkOptions } from './space.ts'
export {
  type Call,
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
  type VjpCall,
  withRecording,
} from './tape.ts'
