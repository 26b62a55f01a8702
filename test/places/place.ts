// What a place is, and what its rows are made of: the packed package, tools from npm, folders and
// commands. The rows themselves stand in the files beside this one.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'

/** One way to run the README's taste in one place. */
export interface Row {
  /** As the table in README names it. */
  place: string
  /** How it is run there. */
  way: string
  /**
   * Packages of npm that it is run with, as `name@range`, the one whose version is told first.
   * Without any, this Node runs it.
   */
  tools: readonly string[]
  /** The version to tell instead. */
  version?(site: Site): Promise<string>
  /**
   * Runs it in an empty folder in which the package is installed, and returns all that was printed.
   */
  run(site: Site): Promise<string>
}

/**
 * A folder with the package in its node_modules, and the row's tools in those of the folder above.
 */
export class Site {
  readonly folder: string
  readonly #bin: string

  constructor(folder: string, bin: string) {
    this.folder = folder
    this.#bin = bin
  }

  path(file: string): string {
    return join(this.folder, file)
  }

  write(files: Record<string, string>): void {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(file)), { recursive: true })
      writeFileSync(this.path(file), text)
    }
  }

  /** A command among the tools, or of this machine. */
  command(name: string): string {
    const tool = join(this.#bin, name)
    return existsSync(tool) ? tool : name
  }

  /**
   * What a command prints, on either stream. Throws an Error that shows it when the command fails.
   */
  run(command: string, ...args: string[]): Promise<string> {
    const { NODE_OPTIONS: _, NODE_ENV: __, ...env } = process.env
    return new Promise((resolve, reject) => {
      const options = {
        cwd: this.folder,
        env: { ...env, NO_COLOR: '1', CI: '1' },
        timeout: 300_000,
        maxBuffer: 2 ** 26,
      }
      execFile(this.command(command), args, options, (error, stdout, stderr) => {
        const printed = `${stdout}${stderr}`
        if (error)
          reject(
            new Error(
              `${command} ${args.join(' ')}\n${printed}${printed === '' ? error.message : ''}`,
            ),
          )
        else resolve(printed)
      })
    })
  }
}

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const readme = join(root, 'README.md')
const taste = /## A taste\s+```ts\n([\s\S]*?)```\s+```text\n([\s\S]*?)```/.exec(
  readFileSync(readme, 'utf8'),
) as RegExpExecArray

/**
 * The README's first program, as it stands there and for tools that know no types, and what it
 * prints.
 */
export const program = {
  ts: taste[1],
  js: transformSync(taste[1], { loader: 'ts', target: 'es2022' }).code,
  cjs: transformSync(taste[1], { loader: 'ts', target: 'es2022', format: 'cjs' }).code,
}
export const expected = taste[2].trim()

/**
 * Everything is installed in here, and stays for the next run: npm itself would ask its registry
 * again.
 */
const cache = process.env.PLACES_CACHE ?? join(tmpdir(), 'tapegrad-places')

let packed: Promise<string> | undefined
/** A folder into whose node_modules the packed package was installed, as its users get it. */
function installedPackage(): Promise<string> {
  packed ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tapegrad-packed-'))
    const here = new Site(folder, '')
    await new Site(root, '').run('npm', 'pack', '--ignore-scripts', '--pack-destination', folder)
    here.write({ 'package.json': '{ "name": "app", "private": true }' })
    await here.run(
      'npm',
      'install',
      '--no-audit',
      '--no-fund',
      '--offline',
      join(folder, 'tapegrad-0.1.0.tgz'),
    )
    return join(folder, 'node_modules')
  })()
  return packed
}

const installs = new Map<string, Promise<void>>()
async function install(home: string, tools: readonly string[]): Promise<void> {
  const above = new Site(home, '')
  mkdirSync(home, { recursive: true })
  if (tools.length === 0 || existsSync(join(home, 'installed'))) return
  above.write({ 'package.json': '{ "private": true }' })
  await above.run('npm', 'install', '--no-audit', '--no-fund', ...tools)
  above.write({ installed: '' })
}

/** The folder in whose node_modules these packages are, installed when it is first asked for. */
export async function homeOf(tools: readonly string[]): Promise<string> {
  const key = tools.length === 0 ? 'none' : tools.join('+').replace(/[^\w.+@-]/g, '-')
  const home = join(cache, key)
  if (!installs.has(home)) installs.set(home, install(home, tools))
  await installs.get(home)
  return home
}

/** A fresh folder for a row, and the version of its first tool. */
export async function prepare({
  tools,
  place,
  way,
}: Row): Promise<{ site: Site; version: string }> {
  const home = await homeOf(tools)
  const folder = join(
    home,
    `app-${createHash('sha1')
      .update(place + way)
      .digest('hex')
      .slice(0, 8)}-${process.pid}`,
  )
  cpSync(await installedPackage(), join(folder, 'node_modules'), { recursive: true })
  const name = tools[0]?.replace(/(?<=.)@[^@]*$/, '')
  const version =
    name === undefined
      ? process.versions.node
      : JSON.parse(readFileSync(join(home, 'node_modules', name, 'package.json'), 'utf8')).version
  return { site: new Site(folder, join(home, 'node_modules/.bin')), version }
}
