// The instructions of the kernel `program`, by their codes. assembly/program.ts runs them, and
// tensor/programs/ makes lists of them.

/** The kernels that an instruction can call; the place of each is its code. */
export const CODES = [
  'neg',
  'abs',
  'sign',
  'exp',
  'log',
  'sqrt',
  'reciprocal',
  'square',
  'tanh',
  'sigmoid',
  'relu',
  'add',
  'sub',
  'mul',
  'div',
  'maximum',
  'minimum',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'tanhGrad',
  'sigmoidGrad',
  'reluGrad',
  'where',
  'rowSum',
  'copy',
  // Two functions one after the other, q(p(a, b), c); Rsub is c − p(a, b).
  'addAdd',
  'addSub',
  'addRsub',
  'addMul',
  'subAdd',
  'subSub',
  'subRsub',
  'subMul',
  'mulAdd',
  'mulSub',
  'mulRsub',
  'mulMul',
  'mulTanhGrad',
  'mulSigmoidGrad',
] as const

export type Code = (typeof CODES)[number]

/** Words of an instruction: code and steps, width, and the operands out, a, b and c. */
export const INSTRUCTION_WORDS = 6
/** Bytes that a thread has for scratch; programs with more take memory of their own. */
export const SCRATCH = 2 ** 20
/**
 * Words of an operand in the table: its address in row 0 at shift 0, and the bytes from row to row
 * and from shift to shift.
 */
export const OPERAND_WORDS = 3
