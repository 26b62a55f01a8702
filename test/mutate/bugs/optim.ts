// Bugs in optimisers and clipping.

import type { Planting } from '../mutants.ts'

const further = ['test/optim']
const tests = ['test/optim']

export const optimisers: readonly Planting[] = [
  {
    area: 'optimisers',
    file: 'src/optim/sgd.ts',
    tests,
    further,
    bugs: [
      {
        find: 'axpby_(b, g, t === 1 ? 0 : μ, gain)',
        replace: 'axpby_(b, g, μ, t === 1 ? 1 : gain * (1 - μ))',
        why: 'momentum as an average',
      },
      { find: 't === 1 ? 1 : 1 - τ', replace: '1 - τ', why: 'dampened at the first step' },
      {
        find: 'axpby_(b, θ, 1, gain * λ)',
        replace: 'axpby_(b, θ, 1, λ)',
        why: 'weight decay is not dampened',
      },
      {
        find: 'if (λ > 0) axpby_(b, θ, 1, gain * λ)',
        replace: '',
        why: 'no weight decay with momentum',
      },
      { find: '1 - γ * λ', replace: '1', why: 'no weight decay without momentum' },
      { find: '1 - γ * λ', replace: '1 - λ', why: 'weight decay without the learning rate' },
      { find: 'nesterov ? -γ * μ : -γ', replace: '-γ', why: 'Nesterov’s step too long' },
      {
        find: 'μ === 0 || nesterov',
        replace: 'μ === 0',
        why: 'Nesterov’s step without the gradient',
      },
      {
        find: 'axpby_(θ, b, 1, nesterov',
        replace: 'axpby_(θ, g, 1, nesterov',
        why: 'the momentum is not used',
      },
      { find: '1 - γ * λ, -γ)', replace: '1 - γ * λ, γ)', why: 'uphill' },
    ],
  },
  {
    area: 'optimisers',
    file: 'src/optim/adam.ts',
    tests,
    further,
    bugs: [
      {
        find: 'beta1: betas[0], beta2: betas[1]',
        replace: 'beta1: betas[1], beta2: betas[0]',
        why: 'β₁ and β₂ swapped',
      },
      {
        find: 'weightDecay, decoupled, t }',
        replace: 'weightDecay, decoupled: false, t }',
        why: 'AdamW’s decay passes through m and v',
      },
      { find: 'weightDecay: 0.01', replace: 'weightDecay: 0', why: 'AdamW without its decay' },
      {
        find: 'adamStep_(θ, g, m, v,',
        replace: 'adamStep_(θ, g, v, m,',
        why: 'the moments swapped',
      },
      { find: 'eps: 1e-8', replace: 'eps: 1e-6', why: 'another ε' },
    ],
  },
  {
    area: 'optimisers',
    file: 'src/tensor/ops/update.ts',
    tests,
    further,
    bugs: [
      { find: 'lr / (1 - beta1 ** t)', replace: 'lr', why: 'no bias correction of m' },
      { find: 'Math.sqrt(1 - beta2 ** t)', replace: '1', why: 'no bias correction of v' },
      {
        find: 'Math.sqrt(1 - beta2 ** t)',
        replace: '1 - beta2 ** t',
        why: 'the correction of v without its root',
      },
      {
        find: '1 - beta1 ** t',
        replace: '1 - beta1 ** (t - 1 || 1)',
        why: 'the correction of m one step late',
      },
      {
        find: '[0, 1 - lr * weightDecay] : [weightDecay, 1]',
        replace: '[weightDecay, 1] : [0, 1 - lr * weightDecay]',
        why: 'Adam and AdamW swapped',
      },
      {
        find: '1 - lr * weightDecay',
        replace: '1 - weightDecay',
        why: 'decoupled decay without the learning rate',
      },
      { find: 'axpby_(dst, dst, 0, a)', replace: 'axpby_(dst, dst, 1, a)', why: 'scaled by 1 + a' },
    ],
  },
  {
    area: 'optimisers',
    file: 'src/optim/optimizer.ts',
    tests,
    further,
    bugs: [
      { find: '      state.t++\n', replace: '', why: 'steps are not counted' },
      {
        find: 'this.state[k] ?? this.newState',
        replace: 'this.newState',
        why: 'forgets its averages at every step',
      },
      {
        find: 'bringIn([p, g, ',
        replace: 'bringIn([p, ',
        why: 'a gradient that is gone is met when others have moved',
      },
      {
        find: 'for (const p of this.parameters) clearGrad(p)',
        replace: 'clearGrad(this.parameters[0])',
        why: 'only the first gradient is cleared',
      },
      {
        find: 'misfits(read)',
        replace: 'misfits(dict)',
        why: 'a state that changes between two looks is let in',
      },
      { find: '    to.t = from.t\n', replace: '', why: 'a loaded state starts counting again' },
      {
        find: 'to.moments[name].assign_(from.moments[name])',
        replace: 'to.moments[name] = from.moments[name]',
        why: 'a state dict changes with later steps',
      },
      {
        find: '    this.options = read.options\n',
        replace: '',
        why: 'loading leaves the options behind',
      },
      {
        find: 'this.options = requireSettled(this.#definition, { ...this.options, lr })',
        replace: 'requireSettled(this.#definition, { ...this.options, lr })',
        why: 'the learning rate cannot be set',
      },
      {
        find: 'p.grad ? [{ k',
        replace: 'p.grad && k === 0 ? [{ k',
        why: 'only the first parameter moves',
      },
    ],
  },
  {
    area: 'optimisers',
    file: 'src/optim/clip.ts',
    tests: ['test/optim/clip.test.ts'],
    further,
    bugs: [
      {
        find: 'maxNorm / (root + 1e-6 / unit)',
        replace: 'maxNorm / root',
        why: 'without PyTorch’s 10⁻⁶',
      },
      {
        find: 'maxNorm / (root + 1e-6 / unit)',
        replace: 'maxNorm / (root + 1e-6)',
        why: 'the 10⁻⁶ in another unit',
      },
      { find: 'if (!(scale >= 1))', replace: '', why: 'short gradients are lengthened' },
      { find: 'if (!(scale >= 1))', replace: 'if (scale < 1)', why: 'a norm of NaN goes unseen' },
      {
        find: 'const root = Math.sqrt(',
        replace: 'const root = Number(',
        why: 'the square of the norm',
      },
      {
        find: 'total + part.sum * ',
        replace: 'Math.max(total, part.sum) * ',
        why: 'the norm of the longest gradient alone',
      },
      { find: '(part.unit / unit) ** 2', replace: '(part.unit / unit)', why: 'units not squared' },
      { find: 'sum > 1e-20 && sum < 1e30', replace: 'sum < 1e30', why: 'small gradients vanish' },
      {
        find: 'sum > 1e-20 && sum < 1e30',
        replace: 'sum > 1e-20',
        why: 'the norm of large gradients is infinite',
      },
      {
        find: 'if (!(scale < least)) return',
        replace: 'return',
        why: 'a scale with few digits left',
      },
      { find: 'Math.min(unit, most)', replace: 'unit', why: 'a unit beyond float32' },
      {
        find: 'bringIn(targets)',
        replace: '',
        why: 'a gradient that cannot be read is met when others are clipped',
      },
      {
        find: 'filter((g) => !isChangeable(g))',
        replace: 'filter(() => false)',
        why: 'recorded gradients refused after others are clipped',
      },
      {
        find: '[...new Set(parameters.flatMap((p) => p.grad ?? []))]',
        replace: 'parameters.flatMap((p) => p.grad ?? [])',
        why: 'a shared gradient counts twice',
      },
      {
        find: 'clamp_(g, maxValue)',
        replace: 'clamp_(g, maxValue * 2)',
        why: 'clips at twice the value',
      },
      {
        find: 'return unit * root',
        replace: 'return unit * root * Math.min(scale, 1)',
        why: 'returns the norm after clipping',
      },
    ],
  },
]
