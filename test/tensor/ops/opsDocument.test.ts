// docs/ops.md says what the registry says; `npm run docs:ops` is this test, told to write.

import { expect, it } from 'vitest'
import { opsDocument } from './opsDocument.ts'

it('docs/ops.md is up to date: `npm run docs:ops` writes it', async () => {
  await expect(opsDocument).toMatchFileSnapshot('../../../docs/ops.md')
})
