import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSimulatedMachine, listSimulatedModels } from '../../lib/simulator.js'
import type { SimulatedGpuSpec, SimulatedMachine } from '../../types/simulator/machine.js'
import { readMigState } from '../support/read-state.js'
import {
  type CatalogGpu,
  type CatalogProfile,
  isComplete,
  readSimulatedCatalog,
  type Span,
} from './catalog.js'
import { isMissing, peerPath } from './peer.js'
import { output } from './run.js'

const script = (name: string): string => fileURLToPath(new URL(`ml-py/${name}`, import.meta.url))

describe.skipIf(isMissing('nvidia-ml-py'))('nvidia-ml-py', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ml-py-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function runScript(machine: SimulatedMachine, name: string, ...args: string[]): Promise<string> {
    const env = { ...process.env, ...machine.env }
    return output(peerPath('nvidia-ml-py'), [script(name), ...args], { env })
  }

  describe('walks every GPU of the catalog', () => {
    const models = readSimulatedCatalog().filter(isComplete)
    let walk: Walk
    let left: SimulatedMachine

    beforeAll(async () => {
      left = createSimulatedMachine(
        [...models.map(specOf), { model: 'Tesla T4' }],
        // Every model of the catalog has a driver by then.
        { store: join(folder, 'walk'), driver: 'R610' },
      )
      walk = JSON.parse(await runScript(left, 'walk.py'))
    })
    afterAll(() => left?.close())

    test('every catalog entry without an open gap can be simulated, and no other', () => {
      const simulated = listSimulatedModels()
        .filter(({ migCapable }) => migCapable)
        .map(({ key }) => key)
      expect([...new Set(simulated)].sort()).toEqual(models.map(({ key }) => key).sort())
    })

    test.each(models.map((gpu, index) => [gpu.key, gpu, index] as const))(
      '%s',
      (_key, gpu, index) => {
        const found = walk.gpus[index] as WalkedGpu
        expect(found).toMatchObject(gpuOfCatalog(gpu, index))
        expect(found.profiles.map(({ enumIndex }) => enumIndex)).toEqual(
          gpu.gpuInstanceProfiles.map(({ enumIndex }) => enumIndex).sort((a, b) => a - b),
        )
        for (const profile of gpu.gpuInstanceProfiles) compareProfile(gpu, profile, found)
      },
    )

    test('nvidia-ml-py sees that a GPU has no MIG, and the rest of the GPU answers', () => {
      expect(walk.gpus.at(-1)).toMatchObject({ name: 'Tesla T4', mig: null, profiles: [] })
    })

    // open-gpu-kernel-modules, gpu_uuid.c: made of the GPU instance's id and the graphics engine.
    test('nvidia-ml-py sees one UUID for each pair of instance ids, whatever the size and the place', () => {
      const idsOf = new Map<string, string>()
      const uuidOf = new Map<string, string>()
      for (const gpu of walk.gpus) {
        for (const { id, computeProfiles } of gpu.profiles.flatMap(({ instances }) => instances)) {
          for (const { device } of computeProfiles.flatMap((each) => each.instances)) {
            const ids = `${gpu.uuid} ${id} ${device.computeInstanceId}`
            expect(uuidOf.get(ids) ?? device.uuid).toBe(device.uuid)
            expect(idsOf.get(device.uuid) ?? ids).toBe(ids)
            uuidOf.set(ids, device.uuid)
            idsOf.set(device.uuid, ids)
          }
        }
      }
      expect(uuidOf.size).toBeGreaterThan(walk.gpus.length)
      expect(new Set(walk.gpus.map(({ uuid }) => uuid)).size).toBe(walk.gpus.length)
    })

    test('the walk of nvidia-ml-py changes nothing', () => {
      const { gpus } = left.describe()
      expect(gpus.flatMap(({ gpuInstances }) => gpuInstances)).toEqual([])
    })
  })

  test('this library sees what nvidia-ml-py creates and destroys', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig, H100 80GB HBM3 +mig', {
      store: join(folder, 'change'),
    })
    const read = async (): Promise<unknown> =>
      (await readMigState({ library: machine.library })).gpus.map(({ gpuInstances }) =>
        gpuInstances.map(({ id, profileId, placement, computeInstances }) => ({
          id,
          profileId,
          placement,
          computeInstances: computeInstances.map((compute) => ({
            id: compute.id,
            profileId: compute.profileId,
            placement: compute.placement,
            uuid: compute.uuid,
          })),
        })),
      )

    const made = JSON.parse(await runScript(machine, 'change.py', 'create'))
    expect(made.flat()).toHaveLength(7)
    expect(await read()).toEqual(made)
    const kept = JSON.parse(await runScript(machine, 'change.py', 'destroy-half'))
    expect(kept.flat().length).toBeLessThan(7)
    expect(await read()).toEqual(kept)
    await runScript(machine, 'change.py', 'destroy')
    expect(await read()).toEqual([[], []])
  })
})

