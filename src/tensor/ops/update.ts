// In-place updates for optimisers: they change plain numbers, are never recorded, and tell the graphs that saved the old ones.

import { floatKernels } from '../../kernels/engine.ts'
import type { FloatDType } from '../dtype.ts'
import { changing, type Tensor } from '../tensor.ts'

/** Brings all of these into the kernels' memory, where what writes them in place no longer fails. Throws a TapeError for one that is gone. */
export function bringIn(tensors: readonly Tensor[]): void {
  for (const tensor of tensors) tensor.ptr
}

/** dst ← a·dst + b·src. */
export function axpby_(dst: Tensor, src: Tensor, a: number, b: number): void {
  changing('axpby_', dst, () => {
    const [to, from] = [dst.ptr, src.ptr]
    floatKernels[dst.dtype as FloatDType].axpby(to, from, dst.size, a, b)
  })
}

/** dst ← a·dst. */
export function scale_(dst: Tensor, a: number): void {
  axpby_(dst, dst, 0, a)
}

/** dst ← min(max(dst, −limit), limit). */
export function clamp_(dst: Tensor, limit: number): void {
  changing('clamp_', dst, () => {
    const { data } = dst
    for (let i = 0; i < data.length; i++) data[i] = Math.min(Math.max(data[i], -limit), limit)
  })
}

/** Adam's hyper-parameters in the paper's letters; `t` counts steps from 1. */
export interface AdamStep {
  lr: number
  beta1: number
  beta2: number
  eps: number
  weightDecay: number
  /** Whether the weights decay by themselves (AdamW) or through the gradient (Adam). */
  decoupled: boolean
  t: number
}

/** One step of Adam (Kingma & Ba 2015, algorithm 1) in one pass over a parameter p, its gradient g and its moments m and v. */
export function adamStep_(p: Tensor, g: Tensor, m: Tensor, v: Tensor, { lr, beta1, beta2, eps, weightDecay, decoupled, t }: AdamStep): void {
  changing('adamStep_', p, () => {
    const [pp, gp, mp, vp] = [p.ptr, g.ptr, m.ptr, v.ptr]
    const stepSize = lr / (1 - beta1 ** t)
    const rootCorrection = Math.sqrt(1 - beta2 ** t)
    const [coupledDecay, shrink] = decoupled ? [0, 1 - lr * weightDecay] : [weightDecay, 1]
    floatKernels[p.dtype as FloatDType].adam(pp, gp, mp, vp, p.size, beta1, beta2, eps, stepSize, rootCorrection, coupledDecay, shrink)
  })
}

/** Lets go of the gradient and recycles its numbers. */
export function clearGrad(parameter: Tensor): void {
  parameter.ownGrad(null)
}
