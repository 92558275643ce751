// The number of legal sets of GPU instances, found by trying all of them, equals the catalog's own count.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { run } from './programs.js'
import { runCalls } from './shell.js'

interface Assumptions {
  readonly key: string
  readonly assumptions: readonly { readonly field: string }[]
}

interface Geometry {
  readonly key: string
  readonly bruteForce?: Readonly<Record<'baseProfiles' | 'allProfiles', object>>
}

const readGpus = <Entry>(name: string): readonly Entry[] => {
  const file = new URL(`../../../catalog/${name}`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).gpus
}
const gpus = readGpus<Geometry>('mig-gpus.json')
const assumed = new Map(
  readGpus<Assumptions>('assumed.json').map((entry) => [entry.key, entry] as const),
)

// GPUs with a gap that no sound rule fills are refused by name.
const notSimulated = ['h20-nvl16', 'thor-igpu']
const simulated = gpus.filter(({ key }) => !notSimulated.includes(key))

test.each(simulated)(
  'the legal layouts of $key are those of brute force',
  ({ key, bruteForce }) => {
    // The RTX PRO 5000 72GB has no table of its own, so it has the counts of its 48 GB relative.
    const profilesAreAssumed = assumed
      .get(key)
      ?.assumptions.some(({ field }) => field === 'gpuInstanceProfiles')
    const like = gpus.find((gpu) => gpu.key === 'rtx-pro-5000-blackwell-48gb')
    const expected = profilesAreAssumed ? like?.bruteForce : bruteForce
    const counts = JSON.parse(run('layouts', { MACHINE: `${key} +mig`, DRIVER: '610.43.02' }))
    expect(expected).toBeDefined()
    expect(counts.baseProfiles).toMatchObject(expected?.baseProfiles ?? {})
    expect(counts.allProfiles).toMatchObject(expected?.allProfiles ?? {})
  },
)

test('each model lists its assumed figures', () => {
  const [models] = runCalls('A100-SXM4-40GB', ['control models'])
  const reported = models?.['reply'] as readonly { key: string; assumed: readonly string[] }[]
  expect(
    new Set(reported.filter((model) => model.assumed.length > 0).map(({ key }) => key)),
  ).toEqual(new Set(assumed.keys()))
  for (const { key, assumed: fields } of reported) {
    expect(fields).toEqual(assumed.get(key)?.assumptions.map(({ field }) => field) ?? [])
  }
})

test.each(notSimulated)('the model %s is refused, and the error names the missing fact', (key) => {
  const [answer] = runCalls('A100-SXM4-40GB', [`control create machine="${key}" driver=610.43.02`])
  expect(answer?.ret).not.toBe(0)
  expect(JSON.stringify(answer?.['reply'])).toMatch(/cannot be simulated: .* not published/)
})
