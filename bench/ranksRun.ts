// One rank of the bench: training steps, and sums beside bare calls of the library. Rank 0 prints
// the medians as JSON: `node ranksRun.mjs <quick or full> [size]...`.

import koffi from 'koffi'
import { Adam, crossEntropy, Generator, randint, zeros } from 'tapegrad'
import { averageGradients, joinGroup, synchronise } from 'tapegrad/distributed'
import { baseOfMemory } from '../src/kernels/native.ts'
import { Model, SIZES, type Size } from './model.ts'

const isQuick = process.argv[2] === 'quick'
const sizes = process.argv.slice(3) as Size[]
const group = await joinGroup({ timeoutMs: 120_000 })

const middle = (list: number[]): number =>
  [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] as number

/** The median time of a call in milliseconds; all ranks begin each call together. */
function timed(body: () => void, runs: number): number {
  const times: number[] = []
  for (let k = 0; k < runs + 2; k++) {
    group.barrier()
    const began = performance.now()
    body()
    if (k >= 2) times.push(performance.now() - began)
  }
  return middle(times)
}

const steps = sizes.map((size) => {
  const generator = new Generator(1)
  const model = new Model('LSTM', SIZES[size], { generator })
  synchronise(model, group)
  const { N, T, V } = SIZES[size]
  const [x, y] = [0, 1].map(() => randint(0, V, [N, T], { generator }))
  const parameters = model.parameters()
  const optimiser = new Adam(parameters, { lr: 1e-3 })
  const averaging: number[] = []
  const runs = isQuick ? 3 : { S: 400, M: 40, L: 15, XL: 7 }[size]
  const step = timed(() => {
    optimiser.zeroGrad()
    crossEntropy(model.forward(x), y).backward()
    const began = performance.now()
    averageGradients(parameters, group, { weight: N })
    averaging.push(performance.now() - began)
    optimiser.step()
  }, runs)
  const bytes = parameters.reduce((sum, p) => sum + 4 * p.size, 0)
  return { size, step, averaging: middle(averaging.slice(2)), bytes }
})

const sums = (group.size === 1 ? [] : [1e3, 1e4, 1e5, 1e6, 1e7]).map((count) => {
  const t = zeros([count])
  const runs = isQuick ? 3 : Math.max(9, Math.min(300, Math.round(3e7 / count)))
  return { count, sum: timed(() => void group.sum(t), runs), ...bare(count, runs) }
})

/** MPI_Allreduce on the same memory, in one call and in pieces of 10⁶ numbers. */
function bare(count: number, runs: number): { whole: number; pieces: number } {
  const t = zeros([count])
  const library = koffi.load(process.env.PMI_SIZE === undefined ? 'libmpi.so.40' : 'libmpich.so.12')
  const isOpenMpi = process.env.PMI_SIZE === undefined
  const handle = isOpenMpi ? 'int64' : 'int'
  const [float, sum, world] = isOpenMpi
    ? ['ompi_mpi_float', 'ompi_mpi_op_sum', 'ompi_mpi_comm_world'].map((name) =>
        koffi.address(library.symbol(name)),
      )
    : [0x4c00040a, 0x58000003, 0x44000000]
  const types = ['int64', 'int64', 'int', handle, handle, handle]
  const allreduce = library.func('MPI_Allreduce', 'int', types)
  const inPlace = isOpenMpi ? 1 : -1
  const base = baseOfMemory(koffi)
  const call = (piece: number) => (): void => {
    const at = base() + t.address()
    for (let k = 0; k < count; k += piece)
      allreduce(inPlace, at + 4 * k, Math.min(piece, count - k), float, sum, world)
  }
  return { whole: timed(call(count), runs), pieces: timed(call(1e6), runs) }
}

if (group.rank === 0) console.log(JSON.stringify({ library: group.library, steps, sums }))
group.close()
