import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { catalogGeometry, listCatalogGpus } from '../../../lib/model/catalog.js'
import {
  type RawAssumptions,
  type RawGpu,
  toCatalogGpu,
  toGeometry,
} from '../../../lib/model/catalog-file.js'
import { catalogTexts } from '../../../scripts/catalog-texts.mjs'

const read = (name: string): { readonly gpus: readonly RawGpu[] } =>
  JSON.parse(readFileSync(new URL(`../../../catalog/${name}`, import.meta.url), 'utf8'))
const { gpus } = read('mig-gpus.json')

describe('the catalog and its file', () => {
  test.each(gpus)('the catalog has the figures of its file for $key', (raw) => {
    const gpu = listCatalogGpus().find(({ key }) => key === raw.key)
    expect(gpu).toMatchObject({
      memoryMiB: raw.memoryTotalMiB.value,
      memoryUnits: raw.memorySlices,
      computeSlices: raw.computeSlices,
      modeChangeNeedsReset: raw.modeChangeNeedsReset.value,
      gpuInstanceIds: raw.giIdBySpan?.identity ?? null,
      swappedGpuInstanceIds: raw.giIdBySpan?.halvesSwapped ?? null,
    })
    const ids = gpu?.products.map(({ pciDeviceId }) => pciDeviceId)
    expect(ids).toEqual(
      raw.products.map(({ nvmlPciDeviceId: id }) => (id === null ? null : Number.parseInt(id, 16))),
    )
  })

  const complete = gpus.filter((raw) => toGeometry(raw) !== null)
  test.each(complete)('the catalog has the profiles of its file for $key', (raw) => {
    const gpu = listCatalogGpus().find(({ key }) => key === raw.key)
    const geometry = gpu === undefined ? null : catalogGeometry(gpu)
    expect(geometry?.profiles).toHaveLength(raw.gpuInstanceProfiles.length)
    for (const row of raw.gpuInstanceProfiles) {
      expect(geometry?.profiles.find(({ index }) => index === row.enumIndex)).toMatchObject({
        id: row.id,
        name: row.name,
        sliceCount: row.sliceCount,
        instanceCount: row.instanceCount,
        multiprocessorCount: row.multiprocessorCount,
        memoryMiB: row.memorySizeMB,
        engines: {
          copy: row.copyEngineCount,
          decoder: row.decoderCount,
          encoder: row.encoderCount,
          jpeg: row.jpegCount,
          ofa: row.ofaCount,
        },
        computeInstanceProfiles: row.computeInstanceProfiles?.map((compute) => ({
          id: compute.id,
          index: compute.enumIndex,
          sliceCount: compute.sliceCount,
          instanceCount: compute.instanceCount,
          multiprocessorCount: compute.multiprocessorCount,
          placements: compute.placements,
        })),
      })
    }
  })

  test('most GPUs of the catalog file have a geometry', () => {
    expect(complete.length).toBeGreaterThan(gpus.length / 2)
  })
})

describe('a profile with an unknown figure', () => {
  const raw = gpus.find(({ key }) => key === 'a100-40gb') as RawGpu
  type Row = RawGpu['gpuInstanceProfiles'][number]
  const without = (part: Partial<Row>): RawGpu => ({
    ...raw,
    gpuInstanceProfiles: raw.gpuInstanceProfiles.map((row, position) =>
      position === 2 ? { ...row, ...part } : row,
    ),
  })
  const [compute] = raw.gpuInstanceProfiles[2]?.computeInstanceProfiles ?? []
  const blind = { ...compute, multiprocessorCount: null } as NonNullable<
    Row['computeInstanceProfiles']
  >[number]

  test.each<[string, Partial<Row>]>([
    ['its id', { id: null }],
    ['its memory', { memorySizeMB: null }],
    ['its multiprocessors', { multiprocessorCount: null }],
    ['its places', { placements: null }],
    ['its compute instance profiles', { computeInstanceProfiles: null }],
    ['the multiprocessors of a compute instance profile', { computeInstanceProfiles: [blind] }],
    ['its copy engines', { copyEngineCount: null }],
    ['its decoders', { decoderCount: null }],
    ['its encoders', { encoderCount: null }],
    ['its JPEG decoders', { jpegCount: null }],
    ['its optical flow accelerators', { ofaCount: null }],
  ])('the catalog has no geometry if one profile lacks %s', (_, part) => {
    expect(toGeometry(without({}))).not.toBeNull()
    expect(toGeometry(without(part))).toBeNull()
  })

  test('the catalog has no geometry without profiles', () => {
    expect(toGeometry({ ...raw, gpuInstanceProfiles: [] })).toBeNull()
  })
})

test('what the package has of the catalog gives the same boards and geometries as the files', () => {
  const texts = catalogTexts()
  const packed = (JSON.parse(texts['mig-gpus.json']) as { readonly gpus: readonly RawGpu[] }).gpus
  const assumed = (JSON.parse(texts['assumed.json']) as { gpus: readonly RawAssumptions[] }).gpus
  expect(packed.map((gpu) => toCatalogGpu(gpu, assumed))).toEqual(listCatalogGpus())
  expect(packed.map(toGeometry)).toEqual(gpus.map(toGeometry))
})