function gpuOfCatalog(gpu: CatalogGpu, index: number): Partial<WalkedGpu> {
  const [product] = gpu.products
  return {
    index,
    name: product?.nvmlName ?? '',
    pciDeviceId: Number(product?.nvmlPciDeviceId),
    memoryMiB: gpu.memoryTotalMiB.value ?? 0,
    architecture: gpu.nvmlArchitecture,
    computeCapability: gpu.computeCapability.split('.').map(Number),
    isMigDevice: false,
    foundAgain: [true, true],
    mig: [0, 0],
    activation: 0,
    migAfter: [1, 1],
    maxMigDevices: gpu.maxMigDevices.value,
  }
}

function compareProfile(gpu: CatalogGpu, profile: CatalogProfile, found: WalkedGpu): void {
  const walked = found.profiles.find(({ enumIndex }) => enumIndex === profile.enumIndex)
  const info = {
    id: profile.id,
    isP2pSupported: profile.isP2pSupported,
    sliceCount: profile.sliceCount,
    instanceCount: profile.instanceCount,
    multiprocessorCount: profile.multiprocessorCount,
    copyEngineCount: profile.copyEngineCount,
    decoderCount: profile.decoderCount,
    encoderCount: profile.encoderCount,
    jpegCount: profile.jpegCount,
    ofaCount: profile.ofaCount,
    memorySizeMB: profile.memorySizeMB,
  }
  expect(walked).toMatchObject({
    name: `MIG ${profile.name}`,
    info,
    infoV1: info,
    // An empty GPU has room for as many as there may be, or as there are places.
    remaining: Math.min(profile.instanceCount, profile.placements?.length ?? 0),
  })
  expect(walked?.placements).toEqual(profile.placements)
  walked?.instances.forEach((instance, turn) => {
    const placement = profile.placements?.[turn] as Span
    expect(instance).toMatchObject({
      asked: placement,
      placement,
      profileId: profile.id,
      id: gpu.giIdBySpan?.identity[`${placement.start}:${placement.size}`] ?? instance.id,
      foundAgain: true,
      listed: 1,
    })
    expect(instance.computeProfiles.map(({ enumIndex }) => enumIndex)).toEqual(
      profile.computeInstanceProfiles.map(({ enumIndex }) => enumIndex).sort((a, b) => a - b),
    )
    for (const compute of profile.computeInstanceProfiles) {
      const part = instance.computeProfiles.find(({ enumIndex }) => enumIndex === compute.enumIndex)
      const { name, placements, id, sliceCount, instanceCount, ...counts } = computeInfo(compute)
      expect(part).toMatchObject({
        name: `MIG ${name}`,
        placements,
        info: { id, sliceCount, instanceCount, ...counts },
        remaining: Math.min(instanceCount, placements.length),
      })
      for (const made of part?.instances ?? []) {
        expect(made).toMatchObject({
          id: 0,
          profileId: id,
          placement: made.asked,
          device: {
            name: `${found.name} MIG ${name}`,
            isMigDevice: true,
            gpuInstanceId: instance.id,
            computeInstanceId: 0,
            attributes: {
              ...counts,
              gpuInstanceSliceCount: profile.sliceCount,
              computeInstanceSliceCount: sliceCount,
              memorySizeMB: profile.memorySizeMB,
            },
            memoryMiB: profile.memorySizeMB,
            parentUuid: found.uuid,
            foundAgain: true,
          },
        })
        expect(made.device.uuid).toMatch(/^MIG-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      }
    }
  })
}

function computeInfo(profile: CatalogProfile['computeInstanceProfiles'][number]) {
  const { name, placements, id, sliceCount, instanceCount, multiprocessorCount } = profile
  const { sharedCopyEngineCount, sharedDecoderCount, sharedEncoderCount } = profile
  const { sharedJpegCount, sharedOfaCount } = profile
  return {
    name,
    placements,
    id,
    sliceCount,
    instanceCount,
    multiprocessorCount,
    sharedCopyEngineCount,
    sharedDecoderCount,
    sharedEncoderCount,
    sharedJpegCount,
    sharedOfaCount,
  }
}

/** A workstation board is in the display mode that it needs for MIG. */
function specOf({ key, products: [product] }: CatalogGpu): SimulatedGpuSpec {
  const forGraphics = product?.displayMode?.value === 'graphics'
  return { model: key, ...(forGraphics ? { displayMode: 'compute' } : {}) }
}

/** What ml-py/walk.py prints. */
interface Walk {
  readonly gpus: readonly WalkedGpu[]
}

interface WalkedGpu {
  readonly index: number
  readonly name: string
  readonly uuid: string
  readonly pciDeviceId: number
  readonly memoryMiB: number
  readonly architecture: number
  readonly computeCapability: readonly number[]
  readonly isMigDevice: boolean
  readonly mig: readonly number[] | null
  readonly foundAgain: readonly boolean[]
  readonly activation?: number
  readonly migAfter?: readonly number[]
  readonly maxMigDevices?: number
  readonly profiles: readonly {
    readonly enumIndex: number
    readonly placements: readonly Span[]
    readonly instances: readonly {
      readonly id: number
      readonly computeProfiles: readonly {
        readonly enumIndex: number
        readonly instances: readonly {
          readonly asked: Span
          readonly placement: Span
          readonly device: { readonly uuid: string; readonly computeInstanceId: number }
        }[]
      }[]
    }[]
  }[]
}
