// The built package on pages: by an import map in a plain <script type="module">, and in an app
// that Vite built. Both train as Node does, with and without threads.

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { executablePath } from './chromium.ts'
import { read, serve } from './site.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tapegrad-'))
const app = join(folder, 'app')
const installed = join(app, 'node_modules/tapegrad')

/**
 * Trains a model big enough for threads, draws the tape as text, and asks for what only Node has.
 */
const training = `
import { Adam, Linear, LSTM, manualSeed, mseLoss, randn, setThreads, tape, useSystemBlas } from 'tapegrad'

export async function train(n) {
  const threads = await setThreads(n)
  manualSeed(1)
  const [x, y] = [randn([32, 12, 16]), randn([32, 12, 1])]
  const [lstm, readOut] = [new LSTM(16, 64), new Linear(64, 1)]
  const optimiser = new Adam([...lstm.parameters(), ...readOut.parameters()], { lr: 0.02 })
  const losses = []
  for (let step = 0; step < 10; step++) {
    optimiser.zeroGrad()
    const loss = mseLoss(readOut.forward(lstm.forward(x).output), y)
    loss.backward()
    optimiser.step()
    losses.push(loss.item())
  }
  const picture = String(tape(readOut.forward(x.slice(2, 0, 1).mul(lstm.forward(x).output)))).split('\\n')[0]
  const refusal = await useSystemBlas().then(() => null, (error) => error.message)
  await setThreads(1)
  return { threads, losses, picture, refusal }
}
`
const script = (n: number): string =>
  `import { train } from './training.js'\ndocument.body.append(JSON.stringify(await train(${n})))\n`
const importMap =
  '<script type="importmap">{ "imports": { "tapegrad": "./node_modules/tapegrad/dist/index.js" ' +
  `} }</script>\n`
const html = `<!doctype html>\n<link rel="icon" href="data:,">\n`

let browser: Browser
/** What the same program gives in Node. */
let losses: number[]

beforeAll(async () => {
  mkdirSync(installed, { recursive: true })
  execFileSync('node', ['bundle.mjs', join(installed, 'dist')], { cwd: root })
  copyFileSync(join(root, 'package.json'), join(installed, 'package.json'))
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({ name: 'app', private: true, type: 'module' }),
  )
  writeFileSync(join(app, 'training.js'), training)
  writeFileSync(
    join(app, 'node.js'),
    `import { train } from './training.js'\nconsole.log(JSON.stringify((await train(1)).losses))\n`,
  )
  losses = JSON.parse(execFileSync('node', ['node.js'], { cwd: app, encoding: 'utf8' }))
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
})

afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What the page of a folder shows, without having complained. */
async function shown(from: string, isolated: boolean): Promise<string> {
  const server = await serve(from, isolated)
  try {
    const { text, complaints } = await read(browser, server)
    expect(complaints).toEqual([])
    return text
  } finally {
    server.close()
  }
}

async function expectTraining(from: string, threads: number): Promise<void> {
  expect(JSON.parse(await shown(from, threads > 1))).toEqual({
    threads,
    losses,
    picture: expect.stringMatching(/^tape of %\d+: \d+ ops$/),
    refusal:
      'useSystemBlas: expected a process that can load libraries of its system (Node.js), got a ' +
      'browser',
  })
}

const threads = [1, 2]

test.each(threads)('a plain script with an import map, threads: %i', async (n) => {
  expect(losses[9]).toBeLessThan(losses[0])
  writeFileSync(
    join(app, 'index.html'),
    `${html}${importMap}<script type="module">\n${script(n)}</script>\n`,
  )
  await expectTraining(app, n)
})

test.each(threads)('an app built by Vite, threads: %i', async (n) => {
  writeFileSync(join(app, 'index.html'), `${html}<script type="module" src="./main.js"></script>\n`)
  writeFileSync(join(app, 'main.js'), script(n))
  await build({
    root: app,
    configFile: false,
    logLevel: 'error',
    build: { outDir: join(app, 'out'), emptyOutDir: true },
  })
  await expectTraining(join(app, 'out'), n)
})

test('the page of the README', async () => {
  const [, page] = readFileSync(join(root, 'README.md'), 'utf8').match(
    /^```html\n(.*?)^```/ms,
  ) as RegExpMatchArray
  writeFileSync(join(app, 'index.html'), html + page)
  expect(await shown(app, false)).toBe('14')
})

/**
 * What a page under this policy shows, which imports the package and says so before it asks for a
 * tensor; and what it complained of.
 */
async function underPolicy(
  policy: string,
  program: string,
): Promise<{ text: string; complaints: string[] }> {
  writeFileSync(
    join(app, 'index.html'),
    `${html}<script type="module" src="./policy.js"></script>\n`,
  )
  writeFileSync(
    join(app, 'policy.js'),
    `import * as tapegrad from './node_modules/tapegrad/dist/index.js'\nconst { setThreads, ` +
      `tensor, useKernels } = tapegrad\n${program}`,
  )
  const server = await serve(app, true, {
    'Content-Security-Policy': `default-src 'self'; img-src data:; ${policy}`,
  })
  try {
    return await read(browser, server)
  } finally {
    server.close()
  }
}
const sum =
  'const sum = () => { try { return tensor([1, 2]).sum().item() } catch (error) { return ' +
  `String(error) } }\n`

test(
  "a policy without 'wasm-unsafe-eval' is an error that says so, at the first tensor and at the " +
    'next',
  async () => {
    const { text } = await underPolicy(
      "script-src 'self'",
      `${sum}document.body.append(['imported', sum(), sum()].join('|'))\n`,
    )
    const [first, ...errors] = text.split('|')
    expect(first).toBe('imported')
    expect(errors).toEqual(
      [0, 0].map(() =>
        expect.stringMatching(
          /^EngineError: tapegrad: expected permission to compile WebAssembly, got '.*'wasm-unsafe-eval' to script-src of its Content/,
        ),
      ),
    )
  },
)

test(
  'a policy that allows WebAssembly, and no workers from blobs: one thread, and a warning of ' +
    'what to allow',
  async () => {
    const { text, complaints } = await underPolicy(
      "script-src 'self' 'wasm-unsafe-eval'",
      `${sum}document.body.append([await setThreads(2), sum()].join('|'))\n`,
    )
    expect(text).toBe('1|3')
    expect(complaints.filter((complaint) => complaint.startsWith('setThreads'))).toEqual([
      'setThreads: expected 1 more threads, got none (a worker from a blob was refused: where the ' +
        'page has a Content-Security-Policy, it needs worker-src blob:): going on with one',
    ])
    const allowed = await underPolicy(
      "script-src 'self' 'wasm-unsafe-eval'; worker-src blob:",
      `${sum}document.body.append([await setThreads(2), sum()].join('|'))\n`,
    )
    expect(allowed).toEqual({ text: '2|3', complaints: [] })
  },
)

test('kernels that the page streams and hands over compute, on one thread', async () => {
  const program = `${sum}useKernels(...(await Promise.all(['kernels', 'products'].map((name) => WebAssembly.compileStreaming(fetch('./node_modules/tapegrad/dist/' + name + '.wasm'))))))
document.body.append([sum(), await setThreads(2)].join('|'))\n`
  const { text } = await underPolicy("script-src 'self' 'wasm-unsafe-eval'", program)
  expect(text).toBe('3|1')
})
