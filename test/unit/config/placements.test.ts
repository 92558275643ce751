import { describe, expect, test } from 'vitest'
import { compareGpu } from '../../../lib/config/compare/compare.js'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { selectConfig } from '../../../lib/config/document/select.js'
import { exportPlacements } from '../../../lib/config/export/export-placements.js'
import { formatConfigYaml } from '../../../lib/config/export/format.js'
import { resolveConfig } from '../../../lib/config/resolve/resolve.js'
import type { WantedGpu } from '../../../lib/model/wanted.js'
import type { AnyGpuState, MigState } from '../../../types/model/state.js'
import { documentWith } from '../../support/config-documents.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

const a100 = stateOf([{ key: 'a100-40gb', instances: [] }])

function resolve(placements: string, state: MigState = a100): readonly WantedGpu<AnyGpuState>[] {
  const text = documentWith(`devices: all, placements: [${placements}]`)
  return resolveConfig(selectConfig(parseConfig(text)), state).gpus
}

function placesOf(placements: string): unknown {
  return resolve(placements)[0]?.placements?.map(({ profileName, placement, computeInstances }) => [
    `${profileName}@${placement.start}:${placement.size}`,
    computeInstances.map(({ name, placement: at }) => (at === null ? name : `${name}@${at.start}`)),
  ])
}

describe('placements', () => {
  test('placements become those of the GPU, in the order of places', () => {
    expect(placesOf('{profile: 3g.20gb, start: 4}, {profile: "id:19", start: 0}')).toEqual([
      ['1g.5gb@0:1', ['1g.5gb']],
      ['3g.20gb@4:4', ['3g.20gb']],
    ])
  })

  test('compute instances without a start get free places beside those with one', () => {
    const parts = '{profile: 1c.3g.20gb, start: 0}, {profile: 1c.3g.20gb}, {profile: 1c.3g.20gb}'
    expect(placesOf(`{profile: 3g.20gb, start: 0, compute-instances: [${parts}]}`)).toEqual([
      ['3g.20gb@0:4', ['1c.3g.20gb@0', '1c.3g.20gb@1', '1c.3g.20gb@2']],
    ])
  })

  test.each([
    ['{profile: 3g.20gb, start: 2}', 'MIG_PARTITION_INFEASIBLE', 'start', /takes it at 0, 4/],
    ['{profile: 9g.9gb, start: 0}', 'MIG_PROFILE_UNKNOWN', 'profile', /which has 1g\.5gb/],
    ['{profile: "id:99", start: 0}', 'MIG_PROFILE_UNKNOWN', 'profile', /id:99/],
    ['{profile: 1c.3g.20gb, start: 0}', 'MIG_PROFILE_UNKNOWN', 'profile', /1c\.3g\.20gb/],
    [
      '{profile: 3g.20gb, start: 0, compute-instances: [{profile: 1c.4g.20gb}]}',
      'MIG_PROFILE_UNKNOWN',
      'profile',
      /not a compute instance of 3g\.20gb/,
    ],
    [
      '{profile: 3g.20gb, start: 0, compute-instances: [{profile: 2c.3g.20gb}, {profile: 2c.3g.20gb}]}',
      'MIG_PARTITION_INFEASIBLE',
      'placements',
      /do not fit together in 3g\.20gb at 0:4/,
    ],
    [
      '{profile: 3g.20gb, start: 0}, {profile: 1g.5gb, start: 3}',
      'MIG_PARTITION_INFEASIBLE',
      'placements',
      /overlap: 3g\.20gb at 0:4 and 1g\.5gb at 3:1/,
    ],
    [
      '{profile: 1g.5gb+me, start: 0}, {profile: 1g.5gb+me, start: 1}',
      'MIG_PARTITION_INFEASIBLE',
      'placements',
      /have 2 of 1g\.5gb\+me; the GPU takes 1/,
    ],
  ])('an impossible placement is refused with its place: %s', (placements, code, at, message) => {
    const error = migErrorOf(() => resolve(placements))
    expect(error.code).toBe(code)
    expect(error.issues?.[0]?.path.at(-1)).toBe(at)
    expect(error.message).toMatch(message)
    expect(error.issues?.[0]).toHaveProperty('line', 4)
  })
})

