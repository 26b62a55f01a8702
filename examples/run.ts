// Runs an example by its name, `npm run example newton`, with the arguments behind the name; lists
// the examples where none has that name.
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'

const own = basename(import.meta.filename)
const names = readdirSync(import.meta.dirname).flatMap((file) =>
  file.endsWith('.ts') && file !== own ? basename(file, '.ts') : [],
)
const [name] = process.argv.splice(2, 1)

if (names.includes(name)) await import(`./${name}.ts`)
else {
  console.error(
    `${name === undefined ? 'Usage' : `No example is named '${name}'`}: npm run example <name>, ` +
      `where name is one of ${names.sort().join(', ')}`,
  )
  process.exitCode = 2
}
