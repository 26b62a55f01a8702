// Set up before each file of tests where the environment says WIDE_VECTORS=1: the kernels then have
// wide vectors, where this Node can make them.

import { useWideVectors } from 'tapegrad'

await useWideVectors()
