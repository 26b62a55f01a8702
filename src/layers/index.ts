// The layers and losses a user sees; nothing else.

export { Dropout } from './dropout.ts'
export { Embedding } from './embedding.ts'
export type { InitOptions } from './init.ts'
export { Linear, type LinearOptions } from './linear.ts'
export { type CrossEntropyOptions, crossEntropy, type MSELossOptions, mseLoss } from './losses.ts'
export { Module } from './module/module.ts'
export type { RecurrentOptions, SequenceOptions } from './options.ts'
export { type CellOptions, LSTMCell, RNNCell } from './recurrent/cells.ts'
export { LSTM } from './recurrent/lstm.ts'
export { RNN } from './recurrent/rnn.ts'
export { detachState, type LSTMState, type RNNState } from './recurrent/state.ts'
export { type Layer, Sequential } from './sequential.ts'
