// How the kernels start, in processes of their own: with the first tensor and not before, and in
// words where something is missing. Pages are asked in test/browser.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fusedProducts, kernels } from '../../src/kernels/wasm.generated.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapegrad-'))
const lines = `
import { createRequire } from 'node:module'
import { EngineError, tensor, useKernels, useWideVectors, setThreads, zeros } from './index.mjs'

const { kernels, products } = createRequire(import.meta.url)('./bytes.json')
const compiled = (bytes) => new WebAssembly.Module(Buffer.from(bytes, 'hex'))
const say = async (f) => {
  try {
    console.log(await f())
  } catch (error) {
    console.log(\`\${error.name}\${error instanceof EngineError ? '!' : ''}: \${error.message}\`)
  }
}
const sum = () => tensor([1, 2, 3]).sum().item()
`
/** For programs that say which flags of V8 were set; V8 itself does not get them. */
const recorded = `const flags = []
process.getBuiltinModule('v8').setFlagsFromString = (flag) => void flags.push(flag)
`
const [major] = process.versions.node.split('.').map(Number)

/** What a program prints that was told so, line by line. */
function printed(program: string, ...flags: string[]): string[] {
  writeFileSync(join(folder, 'main.mjs'), lines + program)
  return execFileSync('node', [...flags, join(folder, 'main.mjs')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
    .trim()
    .split('\n')
}

beforeAll(() => {
  const entry = fileURLToPath(new URL('../../src/index.ts', import.meta.url))
  buildSync({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    outfile: join(folder, 'index.mjs'),
    logLevel: 'error',
  })
  writeFileSync(
    join(folder, 'bytes.json'),
    JSON.stringify({ kernels: kernels.hex, products: fusedProducts.hex }),
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the kernels', () => {
  it('empty their heap in time where the memory may grow to less than 4 GiB', () => {
    const program = `
const data = Array.from({ length: 24 }, (_, i) => zeros([1 << 20]).add(i).detach())
let [wrong, errors] = [0, 0]
for (let i = 0; i < 240; i++)
  try {
    if (data[i % 24].mul(2).max().item() !== 2 * (i % 24)) wrong++
  } catch {
    errors++
  }
console.log(wrong, errors < 8)`
    expect(printed(program, '--wasm-max-mem-pages=2048')).toEqual(['0 true'])
  })

  it('say what to lift where no memory can be reserved', () => {
    const program = `
WebAssembly.Memory = class { constructor() { throw new RangeError('could not allocate') } }
await say(sum)`
    expect(printed(program)[0]).toMatch(
      /^EngineError!: .* got none \(could not allocate\): lift the limit/,
    )
  })

  it('are compiled with the first tensor, not at import', () => {
    const counting = `let made = 0
WebAssembly.Module = class extends WebAssembly.Module { constructor(bytes) { super(bytes); made++ } }
console.log(made); sum(); console.log(made > 0); const before = made; sum(); console.log(made - before)`
    expect(printed(counting)).toEqual(['0', 'true', '0'])
  })

  it(
    'without WebAssembly, as under --jitless, are an error of each tensor and of setThreads, ' +
      'not of the import',
    () => {
      const error =
        /^EngineError!: tapegrad: expected WebAssembly, which computes everything here, got none: run Node without --jitless/
      for (const line of printed(
        'await say(sum); await say(() => zeros([0])); await say(() => setThreads(2))',
        '--jitless',
      ))
        expect(line).toMatch(error)
    },
  )

  it(
    'where compiling is forbidden, are an error that says what to allow, and start once it is ' +
      'allowed',
    () => {
      const [refused, started] = printed(`const { Module } = WebAssembly
WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError('code generation disallowed by embedder') } }
await say(sum); WebAssembly.Module = Module; await say(sum)`)
      expect(refused).toMatch(
        /^EngineError!: tapegrad: expected permission to compile WebAssembly, got 'code generation disallowed by embedder': .*'wasm-unsafe-eval'.*useKernels\(\)/,
      )
      expect(started).toBe('6')
    },
  )

  it('without SIMD, are an error that says so', () => {
    const old =
      `WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError('invalid ` +
      `opcode') } }\nWebAssembly.validate = () => false\n`
    expect(printed(`${old}await say(sum)`)[0]).toBe(
      "EngineError!: tapegrad: expected an engine with WebAssembly SIMD, got 'invalid opcode': " +
        'take a newer one',
    )
  })

  it('need nothing of a platform to be read: no atob, no Buffer', () => {
    expect(printed(`delete globalThis.atob; delete globalThis.Buffer\nawait say(sum)`)).toEqual([
      '6',
    ])
  })
})

describe('useKernels', () => {
  it('computes with modules that were compiled elsewhere, and compiles nothing', () => {
    for (const handed of ['compiled(kernels)', 'compiled(kernels), compiled(products)']) {
      const program = `const modules = [${handed}]\nWebAssembly.Module = class { constructor() { throw new Error('compiled') } }
useKernels(...modules); await say(sum); await say(() => tensor([[1, 2], [3, 4]]).matmul(tensor([[5], [6]])).toArray().join(' '))`
      // The module with fused products needs an engine that has relaxed SIMD of its own.
      if (
        handed.includes('products') &&
        !WebAssembly.validate(Buffer.from(fusedProducts.hex, 'hex'))
      )
        continue
      expect(printed(program)).toEqual(['6', '17 39'])
    }
  })

  it(
    'refuses what is no module, other modules, and a call that comes too late; nothing has ' +
      'changed then',
    () => {
      const program = `await say(() => useKernels({}))
await say(() => useKernels(compiled('0061736d01000000')))
await say(sum)
await say(() => useKernels(compiled(kernels)))
await say(sum)`
      expect(printed(program)).toEqual([
        'ValueError: useKernels: expected a WebAssembly.Module, got {}: compile ' +
          "'tapegrad/kernels.wasm'",
        expect.stringMatching(
          /^ValueError: useKernels: expected the kernels of this version, got others \(.*\): compile 'tapegrad\/kernels.wasm'/,
        ),
        '6',
        'ValueError: useKernels: expected no tensor so far, got a call after the first: call it ' +
          'before',
        '6',
      ])
    },
  )
})

describe('useWideVectors', () => {
  const [on, off] = ['--experimental-wasm-revectorize', '--no-experimental-wasm-revectorize']
  const known = major >= 22 && process.arch === 'x64'

  it('where V8 does not do it, is false each time, and V8 is as before', () => {
    const program = `${recorded}await say(sum); flags.length = 0
await say(useWideVectors); await say(useWideVectors); console.log(flags.join(' ')); await say(sum)`
    const flags = known ? [on, off, on, off].join(' ') : ''
    expect(printed(program)).toEqual(['6', 'false', 'false', flags, '6'])
  })

  it.runIf(known)('leaves the flag where Node was started with it', () => {
    // By this clock nothing is ever optimised.
    const program = `${recorded}let now = 0; performance.now = () => now++
await say(useWideVectors); console.log(flags.join(' '))`
    expect(printed(program, on)).toEqual(['false', on])
  })

  it('sets no flag, and starts no kernels, outside of Node', () => {
    for (const other of [
      'arch = "arm64"',
      'versions = { v8: "14.6", bun: "1.4" }',
      'versions = {}',
    ])
      expect(
        printed(`${recorded}await say(sum); flags.length = 0
const [name, value] = ${JSON.stringify(other.split(' = '))}
Object.defineProperty(process, name, { value: eval(\`(\${value})\`) })
await say(useWideVectors); console.log(flags.length)`),
      ).toEqual(['6', 'false', '0'])
  })

  it('is false with kernels that were handed over: they stay', () => {
    const program = `useKernels(compiled(kernels)); await say(useWideVectors); await say(sum)`
    expect(printed(program)).toEqual(['false', '6'])
  })

  it('works where Node compiles whole modules at once', () => {
    const program = `await say(sum); await say(async () => typeof (await useWideVectors())); await say(sum)
await say(() => tensor([[1, 2], [3, 4]]).matmul(tensor([[5], [6]])).toArray().join(' '))`
    for (const flags of [[], known ? [on] : []])
      expect(printed(program, '--no-wasm-lazy-compilation', ...flags)).toEqual([
        '6',
        'boolean',
        '6',
        '17 39',
      ])
  })
})

it('the first tensor sets no flag of V8, but for the fused products of Node 20', () => {
  const fused = '--experimental-wasm-relaxed-simd --no-experimental-wasm-relaxed-simd'
  expect(printed(`${recorded}await say(sum); console.log(flags.join(' ') || 'none')`)).toEqual([
    '6',
    major < 22 ? fused : 'none',
  ])
})
