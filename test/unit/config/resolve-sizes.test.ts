import { describe, expect, test } from 'vitest'
import { catalogGeometry, listCatalogGpus } from '../../../lib/model/catalog.js'
import type { MigState } from '../../../types/model/state.js'
import { a100, namesOf, on, resolve } from '../../support/resolving.js'
import { stateOf } from '../../support/state.js'

describe('sizes', () => {
  test('sizes become profile ids of each GPU, which differ between models', () => {
    const mixed = stateOf([{ key: 'a100-40gb' }, { key: 'a30-24gb' }])
    const { gpus } = resolve(mixed, on([0], { '1g.5gb': 7 }), on([1], { '1g.6gb': 4 }))
    expect(gpus.map(({ wanted }) => wanted)).toEqual([
      [{ profileId: 19, sliceCount: 1, count: 7 }],
      [{ profileId: 14, sliceCount: 1, count: 4 }],
    ])
  })

  test('one name is different profiles on an A100 with 40 GB and one with 80 GB', () => {
    const mixed = stateOf([{ key: 'a100-40gb' }, { key: 'a100-80gb' }])
    const { gpus } = resolve(mixed, on('all', { '1g.10gb': 4 }))
    expect(gpus.map(({ wanted }) => wanted[0]?.profileId)).toEqual([15, 19])
  })

  test.each([
    ['the full compute instance by its long name', { '1c.1g.5gb': 7 }, { '1g.5gb': 7 }],
    ['two spellings of one size, which add up', { '1c.1g.5gb': 3, '1g.5gb': 4 }, { '1g.5gb': 7 }],
    ['a count of 0, which is nothing', { '1g.5gb': 7, '2g.10gb': 0 }, { '1g.5gb': 7 }],
    ['no sizes', {}, {}],
    [
      'parts of GPU instances',
      { '1c.3g.20gb': 2, '2c.3g.20gb': 2 },
      { '1c.3g.20gb': 2, '2c.3g.20gb': 2 },
    ],
    [
      'a full and a divided one',
      { '3g.20gb': 1, '1c.3g.20gb': 3 },
      { '3g.20gb': 1, '1c.3g.20gb': 3 },
    ],
    ['attributes', { '1g.5gb+me': 1, '1g.5gb': 6 }, { '1g.5gb+me': 1, '1g.5gb': 6 }],
    // Whether they fit is decided later.
    ['more than fit', { '1g.5gb': 8 }, { '1g.5gb': 8 }],
  ])('sizes may be %s', (_, sizes, expected) => {
    expect(namesOf(resolve(a100, on('all', sizes)))).toEqual({ 0: expected })
  })

  test("sizes may have the names of the driver, or those of NVIDIA's rule", () => {
    const [gpu] = a100.gpus
    const renamed: MigState = {
      ...a100,
      gpus: a100.gpus.map((original) => ({
        ...original,
        // As drivers of R535 do.
        geometry: {
          profiles: (original.geometry?.profiles ?? []).map((profile) =>
            profile.name === '7g.40gb' ? { ...profile, name: '7g.39gb' } : profile,
          ),
        },
      })),
    }
    const id = gpu?.geometry?.profiles.find(({ name }) => name === '7g.40gb')?.id
    for (const name of ['7g.39gb', '7g.40gb']) {
      expect(resolve(renamed, on('all', { [name]: 1 })).gpus[0]?.wanted[0]?.profileId).toBe(id)
    }
  })

  // What Slurm, nos, HAMi and volcano write: the memory of the instance in rounded GiB.
  test.each([
    ['a100-80gb', '7g.79gb', '7g.80gb'],
    ['a100-80gb', '3g.39gb', '3g.40gb'],
    ['a100-80gb', '1c.3g.39gb', '1c.3g.40gb'],
    ['h100-80gb-sxm', '7g.79gb', '7g.80gb'],
    ['a100-40gb', '7g.39gb', '7g.40gb'],
    ['h200-141gb-sxm', '1g.16gb', '1g.18gb'],
    ['h200-141gb-sxm', '1g.16gb+me', '1g.18gb+me'],
    ['a30-24gb', '4g.23gb', '4g.24gb'],
  ])('sizes of %s may have the rounded memory in their name: %s is %s', (key, given, published) => {
    const state = stateOf([{ key }])
    expect(namesOf(resolve(state, on('all', { [given]: 1 })))).toEqual({ 0: { [published]: 1 } })
  })

  test('counts add up if a size has its published name and one with rounded memory', () => {
    const { gpus } = resolve(
      stateOf([{ key: 'a100-80gb' }]),
      on('all', { '3g.39gb': 1, '3g.40gb': 1 }),
    )
    expect(gpus[0]?.wanted).toEqual([{ profileId: 9, sliceCount: 3, count: 2 }])
  })

  const known = listCatalogGpus().filter((gpu) => catalogGeometry(gpu) !== null)

  test.each(known.map(({ key }) => key))(
    'a published name of %s means the published profile, and no name means two',
    (key) => {
      const state = stateOf([{ key }])
      const profiles = state.gpus[0]?.geometry?.profiles ?? []
      const wantedBy = (name: string): unknown =>
        resolve(state, on('all', { [name]: 1 })).gpus[0]?.wanted[0]?.profileId
      for (const { id, name, memoryMiB } of profiles) {
        expect([name, wantedBy(name)]).toEqual([name, id])
        const gib = Math.round(memoryMiB / 1024)
        const rounded = name.replace(/\.\d+gb/, `.${gib}gb`)
        const namesake = profiles.find((profile) => profile.name === rounded)
        expect([rounded, wantedBy(rounded)]).toEqual([rounded, namesake?.id ?? id])
      }
    },
  )

  test('sizes come from the catalog if the driver reports none', () => {
    const silent = stateOf([{ key: 'a100-40gb', geometry: null }])
    const resolved = resolve(silent, on('all', { '1c.3g.20gb': 3 }))
    expect(namesOf(resolved)).toEqual({ 0: { '1c.3g.20gb': 3 } })
  })
})
