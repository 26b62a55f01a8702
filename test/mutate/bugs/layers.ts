// Bugs in the layers that are not recurrent, in the losses, and in what finds parameters.

import type { Planting } from '../mutants.ts'

const further = ['test/layers', 'test/documents']

export const layers: readonly Planting[] = [
  {
    area: 'layers',
    file: 'src/layers/losses.ts',
    tests: ['test/layers/losses.test.ts'],
    further,
    bugs: [
      {
        find: 'if (classes[k] === ignoreIndex) weights[k] = 0',
        replace: '',
        why: 'ignoreIndex is not ignored',
      },
      {
        find: 'if (weights[k] === 0) classes[k] = 0',
        replace: '',
        why: 'a target that does not count is checked',
      },
      {
        find: "reduction === 'mean' ? total :",
        replace: "reduction === 'mean' ? rows :",
        why: 'the mean over masked targets too',
      },
      {
        find: "'batchMean' ? (shape[0] ?? 1) : 1",
        replace: "'batchMean' ? rows : 1",
        why: 'batchMean over all targets',
      },
      {
        find: "'batchMean' ? (shape[0] ?? 1) : 1",
        replace: "'batchMean' ? (shape.at(-1) ?? 1) : 1",
        why: 'batchMean over the last axis',
      },
      {
        find: 'weights: tensor(weights, { dtype })',
        replace: 'weights: tensor(weights.map(Math.ceil), { dtype })',
        why: 'weights count as 0 or 1',
      },
      {
        find: 'prediction.sub(target).square()',
        replace: 'target.sub(prediction.detach()).square()',
        why: 'the prediction off the tape',
      },
      {
        find: "reduction === 'mean' ? squares.mean() : squares.sum()",
        replace: "reduction === 'mean' ? squares.mean(-1).sum() : squares.sum()",
        why: 'the mean over the last axis only',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/dropout.ts',
    tests: ['test/layers/dropout.test.ts'],
    further,
    bugs: [
      { find: 'kept.mul(1 / (1 - p))', replace: 'kept', why: 'not scaled' },
      { find: '1 / (1 - p)', replace: '1 / p', why: 'scaled by 1/p' },
      { find: '.ge(p)', replace: '.lt(p)', why: 'keeps with probability p' },
      {
        find: 'this.training ? dropout',
        replace: '!this.training ? dropout',
        why: 'drops in evaluation',
      },
      {
        find: 'p < 1 ? kept.mul(1 / (1 - p)) : kept',
        replace: 'kept.mul(1 / (1 - p))',
        why: 'NaN for p = 1',
      },
      { find: 'x.mul(p < 1', replace: 'x.detach().mul(p < 1', why: 'off the tape' },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/linear.ts',
    tests: [
      'test/layers/linear.test.ts',
      'test/tensor/ops/matmul.affine.test.ts',
      'test/layers/module/module.test.ts',
    ],
    further,
    bugs: [
      {
        find: 'bias ? affine(x, weight, bias) : x.matmul(weight.t())',
        replace: 'bias ? affine(x, weight, bias.detach()) : x.matmul(weight.t())',
        why: 'the bias gets no gradient',
      },
      {
        find: '1 / Math.sqrt(inFeatures)',
        replace: '1 / Math.sqrt(outFeatures)',
        why: 'drawn from the wrong range',
      },
      {
        find: 'project(x, weight, bias)',
        replace: 'project(x, weight, null)',
        why: 'the bias forgotten',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/parameters.ts',
    tests: ['test/layers/parameters.test.ts'],
    further,
    bugs: [
      {
        find: 'requireMatch(who, name, parameter as Tensor, shape, ...dtypes)',
        replace: '',
        why: 'a parameter that does not fit is read beyond its end',
      },
      {
        find: 'if (parameter === null && i > 0) return',
        replace: 'if (i > 0) return',
        why: 'only the first parameter is looked at',
      },
      {
        find: "i === 0 ? ['float32', 'float64'] : [first.dtype]",
        replace: "['float32', 'float64']",
        why: 'bytes of one float are read as the other',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/parameters.ts',
    tests: [
      'test/layers/linear.test.ts',
      'test/tensor/ops/matmul.affine.test.ts',
      'test/layers/module/module.test.ts',
    ],
    further,
    bugs: [
      { find: 'p.mul(2 * bound).sub(bound)', replace: 'p.mul(bound)', why: 'drawn from 0 … bound' },
      { find: '  p.requiresGrad = true\n', replace: '', why: 'parameters without gradients' },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/embedding.ts',
    tests: ['test/layers/embedding.test.ts'],
    further,
    bugs: [
      {
        find: 'this.weight.indexSelect(0, index)',
        replace: 'this.weight.detach().indexSelect(0, index)',
        why: 'the table gets no gradient',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/sequential.ts',
    tests: ['test/layers/sequential.test.ts'],
    further,
    bugs: [
      {
        find: 'this.layers.reduce<Tensor>(',
        replace: 'this.layers.reduceRight<Tensor>(',
        why: 'the last layer first',
      },
      {
        find: 'return Object.entries(this.layers)',
        replace: 'return Object.entries(this.layers).slice(1)',
        why: 'the first layer’s parameters are missing',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/module/module.ts',
    tests: ['test/layers/module/module.test.ts'],
    further,
    bugs: [
      {
        find: 'if (value instanceof Module) value.training = training',
        replace: '',
        why: 'children stay in training',
      },
      {
        find: ' && !seen.has(p) && seen.add(p)',
        replace: '',
        why: 'a shared parameter is listed twice',
      },
      { find: 'p.requiresGrad && ', replace: '', why: 'frozen tensors are listed as parameters' },
      {
        find: '[name, t.detach().clone()]',
        replace: '[name, t.detach()]',
        why: 'a state dict changes with training',
      },
      {
        find: '(given.get(name) as Tensor).detach().clone()',
        replace: 'given.get(name) as Tensor',
        why: 'a state dict that holds the module’s own tensors, exchanged, is lost',
      },
    ],
  },
  {
    area: 'layers',
    file: 'src/layers/module/contents.ts',
    tests: ['test/layers/module/contents.test.ts', 'test/layers/module/module.test.ts'],
    further,
    bugs: [
      {
        find: 'Array.isArray(value) || tagOf',
        replace: 'tagOf',
        why: 'modules in arrays are not found',
      },
      { find: " || tagOf(value) === 'Map'", replace: '', why: 'modules in Maps are not found' },
      { find: " || tagOf(value) === 'Set'", replace: '', why: 'modules in Sets are not found' },
      { find: ' || isOptions(value)', replace: '', why: 'modules in plain objects are not found' },
      {
        find: 'if (within.has(value)) continue',
        replace: 'if (within.has(value) || spans.has(value)) continue',
        why: 'a shared layer has one name in the state',
      },
      {
        find: 'if (nameless !== null) throw',
        replace: 'if (nameless !== null && isModule) throw',
        why: 'a tensor without a name is listed under its Map',
      },
    ],
  },
]
