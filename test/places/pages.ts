import type { Row } from './place.ts'
export const rows: Row[] = []
