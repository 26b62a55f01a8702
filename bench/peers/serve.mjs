// Shared by the JavaScript contenders: reads the first weights and data, and answers contender.ts on
// standard input and output.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * @returns {{ sizes: { V: number, D: number, H: number, N: number, T: number }, tensors: { name:
 * string, shape: number[], numbers: Float32Array | Int32Array }[] }}
 */
export function readWorkload(path) {
  const { sizes, tensors } = JSON.parse(readFileSync(path, 'utf8'))
  const bytes = readFileSync(path.replace(/json$/, 'bin'))
  return {
    sizes,
    tensors: tensors.map(({ name, dtype, shape, offset }) => {
      const size = shape.reduce((product, n) => product * n, 1)
      const numbers = new (dtype === 'int32' ? Int32Array : Float32Array)(
        bytes.buffer,
        bytes.byteOffset + offset,
        size,
      )
      return { name, shape, numbers }
    }),
  }
}

/** Runs `body`, which returns a loss when it is done, as often as each line says. */
export async function serve(body) {
  console.log('ready')
  for await (const line of createInterface(process.stdin)) {
    const losses = []
    const times = []
    for (let i = 0; i < Number(line); i++) {
      const start = performance.now()
      losses.push(await body())
      times.push(performance.now() - start)
    }
    console.log(JSON.stringify({ losses, times }))
  }
}
