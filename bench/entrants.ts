// The entrants of the side-by-side measurement, with their tasks and commands.

import { fileURLToPath } from 'node:url'
import type { Contender } from './contender.ts'
import { SIZES, type Size } from './model.ts'
import { type Kernels, ours } from './steps.ts'

const TINY = ['add', 'chain'] as const
const STEPS = Object.keys(SIZES) as Size[]

/** A training step of some size, or 1,000 tiny ops: recorded, or a chain with its backward pass. */
export type Task = Size | (typeof TINY)[number]
export const TASKS: readonly Task[] = [...TINY, ...STEPS]
export const isTiny = (task: Task): task is (typeof TINY)[number] =>
  task === 'add' || task === 'chain'

interface Entrant {
  contender: Contender
  tasks: readonly Task[]
}

const inPeers = (path: string): string => fileURLToPath(new URL(`peers/${path}`, import.meta.url))
const npm = 'npm install --prefix bench/peers --no-package-lock'

/** Node 24 or newer, whose V8 can combine two operations of 128 bits into one of 256. */
export const newNode =
  Number(process.versions.node.split('.')[0]) >= 24
    ? process.execPath
    : inPeers('node_modules/node/bin/node')
const revectorised = (contender: Contender, args: readonly string[]): Contender => ({
  ...contender,
  name: `${contender.name}, re-vectorised`,
  command: newNode,
  args,
  install: [npm, contender.install].filter(Boolean).join('; '),
})
/** Ours, after `useWideVectors()`. */
const wide = (contender: Contender): Contender =>
  revectorised(contender, [...contender.args, 'wide'])

const unaware = (contender: Contender): Contender => ({
  ...contender,
  name: `${contender.name}, all rows`,
  args: [...contender.args, 'unaware'],
})

function own(runner: string, threads: number): Entrant[] {
  const [plain, blas] = (['built-in', 'system BLAS'] satisfies Kernels[]).map((kernels) =>
    ours(runner, kernels, threads),
  )
  return [
    { contender: plain, tasks: threads === 1 ? TASKS : STEPS },
    { contender: blas, tasks: STEPS },
    { contender: wide(plain), tasks: STEPS },
    { contender: wide(blas), tasks: STEPS },
    ...(threads === 1
      ? [plain, blas].map((contender) => ({ contender: unaware(contender), tasks: STEPS }))
      : []),
  ]
}

function torch(name: string, variant: 'fused' | 'primitives', threads: number): Contender {
  const install = 'pip install torch, or name the Python that has it: TORCH_PYTHON=…'
  return {
    name,
    command: process.env.TORCH_PYTHON ?? 'python3',
    args: [inPeers('pytorch.py'), variant],
    threads,
    install,
  }
}

/** A contender that computes on one thread in Node. */
function script(name: string, command: string, file: string, ...variant: string[]): Contender {
  return { name, command, args: [inPeers(file), ...variant], threads: 1, install: npm }
}

export function entrants(runner: string): Entrant[] {
  const jax = script('jax-js, jit, wasm, Node 24', newNode, 'jax.mjs')
  return [
    ...[1, 2].flatMap((threads) => [
      ...own(runner, threads),
      { contender: torch('PyTorch nn.LSTM', 'fused', threads), tasks: STEPS },
      { contender: torch('PyTorch from primitives', 'primitives', threads), tasks: STEPS },
    ]),
    { contender: torch('PyTorch', 'fused', 1), tasks: TINY },
    {
      contender: script('TensorFlow.js, wasm', process.execPath, 'tfjs.mjs', 'wasm'),
      tasks: ['chain', ...STEPS],
    },
    // For XL a step of this backend takes minutes.
    {
      contender: script('TensorFlow.js, cpu', process.execPath, 'tfjs.mjs', 'cpu'),
      tasks: ['chain', 'S', 'M', 'L'],
    },
    { contender: jax, tasks: STEPS },
    {
      contender: revectorised(jax, ['--experimental-wasm-revectorize', ...jax.args]),
      tasks: STEPS,
    },
    { contender: script('Deepbox, Node 24', newNode, 'deepbox.mjs'), tasks: TINY },
  ]
}
