// docs/derivations.md says what derive says; `npm run docs:derivations` is this test, told to write.

import { expect, it } from 'vitest'
import { derivationsDocument } from './derivationsDocument.ts'

it('docs/derivations.md is up to date: `npm run docs:derivations` writes it', async () => {
  await expect(derivationsDocument).toMatchFileSnapshot('../../docs/derivations.md')
})
