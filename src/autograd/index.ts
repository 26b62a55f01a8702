// The autograd room: the tape and the walk back over it, for values of any kind.

export { Node, now, type Rule, recording, type Traced, withRecording } from './tape.ts'
export { type Space, type WalkOptions, walk } from './walk.ts'
