// The documents' printed numbers with their inputs, and the true values beside them, as nested
// arrays: data, no formulas.
import json from './goldens.json' with { type: 'json' }
import type { Matrix, Nested, Vector, Volume } from './oracle/arrays.ts'
import type { LSTMParameters, RNNParameters } from './oracle/d0.ts'

type RNNGradients = { dx: Volume; da0: Matrix; dWax: Matrix; dWaa: Matrix; dba: Matrix }
type LSTMGradients = Record<
  'da0' | 'dWf' | 'dWi' | 'dWc' | 'dWo' | 'dbf' | 'dbi' | 'dbc' | 'dbo',
  Matrix
> & { dx: Volume }

interface Goldens {
  tanh_forward: { input: { x: Matrix }; published: Matrix }
  softmax_forward: { input: { x: Matrix }; published: Matrix }
  rnn_cell_forward: {
    input: { xt: Matrix; a_prev: Matrix; parameters: RNNParameters }
    published: { yt_pred: Matrix }
  }
  rnn_forward: {
    input: { x: Volume; a0: Matrix; parameters: RNNParameters }
    published: { 'y_pred[1][3]': Vector; 'a[4][1]': Vector }
  }
  rnn_cell_backward: {
    input: { xt: Matrix; a_prev: Matrix; parameters: RNNParameters; da_next: Matrix }
    published: { 'dxt[2]': Vector }
    computed: Record<'dxt' | 'da_prev' | 'dWax' | 'dWaa' | 'dba', Matrix>
  }
  rnn_backward: {
    input: { x: Volume; a0: Matrix; parameters: RNNParameters; da: Volume }
    published: { 'dx[1][2]': Vector; 'da0[2][3]': number }
    computed: RNNGradients
  }
  lstm_backward: {
    input: { x: Volume; a0: Matrix; parameters: LSTMParameters; da: Volume }
    forward: { a: Volume; y: Volume; c: Volume }
    asPublished: LSTMGradients
    computed: LSTMGradients
  }
}

const nest = ([n, ...inner]: number[], data: number[]): Nested[] => {
  const size = data.length / n
  return Array.from({ length: n }, (_, i) =>
    inner.length === 0 ? data[i] : nest(inner, data.slice(i * size, (i + 1) * size)),
  )
}

/** Every { shape, data } in the file becomes nested arrays. */
function unpack(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  if ('shape' in value && 'data' in value)
    return nest(value.shape as number[], value.data as number[])
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, unpack(part)]))
}

export const goldens = unpack(json) as Goldens

/** As a document prints: rounded to 8 decimals. */
export const printed = (values: Nested): Nested =>
  Array.isArray(values) ? values.map(printed) : Number(values.toFixed(8))
