// What a run of planted bugs says at its end, as Markdown. It plants nothing.

import type { Bug, Planting } from './mutants.ts'

/** The share of bugs that must be found. */
export const required = 0.95

export interface Result {
  readonly area: Planting['area']
  readonly file: string
  readonly bug: Bug
  /** The first test that failed, null when all passed. */
  readonly caught: string | null
  readonly seconds: number
}

const row = (name: string, of: readonly Result[]): string => {
  const killed = of.filter(({ caught }) => caught !== null).length
  return (
    `| ${name} | ${killed} | ${of.length - killed} | ${of.length} | ` +
    `${((100 * killed) / Math.max(of.length, 1)).toFixed(1)}% |`
  )
}

export function report(results: readonly Result[], seed: string, seconds: number): string {
  const areas = [...new Set(results.map(({ area }) => area))]
  const survivors = results.filter(({ caught }) => caught === null)
  const line = ({ file, bug }: Result): string =>
    `- \`${file}\`: ` +
    `${bug.why}${bug.equivalent === undefined ? ' — NOT EXPLAINED' : ` (${bug.equivalent})`}`
  return [
    '',
    '| area | killed | survived | total | score |',
    '|---|--:|--:|--:|--:|',
    ...areas.map((area) =>
      row(
        area,
        results.filter((r) => r.area === area),
      ),
    ),
    row('all', results),
    '',
    `seed ${seed}, ${(seconds / 60).toFixed(1)} minutes`,
    ...(survivors.length === 0 ? [] : ['', 'Survivors:', '', ...survivors.map(line)]),
  ].join('\n')
}
