import { type NaiveGpu, naiveEngines } from './naive-gpu.js'

/** A question as a model: instances by profile, beside a set of spots that stay. */
export interface AssignmentProblem {
  /** The most to place of each profile. */
  readonly counts: readonly number[]
  /** Bit mask over the spots of the GPU. */
  readonly there: number
}

/**
 * The assignment model of one GPU in the LP format: a variable for each request and start, 1 where the
 * request sits there. It asks for the most instances that fit. Rows: each request at most once; of each
 * memory unit at most one; of each profile, the compute slices and each engine at most what there is.
 * Every figure comes from the catalog's file.
 */
export function assignmentModel(gpu: NaiveGpu, { counts, there }: AssignmentProblem): string {
  const requests = counts.flatMap((count, profile) => Array.from({ length: count }, () => profile))
  const variables = requests.flatMap((profile, request) =>
    gpu.spots.flatMap((spot, index) =>
      spot.profile === profile ? [{ name: `x${request}_${index}`, request, spot }] : [],
    ),
  )
  const fixed = gpu.spots.filter((_, index) => (there & (1 << index)) !== 0)
  const rows: string[] = []
  const addRow = (
    weightOf: (spot: NaiveGpu['spots'][number], request: number | null) => number,
    available: number,
  ): void => {
    const terms = variables.flatMap(({ name, spot, request }) => {
      const weight = weightOf(spot, request)
      return weight === 0 ? [] : [`${weight} ${name}`]
    })
    const used = fixed.reduce((sum, spot) => sum + weightOf(spot, null), 0)
    if (terms.length > 0) rows.push(`r${rows.length}: ${terms.join(' + ')} <= ${available - used}`)
  }
  for (const index of requests.keys()) addRow((_, request) => Number(request === index), 1)
  for (let unit = 0; unit < gpu.units; unit += 1) {
    addRow(({ start, size }) => Number(unit >= start && unit < start + size), 1)
  }
  const profileOf = (spot: NaiveGpu['spots'][number]) => gpu.profiles[spot.profile]
  for (const [index, { most }] of gpu.profiles.entries()) {
    addRow(({ profile }) => Number(profile === index), most)
  }
  addRow((spot) => profileOf(spot)?.slices ?? 0, gpu.slices)
  for (const engine of naiveEngines) {
    const available = gpu.engines[engine]
    if (available !== null) addRow((spot) => profileOf(spot)?.engines[engine] ?? 0, available)
  }
  const names = variables.map(({ name }) => name)
  return [
    'Maximize',
    ` placed: ${names.join(' + ')}`,
    'Subject To',
    ...rows.map((row) => ` ${row}`),
    'Binary',
    ` ${names.join(' ')}`,
    'End',
  ].join('\n')
}
