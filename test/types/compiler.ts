// The compiler on expressions: what it says of each, and what type it shows where a pointer rests
// on the result. It judges nothing.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SETUP } from './cases.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Checked {
  /** The type of the result, as an editor shows it. */
  type: string
  /** What the compiler reports, empty where it accepts. */
  errors: string
}

/**
 * Checks every expression, where a type is given as the value of a constant of that type, in one
 * run of a compiler: the locked one, or the one before it.
 */
export function check(
  expressions: readonly (readonly [code: string, type?: string])[],
  names: readonly string[],
  compiler: 'tsc' | 'tsc6' = 'tsc',
): Checked[] {
  const folder = mkdtempSync(join(tmpdir(), 'shapes-'))
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const setup = Object.entries(SETUP).map(([name, [type]]) => `declare const ${name}: ${type}`)
    const head = [
      `import { type Dim, type Shape, type Tensor, type TensorOptions, ${names.join(', ')} } ` +
        `from 'tapegrad'`,
      ...setup,
    ]
    writeFileSync(
      join(folder, 'cases.ts'),
      [
        ...head,
        ...expressions.map(
          ([code, type], i) =>
            `export const _${i}${type === undefined ? '' : `: ${type}`} = ${code}`,
        ),
      ].join('\n'),
    )
    const compilerOptions = {
      typeRoots: [join(root, 'node_modules/@types')],
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      allowImportingTsExtensions: true,
      noUnusedLocals: false,
      noErrorTruncation: true,
      rootDir: '/',
      outDir: 'out',
    }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions,
        include: [],
        files: ['cases.ts'],
      }),
    )
    const { stdout } = spawnSync(
      join(root, 'node_modules/.bin', compiler),
      ['-p', folder, '--pretty', 'false'],
      { encoding: 'utf8' },
    )
    const reports = stdout
      .split(/\n(?=\S)/)
      .map((text) => ({ line: Number(/cases\.ts\((\d+),/.exec(text)?.[1] ?? Number.NaN), text }))
    const strange = reports.filter(({ line, text }) => text !== '' && !(line > head.length))
    if (strange.length > 0) throw new Error(strange.map(({ text }) => text).join('\n'))
    const declared = readFileSync(join(folder, 'out', folder, 'cases.d.ts'), 'utf8')
    return expressions.map((_, i) => ({
      type: new RegExp(`const _${i}: (.*);`).exec(declared)?.[1] ?? '',
      errors: reports
        .flatMap(({ line, text }) => (line === head.length + 1 + i ? [text] : []))
        .join('\n'),
    }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
