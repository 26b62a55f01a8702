// The autograd room: the tape and the walk back over it, for values of any kind.

export { type Hook, Node, now, type Rule, recording, rewound, type Traced, withRecording } from './tape.ts'
export { type Space, type WalkOptions, walk } from './walk.ts'
