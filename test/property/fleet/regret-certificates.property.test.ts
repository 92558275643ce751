import { expect, test } from 'vitest'
import { verifyRegret } from '../../../lib/fleet.js'
import type { FleetRegret } from '../../../types/fleet/regret.js'
import fc from '../../support/property.js'
import { seeded } from '../../support/random.js'
import { tampered } from '../../support/tamper.js'
import { bestChoice, drawAsks, fleets, replayAsks, worthOf } from './regret-oracle.js'

interface Looked {
  readonly regret: FleetRegret
  readonly asked: number
  readonly accepted: number
  /** The most that any choice of the requests is worth, by trying each. */
  readonly best: number
}

async function look(kind: number, seed: number): Promise<Looked> {
  const fleet = fleets[kind % fleets.length] as (typeof fleets)[number]
  const { gpus } = fleet
  const asks = drawAsks(fleet, seeded(seed + 100 * kind))
  const { fleet: running, accepted } = replayAsks(gpus, asks)
  const regret = await running.regret({ certify: true })
  // As another process would read it, years later.
  const stored = JSON.parse(JSON.stringify(regret)) as FleetRegret
  return {
    regret: stored,
    asked: worthOf(asks, gpus),
    accepted: worthOf(accepted, gpus),
    best: bestChoice(gpus, asks),
  }
}

test('verifyRegret confirms what regret reports, and refuses any lower bound that no price proves', async () => {
  let better = 0
  for (let kind = 0; kind < fleets.length; kind += 1) {
    for (let seed = 1; seed <= 12; seed += 1) {
      const { regret, asked, best } = await look(kind, seed)
      expect(verifyRegret(regret)).toEqual({ valid: true })
      const { bound } = regret.memoryUnits
      const less = { ...regret, memoryUnits: { ...regret.memoryUnits, bound: bound - 1 } }
      expect(verifyRegret(less)).toEqual({
        valid: false,
        reason: `the prices prove a bound of ${bound}, not ${bound - 1}`,
      })
      expect(bound).toBeGreaterThanOrEqual(best)
      better += Number(bound < asked)
    }
  }
  // The prices do more than add up all requests.
  expect(better).toBeGreaterThan(8)
})

test('prices of another look back pass only with a bound that holds for the requests beside them', async () => {
  const all: Looked[] = []
  for (let seed = 1; seed <= 20; seed += 1) all.push(await look(1, seed))
  let passed = 0
  for (const { regret, best } of all) {
    for (const other of all) {
      const { certificate } = regret
      const prices = other.regret.certificate?.prices
      if (certificate === undefined || prices === undefined) throw new Error('no certificate')
      for (let bound = best - 1; bound <= best + 4; bound += 1) {
        const forged = {
          ...regret,
          memoryUnits: { ...regret.memoryUnits, withMoves: 0, bound },
          certificate: { ...certificate, prices },
        }
        if (!verifyRegret(forged).valid) continue
        passed += 1
        expect(bound).toBeGreaterThanOrEqual(best)
      }
    }
  }
  expect(passed).toBeGreaterThan(20)
})

test('figures and prices that somebody has changed are refused, or still true of the requests', async () => {
  let refused = 0
  for (let seed = 1; seed <= 20; seed += 1) {
    const { regret, asked, accepted, best } = await look(seed, seed)
    const { certificate, ...figures } = regret
    if (certificate === undefined) throw new Error('no certificate')
    const { prices, ...trace } = certificate
    fc.assert(
      fc.property(tampered({ figures, prices }), (changed) => {
        const forged = { ...changed?.figures, certificate: { ...trace, prices: changed?.prices } }
        if (!verifyRegret(forged as FleetRegret).valid) {
          refused += 1
          return
        }
        const { memoryUnits } = forged as FleetRegret
        expect([memoryUnits.asked, memoryUnits.accepted]).toEqual([asked, accepted])
        expect(memoryUnits.bound).toBeGreaterThanOrEqual(best)
      }),
      { numRuns: 60, seed },
    )
  }
  expect(refused).toBeGreaterThan(600)
})

test('verifyRegret never throws, whatever somebody has changed', async () => {
  const { regret } = await look(2, 3)
  fc.assert(
    fc.property(tampered(regret), (changed) => {
      expect(typeof verifyRegret(changed).valid).toBe('boolean')
    }),
    { numRuns: 2000 },
  )
})
