import { describe, expect, test } from 'vitest'
import {
  catalogGeometry,
  describeAmbiguity,
  findCatalogGpu,
  findCatalogModel,
  listCatalogGpus,
} from '../../../lib/model/catalog.js'
import { completeGeometry } from '../../../lib/model/geometry.js'
import type { GpuState } from '../../../types/model/state.js'
import { stateOf } from '../../support/state.js'

const usable = listCatalogGpus().flatMap((gpu) => {
  const geometry = catalogGeometry(gpu)
  return geometry === null ? [] : [{ key: gpu.key, gpu, geometry }]
})

describe.each(usable)('$key', ({ gpu, geometry }) => {
  test('the profiles have unique names and ids, in the order of the profile index', () => {
    const { profiles } = geometry
    expect(new Set(profiles.map(({ name }) => name)).size).toBe(profiles.length)
    expect(new Set(profiles.map(({ id }) => id)).size).toBe(profiles.length)
    const indexes = profiles.map(({ index }) => index)
    expect(indexes).toEqual(indexes.toSorted((a, b) => a - b))
  })

  test('the catalog places every profile inside the memory', () => {
    for (const { placements } of geometry.profiles) {
      expect(placements.length).toBeGreaterThan(0)
      for (const { start, size } of placements) {
        expect(start + size).toBeLessThanOrEqual(gpu.memoryUnits)
      }
    }
  })

  test('every GPU instance has a full compute instance with the same name', () => {
    for (const {
      computeInstanceProfiles,
      multiprocessorCount,
      name,
      sliceCount,
    } of geometry.profiles) {
      const full = computeInstanceProfiles?.find(
        (profile) => profile.multiprocessorCount === multiprocessorCount,
      )
      expect(full).toMatchObject({ name, sliceCount })
    }
  })

  test('findCatalogGpu finds a GPU by the PCI id and name of each of its boards', () => {
    for (const { name, pciDeviceId } of gpu.products) {
      expect(findCatalogGpu(pciDeviceId ?? 0, name)?.key).toBe(gpu.key)
    }
  })
})

test('the catalog has no geometry for a GPU with an unknown figure', () => {
  for (const key of [
    'thor-igpu',
    'rtx-6000d',
    'rtx-pro-5000-blackwell-72gb',
    'h20-96gb',
    'h20-nvl16',
  ]) {
    const gpu = findCatalogModel(key)
    expect(gpu).not.toBeNull()
    expect(gpu === null ? null : catalogGeometry(gpu)).toBeNull()
  }
})

test('the catalog names the figures that the simulated driver assumes, and does not contain them', () => {
  expect(findCatalogModel('a100-40gb')?.assumed).toEqual([])
  expect(findCatalogModel('h20-96gb')?.assumed).toContain(
    'gpuInstanceProfiles[2g.24gb,4g.48gb].multiprocessorCount',
  )
  expect(findCatalogModel('rtx-6000d')).toMatchObject({
    memoryMiB: null,
    assumed: expect.arrayContaining(['memoryTotalMiB', 'smCount']),
  })
  expect(findCatalogModel('thor-igpu')?.assumed).toEqual([])
})

// open-gpu-kernel-modules 595.45.04, README: 230E:20DF, 20FD:17F8 and 20F5:179A.
test.each([
  [0x230e10de, 'NVIDIA H20 NVL16', 'h20-nvl16'],
  [0x20fd10de, 'NVIDIA AX800', 'a100-80gb'],
  [0x20f510de, 'NVIDIA A800 80GB PCIe LC', 'a100-80gb'],
])("the catalog knows the board %i by the driver's name %s", (pciDeviceId, name, key) => {
  expect(findCatalogGpu(pciDeviceId, name)?.key).toBe(key)
  expect(findCatalogModel(name)?.key).toBe(key)
})

test('findCatalogGpu distinguishes boards that share a PCI id by their names', () => {
  const shared = 0x2bb310de
  expect(findCatalogGpu(shared, 'NVIDIA RTX PRO 5000 Blackwell')?.key).toBe(
    'rtx-pro-5000-blackwell-48gb',
  )
  expect(findCatalogGpu(shared, 'NVIDIA RTX PRO 5000 72GB Blackwell')?.key).toBe(
    'rtx-pro-5000-blackwell-72gb',
  )
  expect(findCatalogGpu(shared, 'NVIDIA something else')).toBeNull()
  expect(findCatalogGpu(0x1eb810de, 'Tesla T4')).toBeNull()
})

test('findCatalogModel accepts usual spellings of a model', () => {
  for (const model of ['A100-SXM4-40GB', 'nvidia a100-sxm4-40gb', 'a100-40gb', ' A100-PCIE-40GB']) {
    expect(findCatalogModel(model)?.key).toBe('a100-40gb')
  }
  expect(findCatalogModel('A100')).toBeNull()
})

test('a name that several geometries share finds no model, and the message lists all their keys', () => {
  const keysByName = new Map<string, Set<string>>()
  for (const { key, products } of listCatalogGpus()) {
    for (const { name } of products) {
      keysByName.set(name, (keysByName.get(name) ?? new Set()).add(key))
    }
  }
  expect(keysByName.get('NVIDIA H100')?.size).toBe(2)
  for (const [name, keys] of keysByName) {
    const [only] = keys
    expect(findCatalogModel(name)?.key, name).toBe(keys.size === 1 ? only : undefined)
    const named = describeAmbiguity(name)?.match(/[a-z]+\d+-[\w-]+/g) ?? []
    expect(new Set(named), name).toEqual(keys.size === 1 ? new Set() : keys)
  }
})

