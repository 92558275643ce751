import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openSession } from '../../../../lib/driver/session.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { GpuState } from '../../../../types/model/state.js'
import { createDevices } from '../../../support/layouts.js'

interface PublishedProfile {
  readonly id: number
  readonly enumIndex: number
  readonly name: string
  readonly sliceCount: number
  readonly instanceCount: number
  readonly multiprocessorCount: number
  readonly placements: readonly { readonly start: number; readonly size: number }[]
}

interface CatalogProfile extends PublishedProfile {
  readonly memorySizeMB: number
  readonly copyEngineCount: number
  readonly decoderCount: number
  readonly encoderCount: number
  readonly jpegCount: number
  readonly ofaCount: number
  readonly computeInstanceProfiles: readonly PublishedProfile[]
}
const catalog: {
  readonly gpus: readonly {
    readonly key: string
    readonly gpuInstanceProfiles: readonly CatalogProfile[]
  }[]
} = JSON.parse(readFileSync(new URL('../../../../catalog/mig-gpus.json', import.meta.url), 'utf8'))

function catalogProfiles(key: string): readonly CatalogProfile[] {
  return catalog.gpus.find((gpu) => gpu.key === key)?.gpuInstanceProfiles ?? []
}

const inOrder = <Profile extends PublishedProfile>(profiles: readonly Profile[]) =>
  profiles.toSorted((a, b) => a.enumIndex - b.enumIndex)

/** What profiles of both kinds have. */
const sharedPart = (profile: PublishedProfile) => ({
  id: profile.id,
  index: profile.enumIndex,
  name: profile.name,
  sliceCount: profile.sliceCount,
  instanceCount: profile.instanceCount,
  multiprocessorCount: profile.multiprocessorCount,
  placements: profile.placements,
})

const published = (profile: CatalogProfile) => ({
  ...sharedPart(profile),
  memoryMiB: profile.memorySizeMB,
  engines: {
    copy: profile.copyEngineCount,
    decoder: profile.decoderCount,
    encoder: profile.encoderCount,
    jpeg: profile.jpegCount,
    ofa: profile.ofaCount,
  },
})

test.each([
  ['A100-SXM4-40GB', 'a100-40gb', ['3g.20gb', '2g.10gb', '1g.5gb']],
  ['A30', 'a30-24gb', ['2g.12gb', '1g.6gb']],
  ['H100 80GB HBM3', 'h100-80gb-sxm', ['4g.40gb', '1g.20gb']],
])(
  'the geometry of an %s equals the published tables, compute instances included where they are to be seen',
  async (model, key, sizes) => {
    // UUIDs of their own: what is known of a GPU stays known in this process.
    using machine = createSimulatedMachine(`1x ${model} +mig`, { seed: 7 })
    await using session = await openSession({ library: machine.library })
    const [{ uuid }] = (await session.readState()).gpus as [GpuState]
    await createDevices(session, uuid, sizes)
    const [gpu] = (await session.readState()).gpus
    const profiles = gpu?.geometry?.profiles ?? []
    const catalogued = inOrder(catalogProfiles(key))
    expect(profiles.map(({ computeInstanceProfiles: _, ...profile }) => profile)).toEqual(
      catalogued.map(published),
    )
    // The driver lists them on a GPU instance only.
    for (const size of sizes) {
      const of = (each: { readonly name: string }): boolean => each.name === size
      expect(profiles.find(of)?.computeInstanceProfiles, size).toEqual(
        inOrder(catalogued.find(of)?.computeInstanceProfiles ?? []).map(sharedPart),
      )
    }
  },
)

test('a machine with several kinds of GPU is read in the order of NVML', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig, 1x T4, 1x A100-SXM4-40GB')
  await using session = await openSession({ library: machine.library })
  const { gpus, driverVersion } = await session.readState()
  expect(driverVersion).toBe('580.65.06')
  expect(gpus.map(({ index, name, mig }) => ({ index, name, mig }))).toEqual([
    { index: 0, name: 'NVIDIA A100-SXM4-40GB', mig: { enabled: true, pending: true } },
    { index: 1, name: 'Tesla T4', mig: null },
    { index: 2, name: 'NVIDIA A100-SXM4-40GB', mig: { enabled: false, pending: false } },
  ])
  expect(gpus[1]?.geometry).toBeNull()
  // From R550 on, a GPU has its geometry with MIG off, too.
  expect(gpus[2]?.geometry).toEqual(gpus[0]?.geometry)
  expect(new Set(gpus.map(({ uuid }) => uuid)).size).toBe(3)
})

test('created instances are read back with their names, placements and UUIDs', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
  const { id } = await session.createGpuInstance(gpu, 9, { start: 4, size: 4 })
  const small = await session.createComputeInstance(gpu, id, 0, { start: 1, size: 1 })
  await createDevices(session, gpu, ['1g.5gb+me'])

  const { gpuInstances } = (await session.readState()).gpus[0] ?? {}
  expect(gpuInstances).toMatchObject([
    { profileName: '1g.5gb+me', computeInstances: [{ name: '1g.5gb+me', sliceCount: 1 }] },
    {
      id,
      profileId: 9,
      profileName: '3g.20gb',
      placement: { start: 4, size: 4 },
      computeInstances: [
        { id: small.id, name: '1c.3g.20gb', sliceCount: 1, placement: { start: 1, size: 1 } },
      ],
    },
  ])
  for (const instance of gpuInstances ?? []) {
    for (const { uuid } of instance.computeInstances) expect(uuid).toMatch(/^MIG-[0-9a-f-]{36}$/)
  }
})

test('a state has instances in the order of their placements, whatever their ids', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
  await createDevices(session, gpu, ['1g.5gb', '2g.10gb', '3g.20gb'].reverse())
  await createDevices(session, gpu, ['1g.5gb'])
  const { gpuInstances } = (await session.readState()).gpus[0] ?? {}
  const starts = gpuInstances?.map(({ placement }) => placement.start) ?? []
  expect(starts).toHaveLength(4)
  expect(starts).toEqual(starts.toSorted((a, b) => a - b))
})

test('a state is frozen at every depth', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const state = await session.readState()
  const placements = state.gpus[0]?.geometry?.profiles[0]?.placements
  expect(() => Object.assign(placements?.[0] ?? {}, { start: 9 })).toThrow(TypeError)
  expect(() => Object.assign(state, { gpus: [] })).toThrow(TypeError)
  expect(JSON.parse(JSON.stringify(state))).toEqual(state)
})

test('a GPU with another name is never taken for the GPU before it with the same UUID', async () => {
  // Machines that follow one another in one process can have the same number and the same UUIDs.
  const names: (string | undefined)[] = []
  for (const model of ['A100-SXM4-40GB', 'A30']) {
    using machine = createSimulatedMachine(`1x ${model} +mig`)
    await using session = await openSession({ library: machine.library })
    names.push((await session.readState()).gpus[0]?.geometry?.profiles[0]?.name)
  }
  expect(names).toEqual(['1g.5gb', '1g.6gb'])
})

test('a process without rights still reads which GPUs there are', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB', { privileges: 'none' })
  await using session = await openSession({ library: machine.library })
  expect((await session.readState()).gpus).toMatchObject([
    { name: 'NVIDIA A100-SXM4-40GB', mig: { enabled: false } },
  ])
})
