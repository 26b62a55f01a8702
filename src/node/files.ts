// Files that are there as a whole or not at all, also after a crash, and what crashes left behind.
// It knows nothing of what is in them.

import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { codeOf } from './errors.ts'

/** Node reads, writes and hashes at most 2 GiB at once. */
const AT_ONCE = 2 ** 30

/** The bytes in pieces that Node takes. */
export function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += AT_ONCE) yield bytes.subarray(at, at + AT_ONCE)
}

/** The bytes of a file. */
export function readWhole(path: string): Uint8Array<ArrayBuffer> {
  const file = openSync(path, 'r')
  try {
    const bytes = new Uint8Array(fstatSync(file).size)
    let at = 0
    while (at < bytes.length) {
      const count = readSync(file, bytes, at, Math.min(bytes.length - at, AT_ONCE), at)
      if (count === 0) break
      at += count
    }
    return bytes.subarray(0, at)
  } finally {
    closeSync(file)
  }
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/**
 * Makes a folder, with those above it, that is there after a crash. The `recursive` of Node 20 does
 * not end where a system has no place for a folder, as in /proc.
 */
export function makeFolder(folder: string): void {
  const path = resolve(folder)
  const above = dirname(path)
  try {
    mkdirSync(path)
  } catch (error) {
    if (isFolder(path)) return
    if (codeOf(error) !== 'ENOENT' || isFolder(above)) throw error
    makeFolder(above)
    makeFolder(path)
    return
  }
  // It is an entry of the one above.
  syncFolder(above)
}

/**
 * Writes a file of this name, so that a crash at any moment leaves the file before it or this one.
 * A file named `instead` becomes the one before it. When this throws, the folder is as it was. Call
 * `syncFolder` then: until that, a crash of the machine may undo it.
 */
export function writeAtomically(
  folder: string,
  name: string,
  bytes: Uint8Array,
  instead: string | null,
): void {
  const path = join(folder, name)
  const temporary = `${path}.tmp-${process.pid}-${randomBytes(6).toString('hex')}-${host()}`
  try {
    writeSynced(temporary, bytes)
    if (instead !== null) renameSync(join(folder, instead), path)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function writeSynced(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx')
  try {
    for (const piece of piecesOf(bytes))
      for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Writes a folder's entries to the disk. Windows has no way to do so, and needs none. */
export function syncFolder(folder: string): void {
  let entry: number
  try {
    entry = openSync(folder, 'r')
  } catch (error) {
    if (process.platform === 'win32' && ['EPERM', 'EISDIR'].includes(codeOf(error) ?? '')) return
    throw error
  }
  try {
    fsyncSync(entry)
  } finally {
    closeSync(entry)
  }
}

const host = (): string => encodeURIComponent(hostname())

const TEMPORARY = /\.tmp-(\d+)-[0-9a-f]{12}-(.+)$/

/** Removes the temporary files that dead processes of this machine left in a folder. */
export function removeStale(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid, machine] = TEMPORARY.exec(name) ?? []
    if (pid === undefined || machine !== host()) continue
    try {
      const path = join(folder, name)
      if (isStale(Number(pid), path)) rmSync(path)
    } catch {
      // Another process removed it, or it is another user's.
    }
  }
}

/** A container gives one number to one process after the other: an older file is not this one's. */
function isStale(pid: number, path: string): boolean {
  if (pid === process.pid) return statSync(path).mtimeMs < Date.now() - 1000 * process.uptime()
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    // EPERM: it lives, and is another user's.
    return codeOf(error) === 'ESRCH'
  }
}
