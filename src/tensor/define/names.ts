// The names of the built-in ops' rules. A table with a row for each of them is complete, or does
// not compile.

import type { Rule } from '../../autograd/index.ts'
import type { Tensor } from '../core/tensor.ts'

/** Ops of a forward pass. */
type Forward =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'exp'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'square'
  | 'reciprocal'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'relu'
  | 'softplus'
  | 'clamp'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'maximum'
  | 'minimum'
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
  | 'where'
  | 'sum'
  | 'max'
  | 'min'
  | 'argmax'
  | 'logSumExp'
  | 'softmax'
  | 'logSoftmax'
  | 'crossEntropy'
  | 'matmul'
  | 'affine'
  | 't'
  | 'permute'
  | 'reshape'
  | 'broadcastTo'
  | 'slice'
  | 'select'
  | 'flip'
  | 'cat'
  | 'stack'
  | 'indexSelect'
  | 'gather'
  | 'to'
  | 'clone'
  | 'input'
  | 'detach'

/** Ops that only derivatives call. */
type Backward =
  | 'tanhGrad'
  | 'sigmoidGrad'
  | 'reluGrad'
  | 'softmaxGrad'
  | 'logSoftmaxGrad'
  | 'crossEntropyGrad'
  | 'asStridedScatter'
  | 'read'
  | 'scatterRows'
  | 'scatter'

export type BuiltInOp = Forward | Backward

/** A rule with one of these names. */
export type BuiltIn<R extends Rule<Tensor, never>> = R & { readonly name: BuiltInOp }

/** The built-in op of a rule; null for an op of a caller's, whatever its name. */
export const builtInOp = (rule: Rule<Tensor>): BuiltInOp | null =>
  rule.isNamedByCaller === true ? null : (rule.name as BuiltInOp)