test('exact placements are compared by place, and compute instances by what is given', () => {
  const [wanted] = resolve(
    '{profile: 3g.20gb, start: 4, compute-instances: [{profile: 2c.3g.20gb}]}, {profile: 1g.5gb, start: 0}',
  )
  if (wanted === undefined) throw new Error('no GPU')
  const differences = (...instances: readonly string[]): readonly string[] =>
    compareGpu(wanted, stateOf([{ key: 'a100-40gb', instances }]))
  expect(differences('1g.5gb@0', '3g.20gb@4:2c')).toEqual([])
  expect(differences('1g.5gb@1', '3g.20gb@4')).toEqual([
    '1g.5gb at 0:1 is missing',
    '1g.5gb at 1:1 is not wanted',
    '3g.20gb at 4:4 has 3g.20gb from slice 0; wanted 2c.3g.20gb',
  ])
})

test('an export with places reads back without a difference', () => {
  const state = stateOf([
    { key: 'a100-40gb', instances: ['3g.20gb@4:1c,1c', '1g.5gb@0', '2g.10gb@2:'] },
    { key: 'a100-40gb', migEnabled: false },
    { key: 'none' },
  ])
  const text = formatConfigYaml(exportPlacements(state, 'now'))
  expect(text).toContain('- {profile: "1g.5gb", start: 0}\n')
  const { gpus } = resolveConfig(selectConfig(parseConfig(text)), state)
  expect(gpus.map((gpu) => compareGpu(gpu, state))).toEqual([[], []])
})

// Hopper has two compute instance profiles of one slice in its 1g with twice the memory.
test('an export writes a compute instance by id if its name means another', () => {
  const state = stateOf([{ key: 'h100-80gb-sxm', instances: ['1g.20gb@0'] }])
  const [gpu] = state.gpus
  const [instance] = gpu?.gpuInstances ?? []
  const [part] = instance?.computeInstances ?? []
  const profile = gpu?.geometry?.profiles.find(({ name }) => name === '1g.20gb')
  const other = profile?.computeInstanceProfiles?.find(({ id }) => id !== part?.profileId)
  if (!gpu || !instance || !part || !other) throw new Error('not two profiles')
  const computeInstances = [{ ...part, profileId: other.id }]
  const changed = {
    ...state,
    gpus: [{ ...gpu, gpuInstances: [{ ...instance, computeInstances }] }],
  }
  const document = exportPlacements(changed, 'now')
  expect(JSON.stringify(document)).toContain(`"profile":"id:${other.id}"`)
  const { gpus } = resolveConfig(selectConfig(parseConfig(document)), changed)
  expect(gpus.map((each) => compareGpu(each, changed))).toEqual([[]])
  expect(gpus.map((each) => compareGpu(each, state))).not.toEqual([[]])
})

// The round trip above would pass with any readable spelling. These tests check what people read.
describe('names of compute instances in an export', () => {
  test.each([
    ['3g.20gb@4:2c,1c', ['2c.3g.20gb', '1c.3g.20gb']],
    ['7g.40gb@0:1c', ['1c.7g.40gb']],
    ['3g.20gb@0:', []],
  ])('an export writes the compute instances of %s by name', (instance, parts) => {
    const document = exportPlacements(stateOf([{ key: 'a100-40gb', instances: [instance] }]), 'x')
    const [entry] = document['mig-configs']?.['x'] ?? []
    const written = entry?.placements?.map((placed) => placed['compute-instances'])
    expect(written).toHaveLength(1)
    expect(written?.[0]?.map(({ profile }) => profile)).toEqual(parts)
  })

  test('an export writes only the compute instance by id that its name does not mean', () => {
    const state = stateOf([{ key: 'h100-80gb-sxm', instances: ['1g.20gb@0'] }])
    const [gpu] = state.gpus
    const profile = gpu?.geometry?.profiles.find(({ name }) => name === '1g.20gb')
    const sizes = profile?.computeInstanceProfiles ?? []
    const written = sizes.map((size) => {
      const gpuInstances = gpu?.gpuInstances.map((instance) => ({
        ...instance,
        computeInstances: instance.computeInstances.map((part) => ({
          ...part,
          profileId: size.id,
        })),
      }))
      const changed = { ...state, gpus: [{ ...gpu, gpuInstances }] } as MigState
      const [entry] = exportPlacements(changed, 'x')['mig-configs']?.['x'] ?? []
      return entry?.placements?.[0]?.['compute-instances']?.[0]?.profile ?? 'whole'
    })
    const [larger] = sizes.toSorted((a, b) => b.multiprocessorCount - a.multiprocessorCount)
    expect(written).toEqual(sizes.map(({ id }) => (id === larger?.id ? 'whole' : `id:${id}`)))
    expect(sizes).toHaveLength(2)
  })
})

