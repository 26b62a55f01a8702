// The optimisers and clipping a user sees; nothing else.
export { Adam, type AdamOptions, AdamW } from './adam.ts'
export { clipGradNorm, clipGradValue } from './clip.ts'
export type { ParamGroup, ParamGroupInit } from './groups.ts'
export type { Params } from './parameters.ts'
export { SGD, type SGDOptions } from './sgd.ts'
export type { GroupState, OptimizerState, UngroupedState } from './stateDict.ts'
