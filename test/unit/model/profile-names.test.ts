import { describe, expect, test } from 'vitest'
import { catalogGeometry, listCatalogGpus } from '../../../lib/model/catalog.js'
import { nvmlProfileName } from '../../../lib/model/nvml-profile-name.js'
import {
  compareProfileNames,
  computeInstanceName,
  formatProfileName,
  normaliseProfileName,
  parseProfileName,
  stripMigPrefix,
} from '../../../lib/model/profile-names.js'
import fc from '../../support/property.js'

const attribute = fc.stringMatching(/^[A-Za-z]([A-Za-z0-9.]{0,5}[A-Za-z0-9])?$/)
const attributes = fc.uniqueArray(attribute, { maxLength: 3 }).map((list) => list.toSorted())
const size = fc.nat({ max: 999 })
const parts = fc
  .record({
    computeSlices: size,
    slices: size,
    memoryGB: size,
    list: attributes,
    plus: fc.boolean(),
  })
  .map(({ list, plus, ...numbers }) => ({
    ...numbers,
    added: plus ? list : [],
    removed: plus ? [] : list,
  }))

test('parseProfileName reads back what formatProfileName writes', () => {
  fc.assert(
    fc.property(parts, (value) => {
      expect(parseProfileName(formatProfileName(value))).toEqual(value)
    }),
  )
})

test('normaliseProfileName leaves a normal name unchanged', () => {
  fc.assert(
    fc.property(parts, (value) => {
      const name = formatProfileName(value)
      expect(normaliseProfileName(name)).toBe(name)
    }),
  )
})

// The forms that mig-parted's parser accepts, even if no GPU has such a profile.
test.each([
  '1g.5gb',
  '1c.1g.5gb',
  '1c.3g.20gb',
  '7g.40gb',
  '1g.5gb+me',
  '1g.24gb-me',
  '1g.24gb+me.all',
  '2g.48gb+gfx',
  '1c.2g.48gb+gfx',
  '0g.0gb',
  '9c.1g.5gb',
  '2c.1g.5gb',
  '1g.5gb+ME',
  '1g.5gb+me,gfx',
  '10000g.500000gb',
  '1g.5gb+me,you,them',
  '01g.05gb',
])('parseProfileName accepts %s', (name) => {
  expect(parseProfileName(name)).not.toBeNull()
})

test.each([
  '',
  '1g',
  '1g.5',
  '5gb',
  '19',
  'bogus',
  'MIG 1g.5gb',
  '1G.5GB',
  '1g.5gb+',
  '1g.5gb-',
  '1g.5gb+me,me',
  '1g.5gb+me,',
  '1g.5gb+2me',
  '1g.5gb+.me',
  '1g.5gb+me.',
  '1g.5gb+me_x',
  '1g.5gb +me',
  '1g.5gb+ me',
  '1g.5gb+me-gfx',
  '1g.5gb+me+gfx',
  ' 1g.5gb',
  '1g.5gb ',
  '1g.5gb\n',
  '1 g.5gb',
  '1g. 5gb',
  '1r.1g.5gb',
  '1c.f1g.5gb',
  'g.5gb',
  '1g.gb',
  '1g.5gbk',
  '1g.5gb*me',
  '1g.5gb+ ,',
  '1c.1g.5gb+all.',
  '1c.1g.5gb+me-me',
  '-1g.5gb',
  '1.5g.5gb',
  '99999999999999999999g.5gb',
])('parseProfileName refuses %j', (name) => {
  expect(parseProfileName(name)).toBeNull()
})

test('normaliseProfileName gives one spelling to each size', () => {
  expect(normaliseProfileName('1c.1g.5gb')).toBe('1g.5gb')
  expect(normaliseProfileName('3c.3g.20gb')).toBe('3g.20gb')
  expect(normaliseProfileName('01g.05gb+me')).toBe('1g.5gb+me')
  expect(normaliseProfileName('1g.5gb+me,gfx')).toBe('1g.5gb+gfx,me')
  expect(normaliseProfileName('1c.3g.20gb')).toBe('1c.3g.20gb')
  expect(normaliseProfileName('not a name')).toBe('not a name')
})

test('compareProfileNames orders by slices, compute slices, memory and attributes, with other text last', () => {
  const ordered = [
    '1g.5gb',
    '1g.5gb+gfx',
    '1g.5gb+me',
    '1g.5gb-me',
    '1g.10gb',
    '1c.2g.5gb',
    '2g.5gb',
    '1c.3g.20gb',
    '2c.3g.20gb',
    '3g.20gb',
    '7g.40gb',
    '10g.5gb',
    'a text',
    'x',
  ]
  for (const [i, left] of ordered.entries()) {
    for (const [j, right] of ordered.entries()) {
      expect(Math.sign(compareProfileNames(left, right)), `${left} and ${right}`).toBe(
        Math.sign(i - j),
      )
    }
  }
})

test('computeInstanceName names a compute instance after its GPU instance', () => {
  const profile = { name: '2g.12gb+me', sliceCount: 2 }
  expect(computeInstanceName(profile, 2)).toBe('2g.12gb+me')
  expect(computeInstanceName(profile, 1)).toBe('1c.2g.12gb+me')
})

test("stripMigPrefix drops the driver's prefix and nothing else", () => {
  expect(stripMigPrefix('MIG 1g.5gb')).toBe('1g.5gb')
  expect(stripMigPrefix('1g.5gb')).toBe('1g.5gb')
  expect(stripMigPrefix('MIG MIG 1g.5gb')).toBe('MIG 1g.5gb')
  expect(stripMigPrefix('a MIG 1g.5gb')).toBe('a MIG 1g.5gb')
})

describe("NVIDIA's rule for names", () => {
  // Captured `nvidia-smi mig -lgip` tables are the oracle: the catalog holds their names as printed.
  const published = listCatalogGpus().flatMap((gpu) =>
    (catalogGeometry(gpu)?.profiles ?? []).map((profile) => ({ gpu, profile })),
  )

  test.each(published)('nvmlProfileName gives $profile.name on $gpu.key', ({ gpu, profile }) => {
    expect(gpu.memoryMiB).not.toBeNull()
    const totalMemoryBytes = (gpu.memoryMiB ?? 0) * 2 ** 20
    expect(nvmlProfileName({ ...profile, totalMemoryBytes })).toBe(profile.name)
  })

  // Worked out by hand: 4.1 eighths count as 5, and 39.2 GiB as 40; a half is rounded up.
  test.each([
    [21_000, 40_960, '3g.25gb'],
    [20_000, 40_100, '3g.20gb'],
    [10_000, 43_008, '3g.11gb'],
    [30_000, 44_032, '3g.32gb'],
  ])('nvmlProfileName rounds %i MiB of %i to %s', (memoryMiB, totalMiB, name) => {
    const totalMemoryBytes = totalMiB * 2 ** 20
    expect(nvmlProfileName({ index: 2, sliceCount: 3, memoryMiB, totalMemoryBytes })).toBe(name)
  })

  test('nvmlProfileName gives unknown profile indexes unique names', () => {
    const same = { sliceCount: 3, memoryMiB: 19968, totalMemoryBytes: 40960 * 2 ** 20 }
    const names = [2, 17, 18, 19].map((index) => nvmlProfileName({ ...same, index }))
    expect(new Set(names).size).toBe(4)
    expect(names.every((name) => parseProfileName(name) !== null)).toBe(true)
  })
})
