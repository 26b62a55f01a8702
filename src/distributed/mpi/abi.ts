// The three binary interfaces of MPI: what a handle is in each, and the handles in use here. It
// loads nothing.

/** A handle: an address or a number, as koffi takes it. */
export type Handle = bigint | number

/** The types of numbers that are sent. */
export type WireType = 'float32' | 'float64' | 'int32' | 'bytes'

/** What differs between the libraries of MPI. */
export interface Abi {
  /** The C type of a handle. */
  readonly handle: 'int64' | 'int'
  readonly world: Handle
  readonly types: Readonly<Record<WireType, Handle>>
  readonly sum: Handle
  readonly returnErrors: Handle
  /** In place of the address of what is sent: the numbers are where the result is to be. */
  readonly inPlace: bigint
  readonly ignoreStatus: bigint
}

/** Open MPI: handles are addresses of its variables. `addressOf` finds a variable by its name. */
export const openMpi = (addressOf: (name: string) => bigint): Abi => ({
  handle: 'int64',
  world: addressOf('ompi_mpi_comm_world'),
  types: {
    float32: addressOf('ompi_mpi_float'),
    float64: addressOf('ompi_mpi_double'),
    int32: addressOf('ompi_mpi_int32_t'),
    bytes: addressOf('ompi_mpi_byte'),
  },
  sum: addressOf('ompi_mpi_op_sum'),
  returnErrors: addressOf('ompi_mpi_errors_return'),
  inPlace: 1n,
  ignoreStatus: 0n,
})

/** MPICH and its descendants (Intel MPI, MVAPICH, Cray MPICH): handles are numbers. */
export const MPICH: Abi = {
  handle: 'int',
  world: 0x44000000,
  types: { float32: 0x4c00040a, float64: 0x4c00080b, int32: 0x4c000439, bytes: 0x4c00010d },
  sum: 0x58000003,
  returnErrors: 0x54000001,
  inPlace: -1n,
  ignoreStatus: 1n,
}

/** The standard interface of MPI 5.0 (chapter 20), by its published constants. */
export const MPI_5: Abi = {
  handle: 'int64',
  world: 0x101n,
  types: { float32: 0x210n, float64: 0x214n, int32: 0x250n, bytes: 0x247n },
  sum: 0x21n,
  returnErrors: 0x143n,
  inPlace: 1n,
  ignoreStatus: 0n,
}