describe('compute instances of a placement', () => {
  const inside = (parts: string): string =>
    `{profile: 3g.20gb, start: 0, compute-instances: [${parts}]}`

  test('compute instances without any start are left to the driver', () => {
    expect(placesOf(inside('{profile: 1c.3g.20gb}, {profile: 2c.3g.20gb}'))).toEqual([
      ['3g.20gb@0:4', ['1c.3g.20gb', '2c.3g.20gb']],
    ])
    expect(placesOf(inside(''))).toEqual([['3g.20gb@0:4', []]])
  })

  test('a compute instance may be named by its id, and one that the GPU instance lacks is refused', () => {
    const [gpu] = a100.gpus
    const parts = gpu?.geometry?.profiles.find(
      ({ name }) => name === '3g.20gb',
    )?.computeInstanceProfiles
    const two = parts?.find(({ sliceCount }) => sliceCount === 2)
    const [resolved] = resolve(inside(`{profile: "id:${two?.id}", start: 0}`))
    expect(resolved?.placements?.[0]?.computeInstances).toEqual([
      { name: '2c.3g.20gb', sliceCount: 2, profileId: two?.id, placement: { start: 0, size: 2 } },
    ])
    for (const name of ['id:99', '4c.3g.20gb', '3c.4g.20gb', '1g.5gb']) {
      const error = migErrorOf(() => resolve(inside(`{profile: "${name}"}`)))
      expect(error.code).toBe('MIG_PROFILE_UNKNOWN')
      expect(error.message).toContain(`is "${name}", which is not a compute instance of 3g.20gb`)
      expect(error.issues?.[0]?.path.slice(3)).toEqual([
        ...['placements', 0, 'compute-instances', 0, 'profile'],
      ])
    }
  })

  test('a compute instance of all slices may be written out', () => {
    expect(placesOf(inside('{profile: 3g.20gb, start: 0}'))).toEqual([
      ['3g.20gb@0:4', ['3g.20gb@0']],
    ])
  })

  test('places of GPUs that are listed in any order come in the order of places', () => {
    expect(
      placesOf(
        '{profile: 2g.10gb, start: 4}, {profile: 1g.5gb, start: 6}, {profile: 4g.20gb, start: 0}',
      ),
    ).toEqual([
      ['4g.20gb@0:4', ['4g.20gb']],
      ['2g.10gb@4:2', ['2g.10gb']],
      ['1g.5gb@6:1', ['1g.5gb']],
    ])
  })
})

describe('an export with places', () => {
  const exported = (instances: readonly string[]) =>
    exportPlacements(stateOf([{ key: 'a100-40gb', instances }]), 'x')['mig-configs']?.['x']?.[0]
      ?.placements

  test('an export writes an instance without compute instances, one with all, and one with parts at their places', () => {
    expect(exported(['1g.5gb@0', '2g.10gb@2:', '3g.20gb@4:2c'])).toEqual([
      { profile: '1g.5gb', start: 0 },
      { profile: '2g.10gb', start: 2, 'compute-instances': [] },
      {
        profile: '3g.20gb',
        start: 4,
        'compute-instances': [{ profile: '2c.3g.20gb', start: 0 }],
      },
    ])
  })

  test('an export leaves the place of a compute instance open where the driver does not report it', () => {
    const state = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@0:2c'] }])
    const silent = {
      ...state,
      gpus: state.gpus.map((gpu) => ({
        ...gpu,
        gpuInstances: gpu.gpuInstances.map((instance) => ({
          ...instance,
          computeInstances: instance.computeInstances.map((part) => ({ ...part, placement: null })),
        })),
      })),
    }
    expect(exportPlacements(silent, 'x')['mig-configs']?.['x']?.[0]?.placements).toEqual([
      { profile: '3g.20gb', start: 0, 'compute-instances': [{ profile: '2c.3g.20gb' }] },
    ])
  })

  test('an export of places needs to see the instances, and every GPU', () => {
    const state = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@0'] }])
    const unlisted = {
      ...state,
      gpus: state.gpus.map((gpu) => ({
        ...gpu,
        gpuInstances: null,
        migDevices: [],
        seesAllDevices: true,
        lacks: 'mig/config' as const,
      })),
    }
    const error = migErrorOf(() => exportPlacements(unlisted, 'x'))
    expect(error.code).toBe('MIG_NO_PERMISSION')
    expect(error.message).toMatch(/GPU 0: the places of instances cannot be known/)
    const lost = { ...state, lostGpus: [{ index: 1, uuid: null }] }
    expect(migErrorOf(() => exportPlacements(lost, 'x')).code).toBe('MIG_GPU_LOST')
  })
})
