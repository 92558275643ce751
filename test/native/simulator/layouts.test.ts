// Every set of GPU instances that the simulated driver lets live together, counted by trying all of
// them, against the catalog's own counts.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { run } from './programs.js'
import { runCalls } from './shell.js'

interface Geometry {
  readonly key: string
  readonly bruteForce?: Readonly<Record<'baseProfiles' | 'allProfiles', object>>
}

const catalogFile = new URL('../../../catalog/mig-gpus.json', import.meta.url)
const { gpus } = JSON.parse(readFileSync(catalogFile, 'utf8')) as { gpus: readonly Geometry[] }

// GPUs with published gaps are refused by name, and only those.
const notSimulated = [
  'h20-96gb',
  'h20-3e-141gb',
  'rtx-pro-5000-blackwell-48gb',
  'rtx-pro-5000-blackwell-72gb',
  'rtx-pro-4500-blackwell',
  'rtx-6000d',
  'thor-igpu',
]
const simulated = gpus.filter(({ key }) => !notSimulated.includes(key))

test.each(simulated)('$key', ({ key, bruteForce }) => {
  const counts = JSON.parse(run('layouts', { MACHINE: `${key} +mig`, DRIVER: '610.43.02' }))
  expect(bruteForce).toBeDefined()
  expect(counts.baseProfiles).toMatchObject(bruteForce?.baseProfiles ?? {})
  expect(counts.allProfiles).toMatchObject(bruteForce?.allProfiles ?? {})
})

test.each(notSimulated)('%s is refused with the fact that is missing', (key) => {
  const [answer] = runCalls('A100-SXM4-40GB', [`control create machine="${key}" driver=610.43.02`])
  expect(answer?.ret).not.toBe(0)
  expect(JSON.stringify(answer?.['reply'])).toMatch(/cannot be simulated: .* not published/)
})
