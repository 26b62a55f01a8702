// The entrants of the side-by-side measurement, with their tasks and commands.

import { fileURLToPath } from 'node:url'
import { CELLS, type Cell } from './cells.ts'
import type { Contender } from './contender.ts'
import { SIZES, type Size } from './model.ts'
import { type Kernels, ours } from './steps.ts'

type Step = `${Cell}-${Size}`
const TINY = ['add', 'chain'] as const
const stepsOf = (cell: Cell): Step[] =>
  (Object.keys(SIZES) as Size[]).map((size): Step => `${cell}-${size}`)
const STEPS = CELLS.flatMap(stepsOf)

/**
 * A training step of some cell and size; 1,000 tiny ops, recorded, or a chain with its backward
 * pass; or a chain of elementwise ops on many numbers.
 */
export type Task = Step | (typeof TINY)[number] | 'elementwise'
export const TASKS: readonly Task[] = [...TINY, 'elementwise', ...STEPS]
export const isTiny = (task: Task): task is (typeof TINY)[number] =>
  task === 'add' || task === 'chain'
/** Null for a task that is no training step. */
export function stepOf(task: Task): { cell: Cell; size: Size } | null {
  if (isTiny(task) || task === 'elementwise') return null
  const [cell, size] = task.split('-') as [Cell, Size]
  return { cell, size }
}

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
    { contender: plain, tasks: threads === 1 ? [...TINY, ...STEPS] : STEPS },
    { contender: blas, tasks: STEPS },
    { contender: wide(plain), tasks: STEPS },
    { contender: wide(blas), tasks: STEPS },
    ...(threads === 1
      ? [plain, blas].map((contender) => ({ contender: unaware(contender), tasks: STEPS }))
      : []),
  ]
}

/** A chain of elementwise ops as one op, and op by op. */
function ownElementwise(runner: string): Entrant[] {
  const { args, ...plain } = ours(runner, 'built-in', 1)
  return [
    { ...plain, name: 'tapegrad, fuse', args: [...args, 'fuse'] },
    { ...plain, name: 'tapegrad, op by op', args },
  ].map((contender) => ({ contender, tasks: ['elementwise'] }))
}

function torch(name: string, variant: 'fused' | 'primitives', threads: number): Contender {
  const install = 'pip install torch, or name the Python that has it: TORCH_PYTHON=…'
  return {
    name,
    command: process.env.TORCH_PYTHON ?? 'python3',
    args: ['-B', inPeers('pytorch.py'), variant],
    threads,
    install,
  }
}

function jax(threads: number): Contender {
  return {
    name: 'JAX, jit, lax.scan',
    command: process.env.JAX_PYTHON ?? 'python3',
    args: ['-B', inPeers('jax_scan.py')],
    threads,
    install: 'pip install jax, or name the Python that has it: JAX_PYTHON=…',
  }
}

/** A contender that computes on one thread in Node. */
function script(name: string, command: string, file: string, ...variant: string[]): Contender {
  return { name, command, args: [inPeers(file), ...variant], threads: 1, install: npm }
}

export function entrants(runner: string): Entrant[] {
  const jaxJs = script('jax-js, jit, wasm, Node 24', newNode, 'jax.mjs')
  const LSTM = stepsOf('LSTM')
  return [
    ...[1, 2].flatMap((threads) => [
      ...own(runner, threads),
      ...CELLS.map((cell) => ({
        contender: torch(`PyTorch nn.${cell}`, 'fused', threads),
        tasks: stepsOf(cell),
      })),
      { contender: torch('PyTorch from primitives', 'primitives', threads), tasks: LSTM },
      { contender: jax(threads), tasks: STEPS },
    ]),
    ...ownElementwise(runner),
    { contender: torch('PyTorch', 'fused', 1), tasks: [...TINY, 'elementwise'] },
    { contender: { ...jax(1), name: 'JAX, jit' }, tasks: ['elementwise'] },
    {
      contender: script('TensorFlow.js, wasm', process.execPath, 'tfjs.mjs', 'wasm'),
      tasks: ['chain', ...LSTM],
    },
    // For XL a step of this backend takes minutes.
    {
      contender: script('TensorFlow.js, cpu', process.execPath, 'tfjs.mjs', 'cpu'),
      tasks: ['chain', 'LSTM-S', 'LSTM-M', 'LSTM-L'],
    },
    { contender: jaxJs, tasks: LSTM },
    {
      contender: revectorised(jaxJs, ['--experimental-wasm-revectorize', ...jaxJs.args]),
      tasks: LSTM,
    },
    { contender: script('Deepbox, Node 24', newNode, 'deepbox.mjs'), tasks: TINY },
  ]
}
