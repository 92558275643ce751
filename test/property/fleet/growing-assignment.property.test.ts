import { expect, test } from 'vitest'
import { assignDemands, createAssignment } from '../../../lib/fleet/pack/assign-demands.js'
import fc from '../../support/property.js'

/** Demands with counts and values, each with the profiles that serve it; and capacity in the order in which it comes. */
const growing = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([demandCount, profileCount]) =>
    fc.record({
      demands: fc.array(
        fc.record({
          count: fc.integer({ min: 1, max: 4 }),
          value: fc.integer({ min: 1, max: 3 }),
          profiles: fc.uniqueArray(fc.nat(profileCount - 1), { minLength: 1 }),
        }),
        { minLength: demandCount, maxLength: demandCount },
      ),
      profileCount: fc.constant(profileCount),
      steps: fc.array(fc.tuple(fc.nat(profileCount - 1), fc.integer({ min: 1, max: 3 })), {
        maxLength: 8,
      }),
    }),
  )

test('which requests are placed does not depend on how the capacity grew', () => {
  fc.assert(
    fc.property(growing, ({ demands: given, profileCount, steps }) => {
      const demands = given.map(({ count, value }, number) => ({
        number,
        entries: [],
        count,
        value,
        access: 0,
        options: [],
      }))
      const poolProfiles = Array.from({ length: profileCount }, (_, number) => ({
        number,
        pool: 0,
        position: number,
        memoryMiB: 1000,
      }))
      const program = { demands, poolProfiles, profilesOf: given.map(({ profiles }) => profiles) }
      const assignment = createAssignment(program, false)
      const capacity = poolProfiles.map(() => 0)
      for (const [profile, count] of steps) {
        assignment.addCapacity(profile, count)
        assignment.placeMore()
        capacity[profile] = (capacity[profile] ?? 0) + count
      }
      expect(assignment.unplaced).toEqual(assignDemands(program, capacity, false).unplaced)
      expect(mostValue(program.profilesOf, demands, capacity)).toBe(
        demands.reduce(
          (sum, { count, value }, number) =>
            sum + (count - (assignment.unplaced[number] ?? 0)) * value,
          0,
        ),
      )
    }),
    { numRuns: 300 },
  )
})

/** The most value that can be placed, by trying everything. */
function mostValue(
  profilesOf: readonly (readonly number[])[],
  demands: readonly { readonly count: number; readonly value: number }[],
  capacity: readonly number[],
): number {
  const units = demands.flatMap(({ count, value }, number) =>
    Array.from({ length: count }, () => ({ value, profiles: profilesOf[number] ?? [] })),
  )
  const known = new Map<string, number>()
  const best = (from: number, free: readonly number[]): number => {
    const unit = units[from]
    if (unit === undefined) return 0
    const key = `${from}:${free.join()}`
    const before = known.get(key)
    if (before !== undefined) return before
    let most = best(from + 1, free)
    for (const profile of unit.profiles) {
      if ((free[profile] ?? 0) === 0) continue
      const left = free.map((count, number) => (number === profile ? count - 1 : count))
      most = Math.max(most, unit.value + best(from + 1, left))
    }
    known.set(key, most)
    return most
  }
  return best(0, capacity)
}
