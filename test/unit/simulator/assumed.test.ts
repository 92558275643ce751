// The assumed figures of the simulated driver follow the rules beside their values, and never replace a
// published one.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { withAssumedFacts } from '../../../scripts/assumed-facts.mjs'

interface Profile {
  readonly name: string
  readonly enumIndex: number
  readonly id: number
  readonly sliceCount: number
  readonly multiprocessorCount: number
  readonly memorySizeMB: number
  readonly computeInstanceProfiles: readonly Omit<Profile, 'memorySizeMB'>[]
}

interface Gpu {
  readonly key: string
  readonly memoryTotalMiB: { readonly value: number }
  readonly smCount: { readonly full: number }
  readonly computeSlices: number
  readonly gpuInstanceProfiles: readonly Profile[]
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../catalog/${name}`, import.meta.url), 'utf8')).gpus
const facts: readonly Gpu[] = read('mig-gpus.json')
const filled: readonly Gpu[] = withAssumedFacts(facts, read('assumed.json'))
const gpu = (key: string): Gpu => filled.find((each) => each.key === key) as Gpu

/** All that the driver reports about a profile. */
const figuresOf = (profile: Profile): readonly unknown[] =>
  [profile, ...profile.computeInstanceProfiles].flatMap((each) =>
    Object.entries(each).flatMap(([name, value]) =>
      name === 'id' || /(Count|SizeMB)$/.test(name) ? [value] : [],
    ),
  )

const suffix = (name: string): string => name.replace(/^[^+-]*/, '')
const even = (count: number): number => 2 * Math.floor(count / 2)

test('every model has all figures but the iGPU of Thor and the H20 NVL16, of which only the names are known', () => {
  const withGaps = filled.filter(
    ({ gpuInstanceProfiles, memoryTotalMiB, smCount }) =>
      gpuInstanceProfiles.length === 0 ||
      [memoryTotalMiB.value, smCount.full, ...gpuInstanceProfiles.flatMap(figuresOf)].includes(
        null,
      ),
  )
  expect(withGaps.map(({ key }) => key)).toEqual(['h20-nvl16', 'thor-igpu'])
})

// Public gpu-feature-discovery labels of an H20 node, and a public nvidia-smi mig -lgip of an H20.
test('the H20 has the memory and the multiprocessors that were measured', () => {
  const measured = ['1g.12gb', '1g.12gb+me', '1g.24gb', '3g.48gb'].map((name) => {
    const profile = gpu('h20-96gb').gpuInstanceProfiles.find((each) => each.name === name)
    return [name, profile?.memorySizeMB, profile?.multiprocessorCount]
  })
  expect(measured).toEqual([
    ['1g.12gb', 12032, 8],
    ['1g.12gb+me', 12032, 8],
    ['1g.24gb', 24192, 8],
    ['3g.48gb', 48512, 32],
  ])
})

test('the unmeasured sizes of the H20 have the multiprocessor shares of the H100', () => {
  const like = gpu('h100-80gb-sxm')
  for (const name of ['2g.24gb', '4g.48gb']) {
    const profile = gpu('h20-96gb').gpuInstanceProfiles.find((each) => each.name === name)
    const twin = like.gpuInstanceProfiles.find(({ enumIndex }) => enumIndex === profile?.enumIndex)
    const share = ((twin?.multiprocessorCount ?? 0) * 78) / 132
    expect([name, profile?.multiprocessorCount]).toEqual([name, even(share)])
  }
})

test('the H20-3e has the multiprocessors of the H20', () => {
  const counts = (key: string) =>
    gpu(key).gpuInstanceProfiles.map((profile) =>
      [profile, ...profile.computeInstanceProfiles].map((each) => each.multiprocessorCount),
    )
  expect(counts('h20-3e-141gb')).toEqual(counts('h20-96gb'))
})

describe.each([
  'rtx-pro-5000-blackwell-48gb',
  'rtx-pro-5000-blackwell-72gb',
  'rtx-pro-4500-blackwell',
  'rtx-6000d',
])('%s', (key) => {
  const { gpuInstanceProfiles, memoryTotalMiB, computeSlices } = gpu(key)
  // Four slices each: their halves and wholes equal the measured ones.
  const measured = [gpu('rtx-pro-6000-blackwell'), gpu('a30-24gb')].flatMap((each) =>
    each.gpuInstanceProfiles.map((profile) => ({
      share: profile.sliceCount / each.computeSlices,
      suffix: suffix(profile.name),
      id: profile.id,
    })),
  )

  test('a model with assumed ids has the ids of measured profiles with the same share of the GPU', () => {
    for (const profile of gpuInstanceProfiles) {
      const like = measured.find(
        (each) =>
          each.share === profile.sliceCount / computeSlices && each.suffix === suffix(profile.name),
      )
      expect([profile.name, profile.id]).toEqual([profile.name, like?.id])
    }
  })

  // MIG User Guide, go-nvlib: the share of the memory in eighths, times the memory in whole GiB.
  test('a model with assumed figures has profile names that follow from its memory', () => {
    const total = memoryTotalMiB.value
    for (const { name, memorySizeMB, sliceCount } of gpuInstanceProfiles) {
      const gb = Math.round((Math.ceil((8 * memorySizeMB) / total) / 8) * Math.ceil(total / 1024))
      expect(name).toBe(`${sliceCount}g.${gb}gb${suffix(name)}`)
      expect(memorySizeMB).toBeLessThanOrEqual((total * sliceCount) / computeSlices)
    }
  })

  test('a model with assumed figures has a full compute instance in every GPU instance', () => {
    for (const profile of gpuInstanceProfiles) {
      expect(profile.computeInstanceProfiles.at(-1)).toMatchObject({
        // NVML's name of a compute instance omits the +me of its GPU instance.
        name: profile.name.replace(/\+me$/, ''),
        multiprocessorCount: profile.multiprocessorCount,
      })
    }
  })
})

test('no guess covers a figure that is published', () => {
  const guess = [{ key: 'a30-24gb', assumptions: [], values: { smCount: { full: 60 } } }]
  expect(() => withAssumedFacts(facts, guess)).toThrow('a30-24gb.smCount.full is a known fact')
  const stranger = [{ key: 'a31', assumptions: [], values: {} }]
  expect(() => withAssumedFacts(facts, stranger)).toThrow('no GPU has the key a31')
})
