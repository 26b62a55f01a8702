// Bugs to be planted in src/autograd/backward.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'tape',
    // Random programs alone should see these.
    bugs: [
      {
        find: 'if (sum === null) node.cotangent = g',
        replace: 'if (sum === null || sum !== null) node.cotangent = g',
        why: 'overwrites instead of adding',
      },
      {
        find: 'node.cotangent = this.#space.hold(after, node.output, null)',
        replace: 'this.#space.hold(after, node.output, null)',
        why: 'what a hook returns is dropped',
      },
      {
        find: '      for (const [node, marks] of this.#outerMarks) Object.assign(node, marks)\n',
        replace: '',
        why: 'a pass inside a derivative leaves its marks on the outer one',
      },
    ],
  },
  {
    area: 'tape',
    bugs: [
      {
        find: 'node.hooks !== null || this.#targets?.has(node) === true',
        replace: 'this.#targets?.has(node) === true',
        why: 'a rule is not told that a hook looks on',
      },
      {
        find: 'node.hooks !== null || this.#targets?.has(node) === true',
        replace: 'node.hooks !== null',
        why: 'a rule is not told that somebody asked',
      },
      {
        find: '    order.sort((a, b) => b.id - a.id)\n',
        replace: '',
        why: 'nodes in the order they were found',
      },
      {
        find: 'order.sort((a, b) => b.id - a.id)',
        replace: 'order.sort((a, b) => a.id - b.id)',
        why: 'ascending order',
      },
      {
        find: 'else if (!this.#createGraph && this.#space.exclusive(sum)) {',
        replace: 'else if (!this.#createGraph) {',
        why: 'adds into a cotangent that is used elsewhere',
      },
      {
        find: 'else if (!this.#createGraph && this.#space.exclusive(sum)) {',
        replace: 'else if (this.#space.exclusive(sum)) {',
        why: 'adds in place where the pass is recorded',
      },
      {
        find: 'this.#space.addInto(sum, g)\n      this.#space.release(g)',
        replace: 'this.#space.addInto(sum, g)',
        why: 'what was added in is never released',
      },
      {
        find: '      this.#space.release(sum)\n',
        replace: '',
        why: 'the sum before is never released',
      },
      {
        find: 'this.#space.hold(this.#space.add(sum, g), node.output, rule)',
        replace: 'this.#space.add(sum, g)',
        why: 'a sum that nobody holds',
      },
      {
        find: 'if (target !== undefined) this.results.set(target, g)',
        replace: 'if (isEnd && target !== undefined) this.results.set(target, g)',
        why: 'only ends can be asked for',
      },
      {
        find: 'if (target === undefined) this.#space.release(g)',
        replace: 'this.#space.release(g)',
        why: 'releases what was asked for',
      },
      {
        find: '    if (target === undefined) this.#space.release(g)\n',
        replace: '',
        why: 'never releases a cotangent',
      },
      {
        find: 'if (node.hooks !== null && this.#stops?.has(node) !== true) this.#applyHooks(node, node.hooks)',
        replace: '',
        why: 'hooks are not called',
      },
      {
        find: 'if (node.hooks !== null && this.#stops?.has(node) !== true)',
        replace: 'if (node.hooks !== null)',
        why: 'a pass inside a derivative calls the hooks of the op’s inputs',
      },
      {
        find: 'const needsGrad = inputs.map((input) => this.#leadsTo(node, input))',
        replace: 'const needsGrad = inputs.map((input) => input.node !== null)',
        why: 'computes what nobody asked for',
      },
      {
        find: 'if (rule.addInto !== undefined && !this.#createGraph) {',
        replace: 'if (rule.addInto !== undefined) {',
        why: 'add-into where the pass is recorded',
      },
      {
        find: '        needsGrad[i] = false // `vjp` sees it in its call.\n',
        replace: '',
        why: 'added in, and then once more',
      },
      {
        find: 'if (sum == null || !this.#space.exclusive(sum)) continue',
        replace: 'if (sum == null) continue',
        why: 'adds into a sum that is held elsewhere',
      },
      {
        find: 'if (needsGrad[i] && cotangent != null && input !== null)\n        this',
        replace: 'if (cotangent != null && input !== null) this',
        why: 'accumulates what nobody wanted',
      },
      {
        find: 'withRecording(this.#createGraph, () => {',
        replace: 'withRecording(false, () => {',
        why: 'the pass is never recorded: second derivatives are 0',
      },
      {
        find: 'withRecording(this.#createGraph, () => {',
        replace: 'withRecording(true, () => {',
        why: 'the pass is always recorded',
      },
      {
        find: 'this.#accumulate(root.node, seeds[i] as V, null)',
        replace: 'this.#accumulate(root.node, seeds[0] as V, null)',
        why: 'the first seed for every root',
      },
      {
        find: '  if (!options.retainGraph) {',
        replace: '  if (!options.retainGraph && !options.createGraph) {',
        why: 'a recorded pass always keeps its graph',
      },
      {
        find: '  if (!options.retainGraph) {',
        replace: '  {',
        why: 'never keeps the graph',
      },
      {
        find: 'return region.order\n',
        replace: 'return [...region.order, ...region.ends]\n',
        why: 'uses up what was asked for',
      },
      {
        find: '    for (const node of walked) node.inputs = RELEASED\n',
        replace: '',
        why: 'a walked graph is never released',
      },
      {
        find: 'node.inputs = RELEASED',
        replace: 'node.inputs = []',
        why: 'a second backward walks an empty graph in silence',
      },
      {
        find: '      if (!isEnd && node.consumed && node.id !== oldest) throw this.#space.alreadyWalked(node)\n',
        replace: '',
        why: 'walks a consumed node',
      },
      {
        find: 'node.consumed && node.id !== oldest)',
        replace: 'node.consumed)',
        why: 'refuses to end at a node that was used up',
      },
      {
        find: 'consumed the node.\n    if (node.consumed) throw this.#space.alreadyWalked(node)',
        replace: 'started.',
        why: 'what a hook’s pass has used up gets no gradient, in silence',
      },
      {
        find: 'if (inProgress > 1 && !this.#outerMarks.has(node))\n        this.#outerMarks.set',
        replace: 'if (inProgress > 2 && !this.#outerMarks.has(node)) this.#outerMarks.set',
        why: 'the outer pass’s marks are not remembered',
      },
      {
        find: '      node.cotangent = null\n      node.reachedBy = this.#id',
        replace: '      node.reachedBy = this.#id',
        why: 'starts from what an earlier pass left',
      },
      {
        find: '    for (const node of region.ends) if (!targets.has(node)) node.reachedBy = 0\n',
        replace: '',
        why: 'every leaf counts as asked for',
      },
      {
        find: '      else if (targets.has(node)) region.ends.push(node)\n',
        replace: '',
        why: 'a result of an op cannot be asked for',
      },
      {
        find: 'for (let i = region.order.length - 1; i >= 0; i--) {',
        replace: 'for (let i = 0; i < region.order.length; i++) {',
        why: 'prunes before the inputs are known',
      },
      {
        find: '    if (target !== undefined) this.#targets?.set(fresh, target)\n',
        replace: '',
        why: 'checkpoint: what was asked for inside is lost',
      },
      {
        find: '    old.cotangent = null\n',
        replace: '',
        why: 'checkpoint: a cotangent is used twice',
      },
      {
        find: '    this.#sumUses(old)\n',
        replace: '',
        why: 'checkpoint: uses of a result are summed when its place is taken',
      },
      {
        find: '        this.#prune(region)\n        this.#visitAll',
        replace: '        this.#visitAll',
        why: 'checkpoint: the rerun is not pruned',
      },
      {
        find: 'this.#stops = targets && enclosingInputs && new Set',
        replace: 'this.#stops = null && enclosingInputs && new Set',
        why: 'a pass inside a derivative goes on behind the op’s inputs',
      },
      {
        find: '      enclosingInputs = node.inputs\n',
        replace: '',
        why: 'a derivative is not known to be computed',
      },
      {
        find: '    enclosingInputs = null\n    this.#space.enter(node)',
        replace: '    this.#space.enter(node)',
        why: 'a hook’s pass stops at the inputs of another op’s derivative',
      },
      {
        find: 'input.reachedBy === this.#id && input.id < node.id',
        replace: 'input.reachedBy === this.#id',
        why: 'an input that required no gradient when the op was recorded gets one',
      },
      {
        find: 'oldest = Math.min(oldest, id)',
        replace: 'oldest = Math.max(oldest === Number.POSITIVE_INFINITY ? 0 : oldest, id)',
        why: 'what is older than the newest target is not looked at',
      },
      {
        find: 'rule.together !== undefined && this.#createGraph',
        replace: 'rule.together !== undefined && !this.#createGraph',
        why: 'uses are summed together where the pass is not recorded',
      },
      {
        find: 'const noted = this.#uses.take(node)',
        replace: "const noted = undefined as ReturnType<Uses<V>['take']>",
        why: 'what several uses give is never summed',
      },
    ],
  },
]
