// Run before every test file: one seed for all random cases, and no shrinking, since only whether a
// test fails is asked for.

import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env.MUTATE_SEED), endOnFailure: true })
