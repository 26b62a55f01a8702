// A folder served over HTTP, cross-origin isolated if asked to be, and a page of it opened in
// Chromium. Holds no expectation.

import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Browser } from 'playwright'

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

/** Serves the files of a folder from a port of its own, with these headers besides. */
export async function serve(
  folder: string,
  isolated: boolean,
  headers: Record<string, string> = {},
): Promise<Server> {
  const server = createServer(async ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost')
    const path = join(folder, pathname.endsWith('/') ? `${pathname}index.html` : pathname)
    const content = await readFile(path).catch(() => null)
    response.writeHead(content === null ? 404 : 200, {
      'Content-Type': types[extname(path)] ?? 'text/plain',
      ...(isolated ? isolation : {}),
      ...headers,
    })
    response.end(content ?? 'not found')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** The text a page comes to show, and its errors and warnings. */
export async function read(
  browser: Browser,
  server: Server,
): Promise<{ text: string; complaints: string[] }> {
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    // Scripts before any other element belong to the head: the body holds what they append.
    const shown = page.waitForFunction(() => document.body.textContent?.trim(), undefined, {
      timeout: 20_000,
    })
    await shown.catch(() => complaints.push('the page shows nothing'))
    return { text: ((await page.textContent('body')) ?? '').trim(), complaints }
  } finally {
    await page.close()
  }
}
