import { countsOf, type NaiveGpu, spotsOf } from './naive-gpu.js'

/** What a policy minimises, by the set of spots before and after. `mix`: the demand for each profile. */
type NaiveScore = (mix: readonly number[]) => (before: number, after: number) => number

/** By the definitions of docs/fleet.md. */
export function naiveScores(
  naive: NaiveGpu,
): Readonly<Record<'best-fit' | 'residual' | 'fgd', NaiveScore>> {
  const freeUnits = (set: number): number =>
    naive.units - spotsOf(naive, set).reduce((sum, { size }) => sum + size, 0)
  const beyond = (set: number): readonly number[] =>
    naive.sets.filter((other) => (other & set) === set)
  /** How many different partitions a GPU with this set can still take. */
  const partitions = (set: number): number =>
    new Set(beyond(set).map((other) => countsOf(naive, other & ~set).join())).size
  /** Free units times the share of the demand that cannot use any. */
  const unusable = (set: number, mix: readonly number[]): number => {
    const able = new Set(
      beyond(set).flatMap((other) => spotsOf(naive, other & ~set).map(({ profile }) => profile)),
    )
    const missed = mix.reduce((sum, weight, profile) => sum + (able.has(profile) ? 0 : weight), 0)
    return missed * freeUnits(set)
  }
  return {
    'best-fit': () => (_, after) => freeUnits(after),
    residual: () => (before, after) => partitions(before) - partitions(after),
    fgd: (mix) => (before, after) => unusable(after, mix) - unusable(before, mix),
  }
}
