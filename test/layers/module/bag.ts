// A module of what a test puts into it.

import { Module, ones } from 'tapegrad'

export const parameter = (n = 1) => ones([n], { requiresGrad: true })
export const names = (module: Module) => module.namedParameters().map(([name]) => name)

/** A module of what a test puts into it. */
export class Bag extends Module {
  [field: string]: unknown
  constructor(fields: Record<string, unknown> = {}) {
    super()
    Object.assign(this, fields)
  }
  forward = () => {}
}
