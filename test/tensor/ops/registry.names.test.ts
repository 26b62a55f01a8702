// The registry has a row for every method that makes a tensor.

import { Tensor } from 'tapegrad'
import { expect, it } from 'vitest'
import { rows } from './registry.ts'

it('the registry names every method that makes a tensor', () => {
  const methods = Object.getOwnPropertyNames(Tensor.prototype).filter(
    (name) => typeof Object.getOwnPropertyDescriptor(Tensor.prototype, name)?.value === 'function',
  )
  const others = [
    'constructor',
    'ownGrad',
    'address',
    'storedAddress',
    'elements',
    'materialize',
    'item',
    'toArray',
    'toTypedArray',
    'toString',
    'toJSON',
    'detach',
    'assign_',
    'backward',
    'registerHook',
  ]
  expect(
    methods.filter((name) => !others.includes(name) && !rows.some(([row]) => row === name)),
  ).toEqual([])
})
