// Bugs in what asks for gradients: one pass and what leaves it, checkpoints, and what is freed when.

import type { Planting } from '../mutants.ts'

const tests = [
  'test/autograd',
  'test/tensor/transforms/gradient.test.ts',
  'test/tensor/transforms/recording.test.ts',
  'test/tensor/core/lifetime.test.ts',
  'test/tensor/transforms/gradient.hooks.test.ts',
  'test/tensor/transforms/pass.test.ts',
  'test/tensor/transforms/checkpoint.test.ts',
  'test/tensor/transforms/checkpoint.again.test.ts',
  'test/tensor/define/define.test.ts',
]

export const passes: readonly Planting[] = [
  {
    area: 'tape',
    file: 'src/tensor/transforms/gradient.ts',
    tests: [
      'test/refusals/messages/gradient.test.ts',
      ...tests,
      'test/tensor/higherOrders.test.ts',
    ],
    further: ['test/tensor', 'test/autograd', 'test/layers', 'test/optim'],
    bugs: [
      {
        find: "changing('backward', sum, () => addSumInto(sum, g))",
        replace: 'sum.assign_(g)',
        why: 'backward overwrites .grad',
      },
      {
        find: "changing('backward', sum, () => addSumInto(sum, g))",
        replace: 'addSumInto(sum, g)',
        why: 'a graph that saved .grad is not told that it changed',
      },
      {
        find: ' && leaf.ownsGrad) inPlace',
        replace: ') inPlace',
        why: 'adds in place into a gradient that the user has set',
      },
      {
        find: '() => sum.add(g))',
        replace: '() => g)',
        why: 'a gradient that the user has set is overwritten',
      },
      {
        find: 'if (g.node === null) leaf.ownGrad(g)\n',
        replace: 'if (g !== null) leaf.ownGrad(g)\n',
        why: 'zeroGrad() recycles a recorded gradient',
      },
      {
        find: '  for (const pair of inPlace) for (const t of pair) t.address()\n',
        replace: '',
        why: 'a gradient that cannot be read stops backward() half way',
      },
      {
        find: 'return ones(output.shape',
        replace: 'return ones([]',
        why: 'a seed without the output’s shape',
      },
      {
        find: "seed('grad', root, given[i])",
        replace: "seed('grad', root, given[0])",
        why: 'the first cotangent for every output',
      },
      { find: 'gs[i] ?? zeros(', replace: 'gs[i] ?? ones(', why: 'ones for an unused input' },
      {
        find: '      g.storage.pinned = true\n',
        replace: '',
        why: 'what a hook was shown is recycled',
      },
      {
        find: ' : copy([cotangent])',
        replace: ' : cotangent',
        why: 'a hook is shown the caller’s own cotangent',
      },
    ],
  },
  {
    area: 'tape',
    tests: [
      'test/refusals/messages/gradient.test.ts',
      ...tests,
      'test/tensor/higherOrders.test.ts',
    ],
    further: ['test/tensor', 'test/autograd', 'test/layers', 'test/optim'],
    file: 'src/tensor/transforms/recording.ts',
    bugs: [
      {
        find: 'withRecording(false, () => scoped(',
        replace: 'withRecording(true, () => scoped(',
        why: 'noGrad records',
      },
      {
        find: 'withRecording(true, () => unscoped(fn))',
        replace: 'withRecording(true, fn)',
        why: 'enableGrad inside noGrad: the graph is recycled with the scope',
      },
    ],
  },
  {
    area: 'tape',
    tests: [
      'test/refusals/messages/gradient.test.ts',
      ...tests,
      'test/tensor/higherOrders.test.ts',
    ],
    further: ['test/tensor', 'test/autograd', 'test/layers', 'test/optim'],
    file: 'src/tensor/transforms/pass.ts',
    bugs: [
      {
        find: 'createGraph\n      ? first.get(g.storage) === g && isComputedSince(g, since)\n      : isExclusive(g)',
        replace: 'createGraph || isExclusive(g)',
        why: 'a recorded gradient shares the caller’s numbers',
      },
      {
        find: 'isComputedSince(g, since)\n      : isExclusive(g)',
        replace: 'isComputedSince(g, since)\n      : true',
        why: 'two gradients share their numbers',
      },
      {
        find: 'first.get(g.storage) === g && ',
        replace: '',
        why: 'two recorded gradients share their numbers',
      },
      {
        find: '  if (storage.pinned) return false\n',
        replace: '',
        why: 'a recorded gradient shares its numbers with what a hook was shown',
      },
      {
        find: 'if (source === undefined) return true',
        replace: 'return true',
        why: 'a view of the caller’s cotangent counts as computed',
      },
      {
        find: 'return createGraph && !recording ? unscoped(pass) : pass()',
        replace: 'return pass()',
        why: 'a recorded gradient is recycled with noGrad()',
      },
      {
        find: 'retainGraph = createGraph }',
        replace: 'retainGraph = false }',
        why: 'a recorded walk uses up the graph it refers to',
      },
      {
        find: 'if (!createGraph) transferOwnership(g.storage)',
        replace: '',
        why: 'a gradient still belongs to its walk',
      },
    ],
  },
  {
    area: 'tape',
    file: 'src/tensor/transforms/cotangents.ts',
    tests: [
      'test/refusals/messages/gradient.test.ts',
      ...tests,
      'test/tensor/higherOrders.test.ts',
    ],
    further: ['test/tensor', 'test/autograd', 'test/layers', 'test/optim'],
    bugs: [
      {
        find: 'v.storage.changedAt === 0 ? v : copy([v])',
        replace: 'v',
        why: 'a cotangent that was changed in place is refused as a saved value',
      },
      {
        find: '(same.node === null ? same : offTheTape(same)).materialize()',
        replace: 'same.node === null ? same : offTheTape(same)',
        why: 'what is added to a transposed cotangent is lost',
      },
      {
        find: 'storage.temporary && storage.refs === 1 && !storage.pinned',
        replace: 'storage.temporary && !storage.pinned',
        why: 'exclusive however often it is held',
      },
      {
        find: 'storage.temporary && storage.refs === 1 && !storage.pinned',
        replace: 'storage.refs === 1 && !storage.pinned',
        why: 'changes what the walk did not make',
      },
      {
        find: 'storage.refs === 1 && !storage.pinned',
        replace: 'storage.refs === 1',
        why: 'changes what a hook was shown',
      },
      {
        find: "requireFit(who, 'a gradient', v, of)",
        replace: "requireFit(who, 'a gradient', of, of)",
        why: 'a cotangent of any shape is taken',
      },
      {
        find: 'if (this.#recorded) return same',
        replace: '',
        why: 'holds what belongs to the new graph',
        equivalent:
          'a count that nobody asks for: what a recorded walk made is neither exclusive nor released',
      },
      { find: 'if (!this.#recorded) release(v.storage)', replace: '', why: 'nothing is released' },
      {
        find: 'new DerivativeScopes(!recorded)',
        replace: 'new DerivativeScopes(true)',
        why: 'frees the temporaries of a recorded derivative',
      },
      { find: 'a.add(b)', replace: 'a', why: 'the second cotangent is dropped' },
    ],
  },
  {
    area: 'tape',
    file: 'src/tensor/transforms/fingerprint.ts',
    tests: [
      'test/tensor/transforms/checkpoint.test.ts',
      'test/tensor/transforms/checkpoint.again.test.ts',
    ],
    further: ['test/tensor'],
    bugs: [
      { find: 'node.rule?.name}', replace: "''}", why: 'another op of the same result is taken' },
      {
        find: 'textOf(attrsOf(node), (t) => saved.has(t.storage))',
        replace: "''",
        why: 'other attributes are taken',
      },
      {
        find: 'input.node === null ? textOf(input)',
        replace: "input.node === null ? ''",
        why: 'other constants are taken',
      },
      {
        find: 'a = step(a, words[i])\n    b',
        replace: 'b',
        why: 'one word in four is not looked at',
      },
    ],
  },
  {
    area: 'tape',
    file: 'src/tensor/transforms/checkpoint.ts',
    tests: [
      'test/tensor/transforms/checkpoint.test.ts',
      'test/tensor/transforms/checkpoint.again.test.ts',
    ],
    further: ['test/tensor', 'test/properties'],
    bugs: [
      {
        find: '    node.inputs = node.inputs.with(i, source)\n',
        replace: '',
        why: 'gradients go to what the function met the second time',
      },
      {
        find: 'if (!isAlike(input, source) || !sameBits(input, source))',
        replace: 'if (false)',
        why: 'other numbers of the same result are taken',
      },
      {
        find: 'text !== again[i]',
        replace: 'false',
        why: 'other constants of the same result are taken',
      },
      {
        find: 'if (uses.length !== first.length)',
        replace: 'if (false)',
        why: 'more or fewer tensors than the first time are taken',
      },
      {
        find: '[...new Set([...inner, ...sourcesOf([y])])]',
        replace: 'sourcesOf([y])',
        why: 'a result that lies behind another is forgotten',
      },
      {
        find: '    .sort((a, b) => (a.node as Node<Tensor>).id - (b.node as Node<Tensor>).id)\n',
        replace: '',
        why: 'results in the order they are returned',
      },
      {
        find: '    .filter((y) => !opsBehind([y], recorded).some((node) => node.consumed))\n',
        replace: '',
        why: 'a graph that was walked inside is lost in silence',
      },
      {
        find: '  if (node === null || node.rule !== null || node.id <= since) return\n',
        replace: '  if (node !== undefined) return\n',
        why: 'a leaf that was made inside is too new for the second call',
      },
      {
        find: 'inner.sources = inner.sources.map((t) => (t === input ? source : t))',
        replace: '',
        why: 'a checkpoint within goes on with what was met the second time',
      },
      {
        find: '.filter((hook) => !hooks[i].has(hook))',
        replace: '',
        why: 'hooks of the function itself are called twice',
      },
      {
        find: '        y.node.hooks = hooks\n',
        replace: '',
        why: 'hooks of the function itself are not called where the pass ends',
      },
    ],
  },
  {
    area: 'tape',
    file: 'src/tensor/define/operand.ts',
    tests: ['test/tensor/define/define.test.ts'],
    further: ['test/tensor'],
    bugs: [
      {
        find: 'const isShared = !unshared && ',
        replace: 'const isShared = ',
        why: 'a derivative of the caller’s receives the constant of all arithmetic',
      },
    ],
  },
  {
    area: 'tape',
    file: 'src/tensor/core/lifetime.ts',
    tests: ['test/refusals/messages/gradient.test.ts', ...tests],
    further: ['test/tensor', 'test/layers', 'test/optim'],
    bugs: [
      {
        find: 'const SMALL = 64',
        replace: 'const SMALL = 0',
        why: 'a loss is unreadable after its graph',
      },
      {
        find: '  output.storage.saved = saved.map((t) => t.storage)\n',
        replace: '',
        why: 'what an op saved is never freed',
      },
      {
        find: '(node.consumed || continuing.has(node))',
        replace: 'continuing.has(node)',
        why: 'looking at a result after the walk recycles it',
      },
      {
        find: ' && !inputs.some((input) => input.storage === storage)',
        replace: '',
        why: 'a view that was walked takes along what it shows',
      },
      {
        find: ' || insideDerivative()',
        replace: '',
        why: 'what a walk records recycles what it still reads',
      },
      {
        find: '(node.consumed || continuing.has(node))',
        replace: 'node.consumed',
        why: 'the second op upon a result after the pass recycles it',
      },
      {
        find: 'if (saved.freed === null) free(saved, BY_GRAPH)',
        replace: '',
        why: 'what an op saved is not freed with its graph',
      },
      {
        find: 'if (!storage.pinned && storage.freed === null) free(storage, BY_GRAPH)',
        replace: 'if (storage.freed === null) free(storage, BY_GRAPH)',
        why: 'a detached result is recycled with its graph',
      },
      { find: '  pendingFree = []\n', replace: '', why: 'what waits is kept for ever' },
    ],
  },
  {
    area: 'tape',
    tests: ['test/refusals/messages/gradient.test.ts', ...tests],
    further: ['test/tensor', 'test/layers', 'test/optim'],
    file: 'src/tensor/core/scopes.ts',
    bugs: [
      {
        find: 'if (escaped.has(storage)) noteMade(storage, false)\n      else if',
        replace: 'if',
        why: 'what a scope returns is recycled',
      },
      {
        find: 'if (escaped.has(storage)) noteMade(storage, false)',
        replace: 'if (escaped.has(storage)) continue',
        why: 'what an inner scope returns outlives the outer one',
      },
      {
        find: 'if (storage.refs === 0 && !storage.pinned && storage.freed === null) free(storage, BY_PASS)',
        replace: 'if (storage.refs < 0) free(storage, BY_PASS)',
        why: 'a derivative’s temporaries stay',
      },
      {
        find: '    differentiating = frame.outerNode\n',
        replace: '',
        why: 'saved values are guarded after the walk too',
      },
      {
        find: 'this.#temporary ? frame.scope :',
        replace: 'true ? frame.scope :',
        why: 'a recorded derivative’s results are freed',
      },
      {
        find: '  origin.made.push(copy)\n',
        replace: '',
        why: 'what a flipped tensor is rewritten into is never freed',
      },
      {
        find: '  copy.temporary = origin.derivative\n',
        replace: '',
        why: 'a cotangent that came flipped is never freed',
      },
      {
        find: 'transposedIn.get(transpose)',
        replace: 'scope',
        why: 'a flipped tensor’s numbers go with the scope that read them',
      },
    ],
  },
  {
    area: 'tape',
    tests: ['test/refusals/messages/gradient.test.ts', ...tests],
    further: ['test/tensor', 'test/layers', 'test/optim'],
    file: 'src/tensor/core/scopes.ts',
    bugs: [
      {
        find: '(creation && !scope.derivative)',
        replace: 'false',
        why: 'creations are recycled with their scope',
      },
      {
        find: '(creation && !scope.derivative)',
        replace: 'creation',
        why: 'what a derivative creates is never freed',
      },
      {
        find: '  storage.temporary = scope.derivative\n',
        replace: '',
        why: 'nothing the walk makes counts as its own',
      },
      { find: '  scope.made.push(storage)\n', replace: '', why: 'a scope frees nothing' },
      {
        find: '    scope = before\n',
        replace: '',
        why: 'what follows unscoped() belongs to no scope',
      },
      { find: '    scope = outer\n', replace: '', why: 'a scope goes on after its end' },
      {
        find: 'else if (!storage.pinned && storage.refs === 0) free',
        replace: 'else if (storage.refs === 0) free',
        why: 'frees what was kept',
      },
      {
        find: 'else if (!storage.pinned && storage.refs === 0) free',
        replace: 'else if (!storage.pinned) free',
        why: 'frees what a walk holds',
      },
      {
        find: 'if (storage.refs === 0 && !storage.pinned && storage.freed',
        replace: 'if (!storage.pinned && storage.freed',
        why: 'frees what the walk holds',
      },
      {
        find: 'if (storage.refs === 0 && !storage.pinned && storage.freed',
        replace: 'if (storage.refs === 0 && storage.freed',
        why: 'a derivative frees what was detached in it',
      },
      {
        find: '    differentiating = node\n',
        replace: '',
        why: 'saved values that have changed are used',
      },
      {
        find: 'scope?.derivative === false ? scope : null',
        replace: 'null',
        why: 'a recorded derivative outlives the scope of checkpoint()',
      },
      { find: 'storage.refs++', replace: 'storage.refs = 1', why: 'held once, however often' },
      {
        find: '--storage.refs === 0 && storage.temporary && !storage.pinned',
        replace: '--storage.refs === 0 && !storage.pinned',
        why: 'frees the caller’s own cotangent',
      },
      {
        find: '--storage.refs === 0 && storage.temporary && !storage.pinned',
        replace: '--storage.refs <= 1 && storage.temporary && !storage.pinned',
        why: 'frees what is still held',
      },
      {
        find: '--storage.refs === 0 && storage.temporary && !storage.pinned',
        replace: '--storage.refs === 0 && storage.temporary',
        why: 'frees what a hook keeps',
      },
      {
        find: '  storage.temporary = false\n',
        replace: '',
        why: 'a result of a walk still counts as the walk’s',
      },
      {
        find: '  storage.temporary = false\n  noteMade(storage, false)',
        replace: '  storage.temporary = false',
        why: 'a gradient outlives the scope it was made in',
      },
      {
        find: 'if (!storage.pinned) free(storage, BY_CLEARING)',
        replace: 'free(storage, BY_CLEARING)',
        why: 'zeroGrad recycles a gradient that was detached',
      },
      {
        find: 'if (!storage.pinned) free(storage, BY_CLEARING)',
        replace: '',
        why: 'gradients are never freed',
      },
    ],
  },
]
