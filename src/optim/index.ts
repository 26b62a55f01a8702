// The optimisers and clipping a user sees; nothing else.
export { Adam, type AdamOptions, AdamW } from './adam.ts'
export { clipGradNorm, clipGradValue } from './clip.ts'
export type { OptimizerState } from './optimizer.ts'
export { SGD, type SGDOptions } from './sgd.ts'
