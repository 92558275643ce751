import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compactFleet, packFleet, verifyBound } from '../../../lib/fleet.js'
import type { FleetCompaction } from '../../../types/fleet/moves.js'
import type { FleetPacking, PackFleetProblem } from '../../../types/fleet/pack.js'
import { moveCosts as costs, fleetWithGap as inUse } from '../../support/fleet-with-gap.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const model = 'A100-SXM4-40GB'

/** A problem in which rounding leaves a gap that only whole numbers close. */
const packing: PackFleetProblem = {
  requests: [
    { profile: '2g.10gb', count: 2 },
    { profile: '1g.10gb', count: 6 },
    { profile: '3g.20gb' },
    { need: { memoryMiB: 5500 } },
  ],
  gpus: [
    { id: 'a', model: 'A30', count: 3 },
    { id: 'b', model, count: 2 },
  ],
}
function hasHighs(folder: string): boolean {
  const above = dirname(folder)
  return existsSync(join(folder, 'node_modules/highs')) || (above !== folder && hasHighs(above))
}

// An installation without the optional package: no folder above has it either.
let folder = ''
beforeAll(() => {
  const bare = [tmpdir(), '/var/tmp', '/dev/shm'].find(
    (each) => existsSync(each) && !hasHighs(each),
  )
  if (bare === undefined) throw new Error('every place for temporary files has highs above it')
  folder = mkdtempSync(join(bare, 'mig-nvml-'))
  for (const part of ['dist', 'catalog'])
    cpSync(join(root, part), join(folder, part), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function runWithout(): {
  readonly loads: string
  readonly packed: FleetPacking
  readonly compacted: FleetCompaction
} {
  const program = `
    import { compactFleet, packFleet } from './dist/fleet.js'
    const loads = await import('highs').then(() => 'found', ({ code }) => code)
    const packed = await packFleet(${JSON.stringify(packing)})
    const compacted = await compactFleet(${JSON.stringify(inUse)}, { costs: ${JSON.stringify(costs)} })
    console.log(JSON.stringify({ loads, packed, compacted }))`
  const { NODE_PATH: _path, ...env } = process.env
  const out = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: folder,
    env,
    encoding: 'utf8',
  })
  return JSON.parse(out) as ReturnType<typeof runWithout>
}

test('Without highs, packFleet still answers, with the bound of the relaxation and the gap that it leaves', async () => {
  const { loads, packed, compacted } = runWithout()
  expect(loads).toBe('ERR_MODULE_NOT_FOUND')

  expect(packed.proof).toBe('class-relaxation')
  expect(packed.gap).toBeGreaterThan(0)
  expect(packed).toEqual(await packFleet(packing, { solver: 'own' }))
  expect(verifyBound(packing, packed.certificate)).toEqual({
    valid: true,
    lowerBound: packed.lowerBound,
  })
  expect(await packFleet(packing)).toMatchObject({ proof: 'milp', gap: 0 })

  expect(compacted.proof).toBe('class-relaxation')
  expect(compacted.gap).toBeGreaterThan(0)
  expect(compacted).toEqual(await compactFleet(inUse, { costs, solver: 'own' }))
  const best = await compactFleet(inUse, { costs })
  expect(best.gap).toBe(0)
  expect(compacted.lowerBound.cost).toBeLessThanOrEqual(best.cost)
  expect(best.cost).toBeLessThan(compacted.cost)
})
