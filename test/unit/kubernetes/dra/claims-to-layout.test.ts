import { describe, expect, test } from 'vitest'
import {
  claimsToLayout,
  resourceClaim,
  resourceSlices,
  simulateAllocation,
} from '../../../../lib/kubernetes.js'
import type { ResourceClaim } from '../../../../types/kubernetes/dra/objects.js'
import type { ListedMigState } from '../../../../types/model/state.js'
import { isLegalSet } from '../../../support/brute-force.js'
import { migErrorOf } from '../../../support/errors.js'
import { geometryOf } from '../../../support/geometry.js'
import { seeded } from '../../../support/random.js'
import { stateOf } from '../../../support/state.js'

const node = 'n'
const empty = stateOf([{ key: 'a100-40gb', migEnabled: true }, { key: 'none' }])

/** A claim that the scheduler has given these devices. */
function allocated(
  name: string,
  devices: readonly string[],
  driver = 'gpu.nvidia.com',
  pool = node,
): ResourceClaim {
  const results = devices.map((device, index) => ({ request: `r${index}`, driver, pool, device }))
  return {
    ...resourceClaim({ r0: {} }, { name, namespace: 'team' }),
    status: { allocation: { devices: { results } } },
  }
}

describe('the layout that claims want', () => {
  test('each GPU has its claimed instances by placement, with what claims them', () => {
    const claims = [
      allocated('pair', ['gpu-0-mig-3g20gb-9-4', 'gpu-0-mig-1g5gb-me-20-2']),
      allocated('whole', ['gpu-1']),
    ]
    expect(claimsToLayout(empty, claims, { node })).toEqual([
      {
        gpu: empty.gpus[0]?.uuid,
        gpuIndex: 0,
        whole: null,
        layout: [
          {
            profileId: 20,
            placement: { start: 2, size: 1 },
            computeInstances: [{ sliceCount: 1, placement: { start: 0, size: 1 } }],
          },
          {
            profileId: 9,
            placement: { start: 4, size: 4 },
            computeInstances: [{ sliceCount: 3, placement: expect.objectContaining({ start: 0 }) }],
          },
        ],
        claimedBy: [
          [{ claim: 'pair', namespace: 'team', request: 'r1' }],
          [{ claim: 'pair', namespace: 'team', request: 'r0' }],
        ],
      },
      {
        gpu: empty.gpus[1]?.uuid,
        gpuIndex: 1,
        whole: { claim: 'whole', namespace: 'team', request: 'r0' },
        layout: [],
        claimedBy: [],
      },
    ])
  })

  test('the answer is frozen, and the state stays as it is', () => {
    const state = structuredClone(empty)
    const claims = [allocated('one', ['gpu-0-mig-3g20gb-9-4'])]
    const [gpu] = claimsToLayout(state, claims, { node })
    expect(Object.isFrozen(gpu?.layout[0]?.placement)).toBe(true)
    const places = state.gpus[0]?.geometry?.profiles.flatMap(({ placements }) => placements) ?? []
    expect(places.some(Object.isFrozen)).toBe(false)
  })

  test('claims that are not allocated, and devices of other drivers and nodes, do not count', () => {
    const claims = [
      resourceClaim({ gpu: { profile: '1g.5gb' } }, { name: 'waits' }),
      allocated('other', ['gpu-0-mig-3g20gb-9-4'], 'fpga.example.com'),
      allocated('far', ['gpu-0-mig-3g20gb-9-4'], 'gpu.nvidia.com', 'm'),
    ]
    for (const { layout, whole } of claimsToLayout(empty, claims, { node })) {
      expect(layout).toEqual([])
      expect(whole).toBeNull()
    }
  })

  test('parts of one GPU instance come back as one GPU instance', () => {
    const state = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@4:1c,2c'] }])
    const slices = resourceSlices(state, { node, partitions: 'existing' })
    const names = slices.flatMap(({ spec }) => (spec.devices ?? []).map(({ name }) => name))
    const claims = names.map((name, index) => allocated(`c${index}`, [name]))
    const [gpu] = claimsToLayout(state, claims, { node })
    expect(gpu?.layout).toEqual([
      {
        profileId: 9,
        placement: { start: 4, size: 4 },
        computeInstances: [
          { sliceCount: 1, placement: { start: 0, size: 1 } },
          { sliceCount: 2, placement: expect.objectContaining({ start: 1 }) },
        ],
      },
    ])
    expect(gpu?.claimedBy[0]?.map(({ claim }) => claim)).toEqual(['c0', 'c1'])
  })

  test('whatever the scheduler has given, in whatever order, is a legal layout with these devices', () => {
    const below = seeded(5)
    for (const key of ['a100-40gb', 'a30-24gb', 'rtx-pro-6000-blackwell']) {
      const state = stateOf([{ key, migEnabled: true, count: 2 }])
      const slices = resourceSlices(state, { node, partitions: 'all' })
      const geometry = geometryOf(key)
      for (let round = 0; round < 30; round += 1) {
        const running: ResourceClaim[] = []
        for (let pod = 0; pod < 12; pod += 1) {
          const profile = geometry.profiles[below(geometry.profiles.length)]?.name ?? ''
          const claim = resourceClaim({ gpu: { profile } }, { name: `c${pod}` })
          running.push(...(simulateAllocation(slices, [claim], { others: running }) ?? []))
        }
        const gpus = claimsToLayout(state, running, { node })
        expect(gpus.flatMap(({ layout }) => layout)).toHaveLength(running.length)
        for (const { layout } of gpus) {
          const spots = layout.map(({ profileId, placement }) => {
            const profile = geometry.profiles.find(({ id }) => id === profileId)
            if (profile === undefined) throw new Error('no profile')
            return { profile, placement }
          })
          expect(isLegalSet(geometry, spots)).toBe(true)
        }
      }
    }
  })

  test('a claim that has a device for administration neither makes an instance nor shares one', () => {
    const watching = allocated('watch', ['gpu-0-mig-3g20gb-9-4', 'gpu-0-mig-1g5gb-19-0'])
    const results = watching.status?.allocation?.devices.results ?? []
    const devices = { results: results.map((result) => ({ ...result, adminAccess: true })) }
    const claims = [
      allocated('own', ['gpu-0-mig-3g20gb-9-4']),
      { ...watching, status: { allocation: { devices } } },
    ]
    const [gpu] = claimsToLayout(empty, claims, { node })
    expect(gpu?.claimedBy).toEqual([[{ claim: 'own', namespace: 'team', request: 'r0' }]])
  })

  test('an allocation without results has no devices', () => {
    const claim = { ...allocated('none', []), status: { allocation: {} as never } }
    expect(claimsToLayout(empty, [claim], { node })[0]?.layout).toEqual([])
  })
})

