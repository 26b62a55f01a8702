// Cross-entropy of rows of logits with classes: one kernel forward, one for its derivative. Weights
// and the reduction of the losses are the layer's.

import { kernelsOf } from '../core/kernels.ts'
import type { Tensor } from '../core/tensor.ts'
import { defineOp, type OpCall } from '../define/op.ts'
import { arange } from './ranges.ts'

/**
 * targets int32 (R), already checked; weights (R) of the logits' dtype. A row of weight 0 is not
 * read: its loss and its gradient are exactly 0.
 */
export interface Weighted {
  targets: Tensor
  weights: Tensor
}

/** logits (R, V) → −weights · log softmax(logits)[targets] (R), in nats. */
export const softmaxCrossEntropy: OpCall<Weighted> = defineOp({
  name: 'crossEntropy',
  shape: ([logits]) => logits.shape.slice(0, 1),
  forward(out, [logits], { targets, weights }) {
    const [at, w] = [targets.address(), weights.address()]
    kernelsOf(out).crossEntropy(out.address(), logits.address(), at, w, out.size, logits.shape[1])
  },
  vjp: (g, { inputs: [logits], attrs }) => [crossEntropyGrad([g, logits], attrs)],
})

/** g·weights·(softmax(logits) − 1 at the targets) (R, V), for g (R). */
const crossEntropyGrad: OpCall<Weighted> = defineOp({
  name: 'crossEntropyGrad',
  shape: ([, logits]) => logits.shape,
  forward(out, [g, logits], { targets, weights }) {
    const [at, w] = [targets.address(), weights.address()]
    kernelsOf(out).crossEntropyGrad(
      out.address(),
      g.address(),
      logits.address(),
      at,
      w,
      g.size,
      out.shape[1],
    )
  },
  vjp(h, { inputs: [g, logits], attrs: { targets, weights } }) {
    const w = weights.unsqueeze(-1)
    // Rows of weight 0 become zeros: a NaN there would survive a multiplication by 0.
    const p = logits.where(w.ne(0), 0).softmax()
    const hits = targets
      .unsqueeze(-1)
      .eq(arange(logits.shape[1], undefined, 1, { dtype: 'int32' }))
      .to(logits.dtype)
    return [
      h.mul(w).mul(p.sub(hits)).sum(-1),
      g
        .unsqueeze(-1)
        .mul(w)
        .mul(p.mul(h.sub(h.mul(p).sum(-1, true)))),
    ]
  },
})
