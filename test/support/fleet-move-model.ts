import type { loadHighs } from './highs.js'
import { type NaiveGpu, naiveEngines } from './naive-gpu.js'

/** Something that holds a spot of a GPU, or wants one. */
export interface MovableItem {
  /** Position of the profile on every GPU that it can be on. */
  readonly profile: number
  /** Positions of those GPUs. */
  readonly on: readonly number[]
  /** Null: it has none yet. */
  readonly at: { readonly gpu: number; readonly spot: number } | null
  /** Null: it stays. */
  readonly cost: number | null
}

export interface MovesOptimum {
  /** GPUs that hold something, or items that stay on those that are to be left; 0 if neither counts. */
  readonly first: number
  readonly cost: number
}

/** What counts before the cost. Positions of GPUs that items should leave, and none may go to; or GPUs in use. */
export type MovesAim = ReadonlySet<number> | 'fewest-gpus' | null

/**
 * The assignment model: which spot of which GPU each item has afterwards, one variable for each. Null:
 * HiGHS finds it infeasible.
 */
export function solveMoves(
  highs: Awaited<ReturnType<typeof loadHighs>>,
  gpus: readonly NaiveGpu[],
  items: readonly MovableItem[],
  aim: MovesAim,
): MovesOptimum | null {
  const fewestGpus = aim === 'fewest-gpus'
  const left = typeof aim === 'object' ? aim : null
  const rows: string[] = []
  const binaries = fewestGpus ? gpus.map((_, number) => `a${number}`) : []
  const onGpu = gpus.map((): { name: string; spot: number }[] => [])
  const objective: string[] = fewestGpus ? gpus.map((_, number) => `10000 a${number}`) : []
  let total = 0
  const addRow = (terms: readonly string[], relation: string): void => {
    if (terms.length > 0) rows.push(` r${rows.length}: ${terms.join(' + ')} ${relation}`)
  }
  for (const [index, { profile, on, at, cost }] of items.entries()) {
    const names: string[] = []
    for (const number of on) {
      for (const [spot, { profile: other }] of (gpus[number]?.spots ?? []).entries()) {
        const isOwn = at?.gpu === number && at.spot === spot
        if (other !== profile || (cost === null && at !== null && !isOwn)) continue
        if (left?.has(number) === true && !isOwn) continue
        const name = `x${index}_${number}_${spot}`
        names.push(name)
        onGpu[number]?.push({ name, spot })
        const stays = isOwn && left?.has(number) === true ? 10000 : 0
        if (isOwn && stays !== (cost ?? 0)) {
          total += cost ?? 0
          objective.push(`${stays - (cost ?? 0)} ${name}`)
        }
      }
    }
    if (names.length === 0) return null
    binaries.push(...names)
    addRow(names, '= 1')
  }
  for (const [number, gpu] of gpus.entries()) {
    const here = onGpu[number] ?? []
    const limit = (amountOf: (spot: number) => number, available: number): void => {
      const terms = here.flatMap(({ name, spot }) =>
        amountOf(spot) > 0 ? [`${amountOf(spot)} ${name}`] : [],
      )
      if (fewestGpus) addRow([...terms, `-${available} a${number}`], '<= 0')
      else addRow(terms, `<= ${available}`)
    }
    for (let unit = 0; unit < gpu.units; unit += 1) {
      limit((spot) => {
        const { start = 0, size = 0 } = gpu.spots[spot] ?? {}
        return Number(unit >= start && unit < start + size)
      }, 1)
    }
    const profileOf = (spot: number): number => gpu.spots[spot]?.profile ?? -1
    for (const [profile, { most }] of gpu.profiles.entries()) {
      limit((spot) => Number(profileOf(spot) === profile), most)
    }
    limit((spot) => gpu.profiles[profileOf(spot)]?.slices ?? 0, gpu.slices)
    for (const engine of naiveEngines) {
      const available = gpu.engines[engine]
      if (available === null) continue
      limit((spot) => gpu.profiles[profileOf(spot)]?.engines[engine] ?? 0, available)
    }
  }
  const text = [
    'Minimize',
    ` lost: ${objective.length > 0 ? objective.join(' + ') : `0 ${binaries[0] ?? 'x'}`}`,
    'Subject To',
    ...rows,
    'Binary',
    ` ${binaries.join(' ')}`,
    'End',
  ]
    .join('\n')
    .replaceAll('+ -', '- ')
  const solution = highs.solve(text, { output_flag: false, mip_rel_gap: 0 })
  if (solution.Status === 'Infeasible') return null
  if (solution.Status !== 'Optimal') throw new Error(`HiGHS: ${solution.Status}\n${text}`)
  const value = Math.round(solution.ObjectiveValue) + total
  return { first: Math.floor(value / 10000), cost: value % 10000 }
}
