import type { FleetObjective, FleetRequest } from '../../types/fleet/pack.js'
import type { loadHighs } from './highs.js'
import { type NaiveGpu, naiveEngines, spotsOf } from './naive-gpu.js'

/** A GPU of a small fleet; `there` is a set of its spots. */
export interface AssignedGpu {
  readonly gpu: NaiveGpu
  readonly there: number
  readonly node: string
}

/** Positions of the profiles that serve a request on one GPU; read from the catalog's figures. */
export type Serves = (request: FleetRequest, on: AssignedGpu) => readonly number[]

/**
 * The assignment model of a fleet, GPU by GPU and start by start: whether an instance is created at each
 * spot, how many requests of each entry it takes, whether a GPU holds anything. All figures come from the
 * catalog's file; values outweigh GPUs. Answers with HiGHS's optimum.
 */
export function solveAssignment(
  highs: Awaited<ReturnType<typeof loadHighs>>,
  requests: readonly FleetRequest[],
  gpus: readonly AssignedGpu[],
  serves: Serves,
): Omit<FleetObjective, 'cost'> {
  const rows: string[] = []
  const binaries: string[] = []
  const addRow = (terms: readonly string[], relation: string): void => {
    if (terms.length > 0) rows.push(` r${rows.length}: ${terms.join(' + ')} ${relation}`)
  }
  const entryTerms = requests.map((): string[] => [])
  const bounds: string[] = []
  for (const [number, each] of gpus.entries()) {
    const { gpu, there } = each
    const fixed = spotsOf(gpu, there)
    const created = gpu.spots.map((_, spot) => `z${number}_${spot}`)
    binaries.push(...created)
    const limit = (amountOf: (profile: number) => number, available: number): void => {
      const used = fixed.reduce((sum, { profile }) => sum + amountOf(profile), 0)
      addRow(
        gpu.spots.flatMap(({ profile }, spot) =>
          amountOf(profile) > 0 ? [`${amountOf(profile)} ${created[spot]}`] : [],
        ),
        `<= ${available - used}`,
      )
    }
    for (let unit = 0; unit < gpu.units; unit += 1) {
      const covers = ({ start, size }: { start: number; size: number }): boolean =>
        unit >= start && unit < start + size
      const used = fixed.filter(covers).length
      const terms = created.filter((_, spot) => covers(gpu.spots[spot] ?? { start: -1, size: 0 }))
      // Nothing new on a GPU that does not hold anything.
      if (there === 0) addRow([...terms, `-1 a${number}`], '<= 0')
      else addRow(terms, `<= ${1 - used}`)
    }
    if (there === 0) binaries.push(`a${number}`)
    for (const [profile, { most }] of gpu.profiles.entries()) {
      limit((other) => Number(other === profile), most)
    }
    limit((profile) => gpu.profiles[profile]?.slices ?? 0, gpu.slices)
    for (const engine of naiveEngines) {
      const available = gpu.engines[engine]
      if (available === null) continue
      limit((profile) => gpu.profiles[profile]?.engines[engine] ?? 0, available)
    }
    const takers = gpu.profiles.map((): string[] => [])
    for (const [entry, request] of requests.entries()) {
      for (const profile of serves(request, each)) {
        const taken = `y${entry}_${number}_${profile}`
        bounds.push(taken)
        takers[profile]?.push(taken)
        entryTerms[entry]?.push(taken)
      }
    }
    for (const [profile, terms] of takers.entries()) {
      const there = created.filter((_, spot) => gpu.spots[spot]?.profile === profile)
      if (terms.length > 0) addRow([...terms, ...there.map((name) => `-1 ${name}`)], '<= 0')
    }
  }
  for (const [entry, terms] of entryTerms.entries()) {
    addRow([...terms, `u${entry}`], `= ${requests[entry]?.count ?? 1}`)
  }
  const opened = gpus.flatMap(({ there }, number) => (there === 0 ? [`a${number}`] : []))
  const text = [
    'Minimize',
    ` lost: ${[
      ...requests.map(({ value = 1 }, entry) => `${1000 * value} u${entry}`),
      ...opened,
    ].join(' + ')}`,
    'Subject To',
    ...rows.map((row) => row.replaceAll('+ -', '- ')),
    'General',
    ` ${[...bounds, ...requests.map((_, entry) => `u${entry}`)].join(' ')}`,
    'Binary',
    ` ${binaries.join(' ')}`,
    'End',
  ].join('\n')
  const solution = highs.solve(text, {
    output_flag: false,
    mip_rel_gap: 0,
    mip_heuristic_effort: 0,
  })
  if (solution.Status !== 'Optimal') throw new Error(`HiGHS: ${solution.Status}\n${text}`)
  const lost = Math.round(solution.ObjectiveValue)
  return {
    unplacedValue: Math.floor(lost / 1000),
    gpus: (lost % 1000) + gpus.length - opened.length,
  }
}
