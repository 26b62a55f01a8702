// The layers and losses a user sees; nothing else.

export { Dropout } from './dropout.ts'
export { Embedding } from './embedding.ts'
export { Linear, type LinearOptions } from './linear.ts'
export { type CrossEntropyOptions, crossEntropy, type MSELossOptions, mseLoss } from './losses.ts'
export { Module } from './module/module.ts'
export type { InitOptions } from './parameters.ts'
export type { CellOptions } from './recurrent/cell.ts'
export { LSTM, LSTMCell } from './recurrent/lstm.ts'
export type { RecurrentOptions, SequenceOptions } from './recurrent/options.ts'
export { RNN, RNNCell } from './recurrent/rnn.ts'
export { detachState, type LSTMState, type RNNState } from './recurrent/state.ts'
export { type Layer, Sequential } from './sequential.ts'
