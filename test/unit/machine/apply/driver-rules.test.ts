// How a driver treats placements of compute instances is known for two boards only. The same applies run on machines
// that check strictly and loosely, and that list the placements of either rule (`ci-places` in catalog/mig-gpus.json).
import { describe, expect, test } from 'vitest'
import { applyMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine, listSimulatedModels } from '../../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { rejectionOf } from '../../../support/errors.js'
import { geometryOf, placeableEntries } from '../../../support/geometry.js'
import { wantOnAll } from '../../../support/wanted.js'

const keys = [...new Set(listSimulatedModels().map(({ key }) => key))].filter((key) =>
  placeableEntries.some((entry) => entry.key === key),
)
const drivers = (['strict', 'loose'] as const).flatMap((checks) =>
  (['catalog', 'other'] as const).map((computePlaces) => ({ checks, computePlaces })),
)

/** Newer than every model. */
const driver = '610.43.02'

/**
 * The process remembers by UUID what a driver lists for a GPU, so machines with other rules have other UUIDs.
 */
const seedOf = (rules: (typeof drivers)[number]): number => drivers.indexOf(rules)

/** What the simulator has on GPU 0: profile and compute profiles of each GPU instance. */
function instancesOf(machine: SimulatedMachine): readonly (readonly [number, readonly number[]])[] {
  const [gpu] = machine.describe().gpus
  return (gpu?.gpuInstances ?? []).map(({ profileId, computeInstances }) => [
    profileId,
    computeInstances.map((part) => part.profileId),
  ])
}

describe.each(drivers)('a driver with $checks checks and $computePlaces places', (rules) => {
  test.each(keys)(
    'the driver accepts as many whole instances of each profile as %s has',
    async (model) => {
      const { profiles } = geometryOf(model)
      using machine = createSimulatedMachine([{ model, migEnabled: true }], {
        driver,
        seed: seedOf(rules),
        ...rules,
      })
      for (const profile of profiles) {
        const wanted = wantOnAll({ [profile.name]: profile.instanceCount })
        const report = await applyMigConfig(wanted, { library: machine.library })
        expect(report.gpus[0]?.outcome, profile.name).toBe('applied')
        const live = instancesOf(machine)
        expect(live).toHaveLength(profile.instanceCount)
        // The full compute instance is the one with the multiprocessors of the GPU instance.
        const full = profile.computeInstanceProfiles?.findLast(
          ({ multiprocessorCount }) => multiprocessorCount === profile.multiprocessorCount,
        )
        if (profile.id < 1000 && full !== undefined && profile.multiprocessorCount > 0)
          expect(
            live.every(([id, parts]) => id === profile.id && `${parts}` === `${full.id}`),
          ).toBe(true)
        machine.resetCallCounts()
        const again = await applyMigConfig(wanted, { library: machine.library })
        expect(again.outcome).toBe('unchanged')
        expect(machine.callCounts().changing).toBe(0)
      }
    },
  )
})

interface Size {
  readonly slices: number
  readonly span: number
}

/** Every way to want compute instances of these sizes in a GPU instance of so many slices. */
function listMixes(sizes: readonly Size[], slices: number): readonly (readonly Size[])[] {
  const [size, ...others] = sizes
  if (size === undefined) return [[]]
  const mixes: Size[][] = []
  for (let count = 0; count * size.slices <= slices; count += 1)
    for (const rest of listMixes(others, slices - count * size.slices))
      mixes.push([...Array<Size>(count).fill(size), ...rest])
  return mixes
}

/** Whether they can lie beside each other, tried one start after the other. */
function fits(mix: readonly Size[], slices: number, aligned: boolean, taken = 0): boolean {
  const [size, ...rest] = mix
  if (size === undefined) return true
  for (let start = 0; start + size.slices <= slices; start += aligned ? size.span : 1) {
    const mask = ((1 << (aligned ? size.span : size.slices)) - 1) << start
    if ((taken & mask) === 0 && fits(rest, slices, aligned, taken | mask)) return true
  }
  return false
}

const partial: readonly Size[] = [
  { slices: 4, span: 4 },
  { slices: 3, span: 4 },
  { slices: 2, span: 2 },
  { slices: 1, span: 1 },
]

describe.each([
  { model: 'a100-40gb', whole: '7g.40gb', slices: 7, aligned: false },
  { model: 'h100-80gb-sxm', whole: '7g.80gb', slices: 7, aligned: true },
  { model: 'a30-24gb', whole: '4g.24gb', slices: 4, aligned: false },
])('every mix of partial compute instances in a $whole', ({ model, whole, slices, aligned }) => {
  const sizes = partial.filter(
    (size) => size.slices < slices && !(slices === 4 && size.slices === 3),
  )
  const mixes = listMixes(sizes, slices).filter((mix) => mix.length > 0)

  test.each(drivers)(
    'every mix of partial compute instances for which the driver has room is made: %o',
    async (rules) => {
      // The process has not seen this machine: its list is unknown when the plan is made.
      let seed = 1000 * (1 + seedOf(rules))
      const byDriver = aligned === (rules.computePlaces === 'catalog')
      for (const mix of mixes) {
        seed += 1
        using machine = createSimulatedMachine([{ model, migEnabled: true }], { seed, ...rules })
        const counts: Record<string, number> = {}
        for (const size of mix) {
          const name = `${size.slices}c.${whole}`
          counts[name] = (counts[name] ?? 0) + 1
        }
        const text = JSON.stringify(counts)
        const applying = applyMigConfig(wantOnAll(counts), { library: machine.library })
        if (fits(mix, slices, aligned) && fits(mix, slices, byDriver)) {
          expect((await applying).outcome, text).toBe('applied')
          const [[, parts] = [0, []], ...others] = instancesOf(machine)
          expect(others).toEqual([])
          expect(parts).toHaveLength(mix.length)
        } else {
          // The driver lists placements only once the GPU instance exists.
          const error = await rejectionOf(applying)
          expect(error, text).toMatchObject({ code: 'MIG_PARTITION_INFEASIBLE' })
          expect(instancesOf(machine)).toEqual([])
          if (!fits(mix, slices, aligned)) expect(machine.callCounts().changing).toBe(0)
        }
      }
    },
  )
})