describe('claims that no layout serves', () => {
  const errorOf = (claims: readonly ResourceClaim[], state: ListedMigState = empty) =>
    migErrorOf(() => claimsToLayout(state, claims, { node }))

  test.each([
    ['gpu-0-mig-3g20gb-9-2', 'a start that the profile does not have'],
    ['gpu-0-mig-3g40gb-9-4', 'a profile of another GPU'],
    ['gpu-0', 'a whole GPU with MIG on'],
    ['gpu-1-mig-1g5gb-19-0', 'a MIG device on a GPU without MIG'],
    ['gpu-7', 'a GPU that is not there'],
  ])('the device %s is not there: %s', (device) => {
    const error = errorOf([allocated('c', [device])])
    expect(error.code).toBe('MIG_DRA_INVALID')
    expect(error.message).toBe(`The node n has no device ${device}, which the claim team/c has`)
  })

  test('two claims on one device are an error', () => {
    const device = 'gpu-0-mig-3g20gb-9-4'
    expect(errorOf([allocated('a', [device]), allocated('b', [device])]).message).toBe(
      `The claims team/a and team/b have the same device, ${device}`,
    )
  })

  test('devices that exclude each other are an error that names them and the rule', () => {
    const error = errorOf([
      allocated('a', ['gpu-0-mig-3g20gb-9-0']),
      allocated('b', ['gpu-0-mig-4g20gb-5-0']),
    ])
    expect(error.code).toBe('MIG_DRA_INVALID')
    expect(error.message).toMatch(
      /^GPU 0 cannot have these devices together: .*\(claim team\/a\).*\(claim team\/b\).*overlap/,
    )
  })

  test('more of a profile than the GPU allows is an error', () => {
    const error = errorOf([allocated('a', ['gpu-0-mig-1g5gb-me-20-0', 'gpu-0-mig-1g5gb-me-20-1'])])
    expect(error.message).toContain('profile-maximum')
  })

  test('arguments of another form are a TypeError', () => {
    expect(() => claimsToLayout(empty, [], {} as never)).toThrow('option node must be')
    expect(() => claimsToLayout(empty, {} as never, { node })).toThrow(
      'option claims must be a list',
    )
    expect(() => claimsToLayout({} as never, [], { node })).toThrow('the state must be')
  })
})
