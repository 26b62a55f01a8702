// One tile of each shape, in a small module of its own that ../trial.ts measures. Products use
// tiles.ts through matmul.ts, never this.
import { tallTile, wideTile } from './tiles'

/** c (4, 16) += a (depth, 4)ᵀ · b (depth, 16) */
export function tall(c: usize, a: usize, b: usize, depth: i32): void {
  tallTile<f32>(c, 64, a, b, depth)
}

/** c (2, 24) += a (depth, 2)ᵀ · b (depth, 24) */
export function wide(c: usize, a: usize, b: usize, depth: i32): void {
  wideTile<f32>(c, 96, a, 4, 8, b, 96, depth, true)
}
