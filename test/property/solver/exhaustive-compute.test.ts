import { describe, expect, test } from 'vitest'
import { groupBy } from '../../../lib/model/group-by.js'
import {
  checkLayout,
  compileGeometry,
  explainInfeasible,
  repartition,
} from '../../../lib/solver.js'
import type { GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { Layout, Partition } from '../../../types/solver/layout.js'
import {
  allFillings,
  countDevices,
  keepsPinned,
  keptComputeInstances,
} from '../../support/brute-force.js'
import { countSizes, fewestInstances, sizesOf } from '../../support/naive-compute.js'
import { partsOf, sum } from '../../support/naive-explain.js'
import { futuresOf } from '../../support/naive-futures.js'
import { distinctGpus, naiveGpus } from '../../support/naive-gpu.js'

function wantedOf(profile: GpuInstanceProfile, counts: readonly number[]): Partition {
  return sizesOf(profile).flatMap((sliceCount, size) => {
    const count = counts[size] ?? 0
    return count > 0 ? [{ profileId: profile.id, sliceCount, count }] : []
  })
}

function partitionOf(layout: Layout): Partition {
  return layout.flatMap(({ profileId, computeInstances }) =>
    computeInstances.map(({ sliceCount }) => ({ profileId, sliceCount, count: 1 })),
  )
}

describe.each(distinctGpus)('compute instances on $key', (gpu) => {
  const { geometry } = gpu
  const tables = compileGeometry(geometry)

  test('devices of one profile go into the fewest GPU instances, for every mix', () => {
    for (const profile of geometry.profiles) {
      const most = profile.instanceCount
      const fewest = fewestInstances(profile, most)
      const limits = sizesOf(profile).map((size) =>
        Math.min(8, Math.floor((most * profile.sliceCount) / size) + 1),
      )
      for (const counts of partsOf(limits)) {
        const result = repartition({ gpu: tables, wanted: wantedOf(profile, counts) })
        const instances = result.kind === 'repartition' ? result.layout.length : null
        expect([profile.name, counts, instances]).toEqual([
          profile.name,
          counts,
          fewest.get(counts.join()) ?? null,
        ])
        if (result.kind !== 'repartition') continue
        expect(checkLayout(geometry, result.layout)).toEqual([])
        expect(countDevices(partitionOf(result.layout))).toEqual(
          countDevices(wantedOf(profile, counts)),
        )
      }
    }
  })

  test('partitions of up to three devices are possible exactly if their fewest GPU instances are', () => {
    const futures = futuresOf(gpu)
    const fewest = geometry.profiles.map((profile) => fewestInstances(profile, 3))
    const sizes = geometry.profiles.flatMap((profile, position) =>
      sizesOf(profile).map((sliceCount) => ({ position, profileId: profile.id, sliceCount })),
    )
    const wrong: unknown[] = []
    const check = (devices: typeof sizes): void => {
      const needed = geometry.profiles.map((profile, position) => {
        const inside = devices.filter((device) => device.position === position)
        return fewest[position]?.get(countSizes(profile, inside).join()) ?? 99
      })
      const wanted = devices.map(({ profileId, sliceCount }) => ({
        profileId,
        sliceCount,
        count: 1,
      }))
      const result = repartition({ gpu: tables, wanted })
      const instances = result.kind === 'repartition' ? result.layout.length : null
      if (instances !== (futures.canAdd(0, needed) ? sum(needed) : null))
        wrong.push([wanted, instances, needed])
    }
    for (const [first, a] of sizes.entries()) {
      for (const [second, b] of sizes.entries()) {
        if (second < first) continue
        for (const c of sizes.slice(second)) check([a, b, c])
      }
    }
    expect(wrong).toEqual([])
  })
})

describe('any contents of two 3g, and any wanted devices', () => {
  const gpu = naiveGpus.find(({ key }) => key === 'a100-40gb')
  const profile = gpu?.geometry.profiles.find(({ name }) => name === '3g.20gb')
  if (gpu === undefined || profile === undefined) throw new Error('no 3g.20gb')
  const tables = compileGeometry(gpu.geometry)
  const contents = [null, ...allFillings(profile)]
  const layouts = contents.flatMap((left) =>
    contents.map(
      (right): Layout =>
        [left, right].flatMap((computeInstances, half) => {
          const placement = profile.placements[half]
          return computeInstances === null || placement === undefined
            ? []
            : [{ profileId: profile.id, placement, computeInstances }]
        }),
    ),
  )
  const requests = [
    ...groupBy(layouts, (layout) => countSizes(profile, partitionOf(layout)).join()),
  ].map(([key, targets]) => ({
    targets,
    wanted: wantedOf(profile, key.split(',').map(Number)),
  }))

  test('compute instances stay in place if they can', () => {
    for (const current of layouts) {
      for (const { wanted, targets } of requests) {
        const result = repartition({ gpu: tables, current, wanted })
        const most = Math.max(...targets.map((target) => keptComputeInstances(target, current)))
        const kept = result.kind === 'repartition' ? result.keptComputeInstances : null
        expect([current, wanted, kept]).toEqual([current, wanted, most])
      }
    }
  })

  test('pinned compute instances refuse exactly the devices that have no place beside them', () => {
    for (const current of layouts) {
      for (const { wanted, targets } of requests) {
        const pinned = current.map((instance) => ({ ...instance, pinned: true }))
        const answer = explainInfeasible(tables, wanted, { current: pinned })
        const feasible = targets.some((target) => keepsPinned(target, pinned))
        expect([current, wanted, answer === null]).toEqual([current, wanted, feasible])
        for (const { partition } of answer?.nearest ?? []) {
          expect(repartition({ gpu: tables, current: pinned, wanted: partition }).kind).toBe(
            'repartition',
          )
        }
      }
    }
  })
})
