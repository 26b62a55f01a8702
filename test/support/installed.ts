// A folder in which the package is installed as bundled from src, without its types, for tests that
// start processes: those that read TypeScript start ten times slower.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Makes it, with those packages of this repository beside it, and returns its path. */
export function installed(prefix: string, packages: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  const home = join(folder, 'node_modules/tapegrad')
  mkdirSync(home, { recursive: true })
  execFileSync(process.execPath, ['bundle.mjs', join(home, 'dist')], { cwd: root })
  copyFileSync(join(root, 'package.json'), join(home, 'package.json'))
  for (const name of packages)
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'junction')
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'user', private: true, type: 'module' }),
  )
  return folder
}
