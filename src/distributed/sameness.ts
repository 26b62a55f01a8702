// Makes a module the same on all ranks, and sees that it still is.

import { createHash } from 'node:crypto'
import { Module } from '../layers/index.ts'
import { type Tensor, ValueError } from '../tensor/index.ts'
import { show, shown } from '../tensor/internal.ts'
import { GroupError } from './errors.ts'
import { ranks } from './exchange.ts'
import { type Group, requireGroup } from './group.ts'

/**
 * Gives the tensors of a module, parameters and frozen ones, the numbers that they have on rank 0.
 * Call it on all ranks, once, before the first step, and after a checkpoint was loaded on rank 0
 * alone.
 *
 * Throws a GroupError that names the tensors whose names, shapes or dtypes differ between the
 * ranks, or which are frozen on some, and as the group's own calls do; the module is unchanged
 * then. Throws a ValueError unless it is a module.
 *
 * ```ts
 * const model = new LSTM(27, 64)
 * synchronise(model, await joinGroup())
 * ```
 */
export function synchronise(module: Module, group: Group): void {
  const state = stateOf('synchronise', module, group)
  if (group.size === 1) return
  requireSame('synchronise', group, module, state, () => '')
  for (const t of Object.values(state)) group.broadcast(t)
  module.loadStateDict(state)
}

/**
 * Throws a GroupError that names the tensors of the module which do not have the same names,
 * shapes, dtypes and bits on all ranks, or are frozen on some. A training in which each rank steps
 * by the same gradients keeps them the same: call it now and then, or when in doubt. Throws a
 * ValueError unless it is a module.
 *
 * ```ts
 * const model = new LSTM(27, 64)
 * assertSame(model, await joinGroup())
 * ```
 */
export function assertSame(module: Module, group: Group): void {
  const state = stateOf('assertSame', module, group)
  requireSame('assertSame', group, module, state, (t) => ` ${digestOf(t)}`)
}

function stateOf(who: string, module: Module, group: Group): Record<string, Tensor> {
  requireGroup(who, group)
  if (!(module instanceof Module))
    throw new ValueError(`${who}: expected a module, got ${shown(module)}: pass the model itself`)
  return module.stateDict()
}

const digestOf = (t: Tensor): string =>
  createHash('sha256').update(t.elements()).digest('hex').slice(0, 16)

/** Compares each tensor with that of rank 0, on all ranks: its kind, and what `further` says. */
function requireSame(
  who: string,
  group: Group,
  module: Module,
  state: Record<string, Tensor>,
  further: (t: Tensor) => string,
): void {
  const trained = new Set(module.namedParameters().map(([name]) => name))
  const own = new Map(
    Object.entries(state).map(([name, t]) => {
      const frozen = trained.has(name) ? '' : ', frozen'
      return [name, `${t.dtype} ${show(t.shape)}${frozen}${further(t)}`]
    }),
  )
  const [first, ...others] = group.gather(own) as [typeof own, ...(typeof own)[]]
  const names = new Set([first, ...others].flatMap((all) => [...all.keys()]))
  const problems = [...names].flatMap((name) => {
    const differing = others.flatMap((all, k) => (all.get(name) === first.get(name) ? [] : k + 1))
    if (differing.length === 0) return []
    const got = (others[differing[0] - 1] as typeof own).get(name) ?? 'nothing'
    return [`${name}: ${first.get(name) ?? 'nothing'} on rank 0, ${got} on ${ranks(differing)}`]
  })
  const order = [first, ...others].some((all) => `${[...all.keys()]}` !== `${[...first.keys()]}`)
  if (problems.length === 0 && order) problems.push('the same tensors in another order')
  if (problems.length > 0)
    throw new GroupError(
      `${who}: expected the same module on all ranks, got\n  ${problems.join('\n  ')}\nmake it ` +
        'alike on all of them, and synchronise() it before the first step',
    )
}