describe('completing what a driver reports', () => {
  const gpuOf = (changes: Partial<GpuState> = {}): GpuState => {
    const [gpu] = stateOf([{ key: 'a100-40gb' }]).gpus
    if (gpu === undefined) throw new Error('no GPU')
    return { ...gpu, ...changes }
  }
  const withoutCompute = (gpu: GpuState): GpuState => ({
    ...gpu,
    geometry: {
      profiles: (gpu.geometry?.profiles ?? []).map((profile) => ({
        ...profile,
        computeInstanceProfiles: null,
      })),
    },
  })

  test('completeGeometry returns a complete geometry unchanged', () => {
    const gpu = gpuOf()
    expect(completeGeometry(gpu)).toBe(gpu.geometry)
  })

  test('completeGeometry uses the catalog for what the driver does not report', () => {
    expect(completeGeometry(gpuOf({ geometry: null }))).toEqual(gpuOf().geometry)
    expect(completeGeometry(withoutCompute(gpuOf()))).toEqual(gpuOf().geometry)
  })

  test('completeGeometry splits a GPU instance of an unknown GPU like others with equal slices', () => {
    const unknown = withoutCompute(gpuOf({ pciDeviceId: 0x999910de, name: 'NVIDIA X100' }))
    const splits = completeGeometry(unknown)?.profiles.map(({ name, computeInstanceProfiles }) => [
      name,
      [...new Set(computeInstanceProfiles?.map((compute) => compute.name))],
    ])
    expect(Object.fromEntries(splits ?? [])).toMatchObject({
      '1g.5gb+me': ['1g.5gb+me'],
      '3g.20gb': ['1c.3g.20gb', '2c.3g.20gb', '3g.20gb'],
      '4g.20gb': ['1c.4g.20gb', '2c.4g.20gb', '4g.20gb'],
    })
  })

  test('completeGeometry completes only the profiles that the driver leaves open', () => {
    const gpu = gpuOf()
    const profiles = (gpu.geometry?.profiles ?? []).map((profile, position) =>
      position === 0 ? profile : { ...profile, computeInstanceProfiles: null },
    )
    const known = profiles[0]
    const own = { ...known, computeInstanceProfiles: [] } as (typeof profiles)[number]
    const completed = completeGeometry({
      ...gpu,
      geometry: { profiles: [own, ...profiles.slice(1)] },
    })
    expect(completed?.profiles[0]).toBe(own)
    expect(completed?.profiles.slice(1)).toEqual(gpu.geometry?.profiles.slice(1))
  })

  test('completeGeometry leaves out what the driver is too old for', () => {
    const silent = gpuOf({ geometry: null })
    const of = (driver: string) => completeGeometry(silent, driver)?.profiles ?? []
    expect(of('450.51').every(({ index }) => index < 5)).toBe(true)
    expect(of('450.51').length).toBeLessThan(of('535.54').length)
    const placesOf = (driver: string) =>
      of(driver).flatMap(({ computeInstanceProfiles }) =>
        (computeInstanceProfiles ?? []).flatMap(({ placements }) => placements),
      )
    expect(placesOf('470.42')).toEqual([])
    expect(placesOf('525.53').length).toBeGreaterThan(0)
  })

  test('the full compute instance of an unknown GPU has all multiprocessors, however many', () => {
    const unknown = withoutCompute(gpuOf({ pciDeviceId: 0x999910de, name: 'NVIDIA X100' }))
    for (let multiprocessorCount = 1; multiprocessorCount < 130; multiprocessorCount += 1) {
      const profiles = (unknown.geometry?.profiles ?? []).map((profile) => ({
        ...profile,
        multiprocessorCount,
      }))
      const found = completeGeometry({ ...unknown, geometry: { profiles } })
      for (const { name, computeInstanceProfiles } of found?.profiles ?? []) {
        const full = (computeInstanceProfiles ?? []).filter((compute) => compute.name === name)
        const most = Math.max(...full.map((compute) => compute.multiprocessorCount))
        expect(most, `${name} with ${multiprocessorCount}`).toBe(multiprocessorCount)
      }
    }
  })

  test('an unknown GPU splits like the newest GPU that has such a profile', () => {
    const newest = listCatalogGpus().findLast((gpu) =>
      catalogGeometry(gpu)?.profiles.some(({ index }) => index === 9),
    )
    const model = newest === undefined ? null : catalogGeometry(newest)
    const idsOf = (geometry: GpuState['geometry'], wanted: number) =>
      geometry?.profiles
        .find(({ index }) => index === wanted)
        ?.computeInstanceProfiles?.map(({ id }) => id)
    const unknown = withoutCompute(gpuOf({ pciDeviceId: 0x999910de, name: 'NVIDIA X100' }))
    expect(idsOf(completeGeometry(unknown), 9)).toEqual(idsOf(model, 9))
    expect(idsOf(completeGeometry(unknown), 0)).toEqual(idsOf(model, 0))
    expect(idsOf(model, 9)).not.toEqual(idsOf(model, 0))
  })

  test('completeGeometry returns null for an unknown GPU and for one without MIG', () => {
    expect(completeGeometry(gpuOf({ geometry: null, pciDeviceId: 0x999910de }))).toBeNull()
    expect(completeGeometry(gpuOf({ geometry: null, mig: null }))).toBeNull()
  })
})
