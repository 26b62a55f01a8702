// The same training by several processes and by one, with batches of the same names: the losses are
// the same. npm run example distributed.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { wholeNumber } from './flags/wholeNumber.ts'

const { ranks, epochs } = new Command('npm run example distributed --')
  .description('The dinosaur names, learned by several processes and by one.')
  .option('--ranks <number>', 'how many processes', wholeNumber(1, 64), 2)
  .option('--epochs <number>', 'passes over the names', wholeNumber(1, 1000), 3)
  .showHelpAfterError()
  .parse()
  .opts<Record<'ranks' | 'epochs', number>>()

const script = fileURLToPath(new URL('distributed/train.ts', import.meta.url))
const train = [process.execPath, '--import', 'tsx', script]
// mpirun of Open MPI wants to be told that root may start it, and more processes than cores.
const asRoot = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' }
const env = {
  ...process.env,
  EPOCHS: `${epochs}`,
  OMPI_MCA_rmaps_base_oversubscribe: '1',
  ...(process.getuid?.() === 0 ? asRoot : {}),
}
const start = ([command, ...args]: string[]) => spawnSync(command, args, { stdio: 'inherit', env })

const { status, error } = start(['mpirun', '-np', `${ranks}`, ...train])
if (error !== undefined)
  console.log('mpirun is not there (apt-get install openmpi-bin), so only one process:\n')
process.exitCode = status || start(train).status || 0
