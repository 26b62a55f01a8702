// The rows of pages, opened in Chromium: what Vite serves and builds, with the taste in the page or
// in a worker, and pages without any tool, one under a strict policy.

import { type ChildProcess, spawn } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright'
import { executablePath } from '../browser/chromium.ts'
import { serve } from '../browser/site.ts'
import { program, type Row, type Site } from './place.ts'

const html = (script: string): string =>
  `<!doctype html>\n<link rel="icon" href="data:,">\n${script}\n`
const main = html('<script type="module" src="./main.js"></script>')

/**
 * What a page writes on its console until the taste has ended. Throws an Error for whatever it
 * complains of.
 */
async function read(url: string): Promise<string> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    const lines: string[] = []
    const ended = new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error([...lines, why].join('\n')))
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) return fail(message.text())
        lines.push(message.text())
        if (message.text().startsWith('step 60')) resolve()
      })
      page.on('pageerror', (error) => fail(String(error)))
      page.on(
        'response',
        (response) => response.status() >= 400 && fail(`${response.status()} ${response.url()}`),
      )
      setTimeout(fail, 30_000, 'nothing more came').unref()
    })
    await Promise.all([page.goto(url), ended])
    return lines.join('\n')
  } finally {
    await browser.close()
  }
}

async function readFolder(folder: string, headers: Record<string, string> = {}): Promise<string> {
  const server = await serve(folder, false, headers)
  try {
    return await read(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  } finally {
    server.close()
  }
}

/** A server that a tool starts, once it says where it is. */
function started(
  site: Site,
  command: string,
  ...args: string[]
): Promise<{ process: ChildProcess; url: string }> {
  const child = spawn(site.command(command), args, {
    cwd: site.folder,
    env: { ...process.env, NO_COLOR: '1' },
  })
  return new Promise((resolve, reject) => {
    let said = ''
    const listen = (chunk: Buffer): void => {
      said += chunk
      const [url] = /http:\/\/\S+/.exec(said) ?? []
      if (url !== undefined) resolve({ process: child, url })
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.on('exit', () => reject(new Error(said)))
  })
}

/** The taste in the page itself, or in a worker that sends its lines. */
const inPage = { 'index.html': main, 'main.js': program.js }
const inWorker = {
  'index.html': main,
  'main.js':
    `const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' ` +
    `})\nworker.onmessage = ({ data }) => console.log(data)\n`,
  'worker.js': program.js.replaceAll('console.log(', 'postMessage('),
}

async function serveByVite(site: Site, files: Record<string, string>): Promise<string> {
  site.write(files)
  const { process, url } = await started(site, 'vite', '--host', '127.0.0.1', '--port', '0')
  try {
    return await read(url)
  } finally {
    process.kill()
  }
}

async function buildByVite(site: Site, files: Record<string, string>): Promise<string> {
  site.write(files)
  const said = await site.run('vite', 'build')
  if (/warn|\(!\)/i.test(said)) throw new Error(`expected no warning, got ${said}`)
  return readFolder(site.path('dist'))
}

const vite = ['vite@7', 'vite@8'].flatMap((tool): Row[] =>
  [
    { in: '', files: inPage },
    { in: ' with a worker', files: inWorker },
  ].flatMap((how): Row[] => [
    {
      place: 'Vite',
      way: `dev${how.in}`,
      tools: [tool],
      run: (site) => serveByVite(site, how.files),
    },
    {
      place: 'Vite',
      way: `build${how.in}`,
      tools: [tool],
      run: (site) => buildByVite(site, how.files),
    },
  ]),
)

const importMap =
  '<script type="importmap">{ "imports": { "tapegrad": "./node_modules/tapegrad/dist/index.js" ' +
  '} }</script>\n'
const policy = {
  'Content-Security-Policy':
    "default-src 'none'; img-src data:; script-src 'self' 'wasm-unsafe-eval'",
}

const version = async (site: Site): Promise<string> =>
  (await site.run(executablePath, '--version')).match(/Chromium [\d.]+/)?.[0] ?? 'unknown'

export const rows: Row[] = [
  ...vite,
  {
    place: 'A page',
    way: 'import map',
    tools: [],
    version,
    run(site) {
      site.write({
        'index.html': html(`${importMap}<script type="module" src="./main.js"></script>`),
        'main.js': program.js,
      })
      return readFolder(site.folder)
    },
  },
  {
    place: 'A page',
    way: "under the policy script-src 'self' 'wasm-unsafe-eval'",
    tools: ['esbuild'],
    version,
    async run(site) {
      site.write({
        'index.html': html('<script src="./out.js" defer></script>'),
        'main.js': program.js,
      })
      return (
        (await site.run(
          'esbuild',
          'main.js',
          '--bundle',
          '--outfile=out.js',
          '--log-level=warning',
        )) + (await readFolder(site.folder, policy))
      )
    },
  },
]
