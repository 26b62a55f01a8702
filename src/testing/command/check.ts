// The work of `tapegrad check` inside the file's own process: it loads the file, finds the modules
// and inputs that it exports, and checks each; it prints nothing.
import fc from 'fast-check'
import { Module } from '../../layers/index.ts'
import { manualSeed } from '../../tensor/index.ts'
import { checkModule, type Input } from '../modules/module.ts'
import type { CheckModuleOptions } from '../modules/settings.ts'
import { CannotCheckError, load, problemOf } from './load.ts'
import type { CheckFileOptions, Message } from './message.ts'

interface Candidate {
  name: string
  make: () => Module
  inputs: fc.Arbitrary<Input>
  batchAxis: CheckModuleOptions['batchAxis']
  exempt: CheckModuleOptions['exempt']
}

const WANTED =
  'a fast-check arbitrary, a function that gives a sample, or an object of these by the names ' +
  'of exports'

/**
 * Checks the modules that a file exports: instances of Module, subclasses that take no arguments,
 * and functions without arguments that `inputs` names. The file also exports `inputs`: a fast-check
 * arbitrary of the input of `forward` (a tensor, or an array of arguments), a function that gives a
 * sample, or an object of these by the names of exports. `batchAxis` and `exempt`, likewise for all
 * or by name, are passed to checkModule.
 *
 * Sends which exports it will check, which one it checks now, its progress, and each outcome.
 *
 * Throws a CannotCheckError when the file cannot be loaded, or exports no modules or no inputs.
 */
export async function checkFile(
  path: string,
  { seed, runs, only }: CheckFileOptions,
  send: (message: Message) => void,
): Promise<void> {
  manualSeed(seed)
  const candidates = candidatesIn(path, await load(path))
  const chosen = candidates.filter(({ name }) => only === undefined || name === only)
  if (chosen.length === 0)
    throw new CannotCheckError(
      `${path}: expected an exported module called ${only}, got ` +
        `${candidates.map(({ name }) => name).join(', ')}`,
    )
  send({ found: chosen.map(({ name }) => name) })
  for (const [k, { name, make, inputs, batchAxis, exempt }] of chosen.entries()) {
    send({ checking: name })
    // checkModule draws its inputs twice: for the laws, and for differences.
    let tried = 0
    const counted = inputs.map((input) => {
      send({ done: 2 * k * runs + Math.min(++tried, 2 * runs), of: 2 * chosen.length * runs })
      return input
    })
    try {
      manualSeed(seed)
      send({
        name,
        report: checkModule(make(), counted, { seed, numRuns: runs, batchAxis, exempt }),
        error: null,
      })
    } catch (error) {
      send({ name, report: null, error: problemOf(error) })
    }
  }
}

/** Whether this is an object by the names of exports, or one value for all of them. */
const isByName = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.getPrototypeOf(value) === Object.prototype

function candidatesIn(
  path: string,
  { inputs, batchAxis, exempt, ...exported }: Record<string, unknown>,
): Candidate[] {
  const named = isByName(inputs) ? Object.keys(inputs) : []
  const candidates = Object.entries(exported).flatMap(([name, value]): Candidate[] => {
    const make = makerOf(path, name, value, named.includes(name))
    const axis = (isByName(batchAxis) ? batchAxis[name] : batchAxis) as Candidate['batchAxis']
    const reasons = (
      isByName(exempt) && Object.values(exempt).every(isByName) ? exempt[name] : exempt
    ) as Candidate['exempt']
    return make
      ? [
          {
            name,
            make,
            inputs: inputsOf(path, name, isByName(inputs) ? inputs[name] : inputs),
            batchAxis: axis,
            exempt: reasons,
          },
        ]
      : []
  })
  const lost = named.find((name) => !candidates.some((one) => one.name === name))
  const names = Object.keys(exported).join(', ') || 'none'
  if (lost !== undefined)
    throw new CannotCheckError(
      `${path}: expected inputs to name exported modules, got ${lost}: the exports are ${names}`,
    )
  if (candidates.length === 0)
    throw new CannotCheckError(
      `${path}: expected an exported Module, or a class of one that takes no arguments, got ` +
        `${names}: name functions that make one in inputs`,
    )
  return candidates
}

/** Makes the module of an export; null where it has none. A function must be named by `inputs`. */
function makerOf(
  path: string,
  name: string,
  value: unknown,
  isNamed: boolean,
): (() => Module) | null {
  if (value instanceof Module) return () => value
  if (typeof value === 'object' && value !== null && 'namedParameters' in value)
    throw new CannotCheckError(
      `${path}: expected ${name} to be a Module of this package, got one of another copy: ` +
        'install tapegrad once, and run its own command',
    )
  if (typeof value !== 'function') return null
  const isClass = value.prototype instanceof Module
  if (!isNamed && (!isClass || value.length > 0)) return null
  if (value.length > 0)
    throw new CannotCheckError(
      `${path}: expected ${name} to take no arguments, got ${value.length}: export an instance`,
    )
  return () => {
    const made: unknown = isClass ? Reflect.construct(value, []) : value()
    if (!(made instanceof Module))
      throw new CannotCheckError(`${path}: expected ${name}() to give a Module, got ${typeof made}`)
    return made
  }
}

function inputsOf(path: string, name: string, given: unknown): fc.Arbitrary<Input> {
  if (given === undefined)
    throw new CannotCheckError(
      `${path}: expected an export called inputs for ${name}, got none: export ${WANTED}`,
    )
  if (typeof given === 'function')
    return fc.noShrink(fc.nat()).map((sample) => {
      manualSeed(sample)
      return given()
    })
  if (typeof given === 'object' && given !== null && 'generate' in given && 'map' in given)
    return given as fc.Arbitrary<Input>
  throw new CannotCheckError(
    `${path}: expected inputs for ${name}, got ${fc.stringify(given)}: export ${WANTED}`,
  )
}
