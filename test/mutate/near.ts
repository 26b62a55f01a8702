// Which tests are asked for a bug, by the path of the file it is planted in: the tests mirror the
// sources. It runs none of them.

import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Planting } from './mutants.ts'

/** Tests of other folders that know the files of one well. */
const neighbours: Record<string, readonly string[]> = {
  autograd: ['test/tensor/transforms', 'test/tensor/core', 'test/tensor/define', 'test/fuzz'],
  derive: ['test/derive'],
  distributed: ['test/distributed'],
  files: ['test/files'],
  layers: ['test/layers', 'test/tensor/ops/matmul.affine.test.ts'],
  'layers/recurrent': [
    'test/layers/pytorch.test.ts',
    'test/layers/dropout.test.ts',
    'test/testing/flow/gradientFlow.test.ts',
    'test/tensor/sequence',
  ],
  optim: ['test/optim', 'test/tensor/callers.test.ts'],
  'tensor/core': [
    'test/tensor/callers.test.ts',
    'test/tensor/realms.test.ts',
    'test/tensor/transforms',
    'test/tensor/define',
    'test/tensor/ops',
    'test/refusals/messages',
  ],
  'tensor/define': [
    'test/files/onnx/models.test.ts',
    'test/tensor/callers.test.ts',
    'test/tensor/core',
    'test/tensor/ops',
    'test/tensor/transforms/fuse.refusals.test.ts',
    'test/layers/recurrent/userCells.test.ts',
    'test/refusals/messages',
  ],
  'tensor/ops': [
    'test/tensor/callers.test.ts',
    'test/tensor/realms.test.ts',
    'test/tensor/core',
    'test/layers/recurrent',
    'test/optim',
  ],
  'tensor/programs': [
    'test/tensor/transforms/fuse.cases.test.ts',
    'test/tensor/transforms/fuse.refusals.test.ts',
    'test/tensor/transforms/fuse.test.ts',
    'test/tensor/sequence',
    'test/layers/recurrent',
  ],
  'tensor/sequence': ['test/tensor/programs', 'test/layers/recurrent'],
  'tensor/transforms': [
    'test/autograd',
    'test/tensor/core',
    'test/tensor/define',
    'test/tensor/higherOrders.test.ts',
    'test/tensor/ops/update.selections.test.ts',
    'test/refusals/messages',
  ],
}

/** All tests that could know anything of a room. */
const rooms: Record<string, readonly string[]> = {
  autograd: ['test/autograd', 'test/tensor', 'test/layers'],
  node: ['test/node'],
  kernels: ['test/kernels', 'test/tensor', 'test/layers', 'test/optim', 'test/properties'],
  derive: ['test/derive'],
  distributed: ['test/distributed'],
  files: ['test/files'],
  layers: ['test/layers', 'test/documents', 'test/properties'],
  optim: ['test/optim', 'test/refusals/messages'],
  tensor: [
    'test/tensor',
    'test/refusals/messages',
    'test/autograd',
    'test/layers',
    'test/optim',
    'test/documents',
    'test/properties',
  ],
  // Without against.test.ts: what it expects of shrinking is not done here.
  testing: [
    'test/testing/sleep.test.ts',
    'test/testing/sleep.modules.test.ts',
    'test/testing/smooth.test.ts',
    'test/testing/gradients.test.ts',
    'test/testing/forward.test.ts',
    'test/testing/module.test.ts',
    'test/testing/module.rejects.test.ts',
    'test/testing/matchers.test.ts',
    'test/testing/flow',
    'test/museum',
  ],
}

const unique = (tests: readonly string[]): string[] => [...new Set(tests)]

/** src/a/b.ts → a/b */
const nameOf = (file: string): string => file.replace(/^src\/|\.ts$/g, '')

/** test/a/b.test.ts and test/a/b.part.test.ts, for a/b. */
function own(name: string): string[] {
  const folder = `test/${dirname(name)}`
  if (!existsSync(folder)) return []
  const isOwn = (file: string): boolean =>
    file.startsWith(`${basename(name)}.`) && file.endsWith('.test.ts')
  return readdirSync(folder)
    .filter(isOwn)
    .map((file) => `${folder}/${file}`)
}

/** The nearest tests first: those of the file itself, then those of its folder and beside it. */
export function near({ file, tests = [] }: Planting): string[] {
  const name = nameOf(file)
  const folder = dirname(name)
  const siblings = folder.includes('/') && existsSync(`test/${folder}`) ? [`test/${folder}`] : []
  return unique([...own(name), ...tests, ...siblings, ...(neighbours[folder] ?? [])])
}

/** All that could know, for a bug that got past the nearest. */
export const further = (file: string): readonly string[] =>
  rooms[nameOf(file).split('/')[0] as string] as readonly string[]
