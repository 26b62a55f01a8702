// Compiles the kernels to WebAssembly and embeds them in ../wasm.generated.ts, every generic kernel
// once for f32 (exp_f32) and once for f64 (exp_f64). There are three modules: all kernels; the
// products once more with relaxed SIMD; and the tiles that ../trial.ts measures.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const output = fileURLToPath(new URL('../wasm.generated.ts', import.meta.url))

// Families are files whose classes are kernels: Exp in unary.ts is the kernel exp, which calls
// `run` of unary.ts with these parameters. Subjects are files whose exported functions are kernels.
const pairParameters =
  'out: usize, a: usize, b: usize, outer: i32, inner: i32, aOuter: i32, aInner: i32, bOuter: ' +
  'i32, bInner: i32'
const families = {
  unary: 'out: usize, a: usize, n: i32',
  grads: 'out: usize, g: usize, y: usize, n: i32',
  pairs: pairParameters,
  compare: pairParameters,
}
const subjects = ['update', 'reduce', 'rows', 'matmul', 'strided', 'random', 'program']

const source = (name) => readFileSync(`${here}${name}.ts`, 'utf8')
const matches = (name, pattern) => [...source(name).matchAll(pattern)]
const argumentsOf = (parameters) => parameters.replace(/:\s*\w+/g, '').trim()

/** The AssemblyScript source of a module that exports these families and subjects. */
function index(families, subjects) {
  const lines = []
  for (const [file, parameters] of Object.entries(families)) {
    lines.push(`import * as in_${file} from './${file}'`)
    for (const [, name] of matches(file, /^@unmanaged export class (\w+)<T>/gm)) {
      const kernel = name[0].toLowerCase() + name.slice(1)
      for (const T of ['f32', 'f64']) {
        lines.push(
          `export function ${kernel}_${T}(${parameters}): void { in_${file}.run<${T}, ` +
            `in_${file}.${name}<${T}>>(${argumentsOf(parameters)}) }`,
        )
      }
    }
  }
  for (const file of subjects) {
    lines.push(`import * as in_${file} from './${file}'`)
    for (const [, name, generic, parameters, result] of matches(
      file,
      /^export function (\w+)(<T>)?\(([^)]*)\): (\w+)/gm,
    )) {
      for (const T of generic ? ['f32', 'f64'] : ['']) {
        const call = `in_${file}.${name}${T && `<${T}>`}(${argumentsOf(parameters)})`
        const typed = parameters.replace(/: T\b/g, `: ${T}`)
        lines.push(
          `export function ${name}${T && `_${T}`}(${typed}): ${result} { ` +
            `${result === 'void' ? '' : 'return '}${call} }`,
        )
      }
    }
  }
  lines.push(`export { scratchBytes } from './matmul'`, `export { tablesEnd } from './scratch'`)
  return lines.join('\n')
}

const options = (
  '-O3 --runtime stub --noAssert --importMemory --maximumMemory 65536 --disableWarning 201 ' +
  '--outFile kernels.wasm --enable'
).split(' ')

async function compiled(source, features) {
  const { default: asc } = await import('assemblyscript/asc')
  const files = { 'index.ts': source }
  let binary
  const { error, stderr } = await asc.main(['index.ts', ...options, features], {
    readFile: (name) =>
      files[name] ?? (readdirSync(here).includes(name) ? readFileSync(here + name, 'utf8') : null),
    writeFile: (_name, contents) => {
      binary = contents
    },
    listFiles: () => [],
  })
  if (error) throw new Error(stderr.toString())
  // The import of the memory is two names with their lengths, the kind 2, and a flag: 1 for a
  // memory with a maximum, which ../compile.ts changes to 3 where that is shared.
  const memoryFlag = Buffer.from(binary).indexOf('\x03env\x06memory\x02\x01') + 12
  return {
    binary,
    text: `{ hex: '${Buffer.from(binary).toString('hex')}', memoryFlag: ${memoryFlag} }`,
  }
}

const newest = Math.max(...readdirSync(here).map((file) => statSync(here + file).mtimeMs))
const built = statSync(output, { throwIfNoEntry: false })?.mtimeMs ?? 0
if (built < newest) {
  const all = await compiled(index(families, subjects), 'simd')
  const fused = await compiled(index({}, ['matmul']), 'simd,relaxed-simd')
  const trial = await compiled(`export * from './trial'`, 'simd,relaxed-simd')
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 65536 })
  const { instance } = await WebAssembly.instantiate(all.binary, { env: { memory, scratch: 0 } })
  const [tables, scratch] = [instance.exports.tablesEnd, instance.exports.scratchBytes].map(
    ({ value }) => value >>> 0,
  )
  const constants = {
    kernels: all.text,
    fusedProducts: fused.text,
    tileTrial: trial.text,
    tablesEnd: tables,
    scratchBytes: scratch,
  }
  writeFileSync(
    output,
    Object.entries(constants)
      .map(([name, value]) => `export const ${name} = ${value}\n`)
      .join(''),
  )
}
