import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { catalogGeometry, listCatalogGpus } from '../../../lib/model/catalog.js'
import { type RawGpu, toGeometry } from '../../../lib/model/catalog-file.js'

const read = (name: string): { readonly gpus: readonly RawGpu[] } =>
  JSON.parse(readFileSync(new URL(`../../../catalog/${name}`, import.meta.url), 'utf8'))
const { gpus } = read('mig-gpus.json')

describe('the catalog says what its file says', () => {
  test.each(gpus)('of $key', (raw) => {
    const gpu = listCatalogGpus().find(({ key }) => key === raw.key)
    expect(gpu).toMatchObject({
      memoryMiB: raw.memoryTotalMiB.value,
      memoryUnits: raw.memorySlices,
      computeSlices: raw.computeSlices,
      modeChangeNeedsReset: raw.modeChangeNeedsReset.value,
      gpuInstanceIds: raw.giIdBySpan?.identity ?? null,
    })
    const ids = gpu?.products.map(({ pciDeviceId }) => pciDeviceId)
    expect(ids).toEqual(
      raw.products.map(({ nvmlPciDeviceId: id }) => (id === null ? null : Number.parseInt(id, 16))),
    )
  })

  const complete = gpus.filter((raw) => toGeometry(raw) !== null)
  test.each(complete)('of the profiles of $key', (raw) => {
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

  test('and nearly all of them are complete', () => {
    expect(complete.length).toBeGreaterThan(gpus.length / 2)
  })
})

describe('a geometry is withheld where one figure of one profile is not known', () => {
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
    ['what it splits into', { computeInstanceProfiles: null }],
    ['what a part of it has', { computeInstanceProfiles: [blind] }],
    ['its copy engines', { copyEngineCount: null }],
    ['its decoders', { decoderCount: null }],
    ['its encoders', { encoderCount: null }],
    ['its JPEG decoders', { jpegCount: null }],
    ['its optical flow accelerators', { ofaCount: null }],
  ])('%s', (_, part) => {
    expect(toGeometry(without({}))).not.toBeNull()
    expect(toGeometry(without(part))).toBeNull()
  })

  test('and where no profile is', () => {
    expect(toGeometry({ ...raw, gpuInstanceProfiles: [] })).toBeNull()
  })
})
