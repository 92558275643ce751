import { describe, expect, test } from 'vitest'
import { resourceSlices } from '../../../lib/kubernetes.js'
import type { ResourceSlice, SliceDevice } from '../../../types/kubernetes/dra/objects.js'
import type { Geometry } from '../../../types/model/geometry.js'
import { allSpotSets } from '../../support/brute-force.js'
import { catalogEntries, placeableEntries } from '../../support/geometry.js'
import { gpuWith } from '../../support/model-gpu.js'

function slicesOf(geometry: Geometry): readonly ResourceSlice[] {
  const state = { driverVersion: '580.65.06', gpus: [gpuWith(geometry, [])], lostGpus: [] }
  return resourceSlices(state, { node: 'n', partitions: 'all' })
}

const suffixes: Readonly<Record<string, number>> = { Ki: 1, Mi: 2, Gi: 3, Ti: 4 }

function numberOf(quantity: string): number {
  const [, digits, suffix = ''] = /^(\d+)(\w*)$/.exec(quantity) ?? []
  return Number(digits) * 1024 ** (suffix === '' ? 0 : (suffixes[suffix] ?? Number.NaN))
}

/** All sets of devices whose counters suffice, as the API defines counters: names, in the order of the devices. */
function admittedSets(slices: readonly ResourceSlice[]): readonly string[] {
  const left = new Map<string, number>()
  for (const { name, counters } of slices.flatMap(({ spec }) => spec.sharedCounters ?? []))
    for (const [counter, { value }] of Object.entries(counters))
      left.set(`${name}/${counter}`, numberOf(value))
  const devices = slices.flatMap(({ spec }) => spec.devices ?? [])
  const found: string[] = []
  const add = (chosen: readonly string[], from: number): void => {
    found.push(chosen.join(' '))
    for (const [index, device] of devices.entries()) {
      if (index < from || !change(left, device, -1)) continue
      add([...chosen, device.name], index + 1)
      change(left, device, 1)
    }
  }
  add([], 0)
  return found
}

/** Takes or gives back. What does not suffice stays as it was. */
function change(left: Map<string, number>, device: SliceDevice, sign: 1 | -1): boolean {
  const amounts = (device.consumesCounters ?? []).flatMap(({ counterSet, counters }) =>
    Object.entries(counters).map(([name, { value }]) => {
      return [`${counterSet}/${name}`, sign * numberOf(value)] as const
    }),
  )
  const after = amounts.map(([key, amount]) => [key, (left.get(key) ?? -1) + amount] as const)
  if (after.some(([, amount]) => amount < 0)) return false
  for (const [key, amount] of after) left.set(key, amount)
  return true
}

/** The legal sets of the geometry, by brute force, in the same form. */
function legalSets(geometry: Geometry, slices: readonly ResourceSlice[]): readonly string[] {
  const names = slices.flatMap(({ spec }) => (spec.devices ?? []).map(({ name }) => name))
  return allSpotSets(geometry).map((spots) =>
    spots
      .map(({ profile, placement }) => {
        const end = `-${profile.id}-${placement.start}`
        return names.findIndex((name) => name.endsWith(end))
      })
      .sort((a, b) => a - b)
      .map((index) => names[index])
      .join(' '),
  )
}

describe('the counters of a GPU admit exactly its legal sets of GPU instances', () => {
  test.each(placeableEntries.map(({ key, geometry }) => [key, geometry] as const))(
    'the counters of the %s are exact',
    (_, geometry) => {
      const slices = slicesOf(geometry)
      const [admitted, legal] = [admittedSets(slices), legalSets(geometry, slices)]
      expect(admitted.toSorted()).toEqual(legal.toSorted())
    },
  )

  // Figures of the catalog that were found by other code (scripts/generate-catalog.mjs).
  test.each([
    ['a100-40gb', 2318],
    ['h200-141gb-sxm', 2318],
    ['a30-24gb', 75],
    ['rtx-pro-6000-blackwell', 716],
    ['rtx-pro-5000-blackwell-48gb', 29],
  ])('the %s has %i layouts that are not empty', (key, count) => {
    const entry = catalogEntries.find((each) => each.key === key)
    expect(entry?.bruteForce?.allProfiles.reachableSets).toBe(count + 1)
    expect(admittedSets(slicesOf(entry?.geometry ?? { profiles: [] }))).toHaveLength(count + 1)
  })
})
