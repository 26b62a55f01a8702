// Starts a script of ranks/ as processes of Open MPI or MPICH, and collects what they report.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

export type Mpi = 'openmpi' | 'mpich'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Debian has both, each under its own name; elsewhere mpirun is the one that is there. */
function commandOf(mpi: Mpi): string | null {
  for (const command of [`mpirun.${mpi}`, 'mpirun']) {
    const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' })
    if ((mpi === 'openmpi' ? /Open MPI|OpenRTE|PRRTE/ : /HYDRA/).test(stdout ?? '')) return command
  }
  return null
}
const commands = { openmpi: commandOf('openmpi'), mpich: commandOf('mpich') }
export const isThere = (mpi: Mpi): boolean => commands[mpi] !== null

/** Where scripts are bundled once, because tsx would need a second for each process. */
const folder = mkdtempSync(join(tmpdir(), 'tapegrad-ranks-'))
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const bundled = new Map<string, string>()

/** The path of a script of ranks/, or of another, as plain JavaScript. */
export function bundle(name: string, entry = new URL(`ranks/${name}.ts`, import.meta.url)): string {
  const before = bundled.get(name)
  if (before !== undefined) return before
  const outfile = join(folder, `${name}.mjs`)
  buildSync({
    entryPoints: [fileURLToPath(entry)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    alias: {
      'tapegrad/distributed': join(root, 'src/distributed/index.ts'),
      'tapegrad/node': join(root, 'src/node/index.ts'),
      tapegrad: join(root, 'src/index.ts'),
    },
  })
  bundled.set(name, outfile)
  return outfile
}

export interface Ended<R> {
  /** What each rank reported with `report`. */
  readonly reports: readonly R[]
  readonly stderr: string
  readonly code: number
  readonly seconds: number
}

export interface Start {
  readonly mpi?: Mpi
  readonly args?: readonly string[]
  /** Of mpirun. */
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Open MPI refuses root unless told otherwise. In containers its processes may not read each
 * other's memory, of which it complains.
 */
const ALLOWED = {
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
  OMPI_MCA_btl_vader_single_copy_mechanism: 'none',
}

/** The processes in whose command line a text occurs; none where there is no /proc. */
export function processesWith(text: string): number[] {
  const numbers = existsSync('/proc')
    ? readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    : []
  return numbers.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text)
    } catch {
      return false
    }
  })
}

/** The words that start `np` processes of a script; its arguments are those of mpirun. */
export const mpirun = (np: number, mpi: Mpi, flags: readonly string[] = []): string[] => [
  commands[mpi] as string,
  ...(mpi === 'openmpi' ? ['--oversubscribe'] : []),
  ...flags,
  '-np',
  String(np),
]

/** Runs a script of ranks/ as `np` processes until all have ended. */
export function launch<R>(np: number, script: string, start: Start = {}): Promise<Ended<R>> {
  const { mpi = 'openmpi', args = [], flags, env = {} } = start
  const words = [...mpirun(np, mpi, flags), process.execPath, bundle(script), ...args]
  return run<R>(words, env)
}

/**
 * Runs a command until it has ended, and takes the reports out of what it prints; `onText` gets
 * that at once.
 */
export async function run<R>(
  [command, ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
  onText: (text: string) => void = () => {},
): Promise<Ended<R>> {
  const began = performance.now()
  const child = spawn(command as string, args, { env: { ...process.env, ...ALLOWED, ...env } })
  let [out, err] = ['', '']
  child.stdout.on('data', (data) => {
    out += data
    onText(String(data))
  })
  child.stderr.on('data', (data) => {
    err += data
    onText(String(data))
  })
  const code = await new Promise<number>((resolve) => {
    child.on('close', (code) => resolve(code ?? -1))
  })
  const reports = [...out.matchAll(/^@(\{.*\})$/gm)].map(([, json]) => JSON.parse(json as string))
  return { reports, stderr: err, code, seconds: (performance.now() - began) / 1000 }
}
