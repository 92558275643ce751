import { describe, expect, test } from 'vitest'
import { compactFleet, drainGpus, makeRoom, verifyPlan } from '../../../lib/fleet.js'
import type { FleetCompaction, FleetDrain, MakeRoomResult } from '../../../types/fleet/moves.js'
import type { FleetPlanAnswer, FleetPlanQuestion } from '../../../types/fleet/proof.js'
import { bestAssignment, type NaiveItem, type NaiveOutcome } from '../../support/naive-moves.js'
import fc from '../../support/property.js'
import { seeded } from '../../support/random.js'
import { tampered } from '../../support/tamper.js'
import { drawFleet, toItems, toWanted } from './drawn-fleet.js'

/** The number of fleets for each question. */
const cases = Number(process.env['MIG_NVML_FLEET_CASES'] ?? 200)

interface Asked {
  readonly question: FleetPlanQuestion
  readonly answer: FleetCompaction | FleetDrain
  /** What no plan can do better, by trying every assignment. */
  readonly best: NaiveOutcome
}

async function askCompaction(seed: number): Promise<Asked> {
  const fleet = drawFleet(seeded(seed + 5e6))
  const { gpus, requests, costs, naive } = fleet
  const answer = await compactFleet({ gpus, requests }, { costs })
  const best = bestAssignment(naive, toItems(fleet), { inUse: 1 })
  if (best === null) throw new Error('the fleet as it is is an assignment')
  const question = { kind: 'compaction', fleet: { gpus, requests }, options: { costs } } as const
  return stored({ question, answer, best })
}

async function askDrain(seed: number): Promise<Asked> {
  const random = seeded(seed + 6e6)
  const fleet = drawFleet(random)
  const { gpus, requests, costs, naive } = fleet
  const names = gpus.filter(() => random(2) === 0).map(({ id }) => id)
  const which = { gpus: names }
  const answer = await drainGpus({ gpus, requests }, which, { costs })
  const closed = new Set(names)
  const isOnDrained = ({ at }: NaiveItem): boolean => closed.has(gpus[at?.gpu ?? -1]?.id ?? '')
  const items = toItems(fleet, closed)
  const best = bestAssignment(naive, items, { stays: (item) => Number(isOnDrained(item)) })
  if (best === null) throw new Error('the fleet as it is is an assignment')
  const question = { kind: 'drain', fleet: { gpus, requests }, which, options: { costs } } as const
  return stored({ question, answer, best })
}

/** As another process would read it, years later. */
function stored(asked: Asked): Asked {
  return JSON.parse(JSON.stringify(asked)) as Asked
}

function reachedBy(answer: FleetPlanAnswer): NaiveOutcome {
  const { cost = -1 } = answer as FleetCompaction
  return { first: firstOf(answer), cost }
}

function firstOf(answer: FleetPlanAnswer): number {
  return 'left' in answer ? answer.left.length : (answer as FleetCompaction).gpus
}

/** Whether no plan is below the bound of the answer, where the answer claims to prove that. */
function isTrueBound({ answer, best }: Pick<Asked, 'answer' | 'best'>): boolean {
  const { lowerBound, proof } = answer
  if (proof === 'milp') return true
  const first = 'left' in lowerBound ? lowerBound.left : lowerBound.gpus
  return first < best.first || (first === best.first && lowerBound.cost <= best.cost)
}

describe.each([
  ['compactFleet', askCompaction],
  ['drainGpus', askDrain],
] as const)('certificates of %s', (_name, ask) => {
  test('every answer passes, those of prices are proven, and what is proven is the optimum', async () => {
    const counts = { proven: 0, unproven: 0, moved: 0 }
    for (let seed = 1; seed <= cases; seed += 1) {
      const { question, answer, best } = await ask(seed)
      const check = verifyPlan(question, answer)
      const text = `seed ${seed}: ${JSON.stringify(check)}`
      expect(check.valid, text).toBe(true)
      if (!check.valid) continue
      const { proof, gap } = answer
      if (proof === 'class-relaxation' && gap === 0) expect(check.proven, text).toBe(true)
      if (check.proven) expect(reachedBy(answer), text).toEqual(best)
      counts[check.proven ? 'proven' : 'unproven'] += 1
      counts.moved += Number(answer.cost > 0)
    }
    expect(counts.proven).toBeGreaterThan(cases * 0.9)
    expect(counts.moved).toBeGreaterThan(cases / 50)
  }, 120_000)

  test('an answer to another question passes only where all that it claims is true there, too', async () => {
    let refused = 0
    const all = await Promise.all(Array.from({ length: 30 }, (_, seed) => ask(seed)))
    for (const { question, best } of all) {
      for (const { answer } of all) {
        const check = verifyPlan(question, answer)
        if (!check.valid) refused += 1
        else {
          expect(isTrueBound({ answer, best })).toBe(true)
          if (check.proven) expect(reachedBy(answer)).toEqual(best)
        }
      }
    }
    expect(refused).toBeGreaterThan(500)
  }, 120_000)

  test('an answer with changed parts is refused, or what it claims is still true', async () => {
    let refused = 0
    for (let seed = 1; seed <= 25; seed += 1) {
      const { question, answer, best } = await ask(seed)
      fc.assert(
        fc.property(tampered<Asked['answer']>(answer), (changed) => {
          const check = verifyPlan(question, changed)
          if (!check.valid) refused += 1
          else {
            expect(isTrueBound({ answer: changed, best })).toBe(true)
            expect(firstOf(changed)).toBe(firstOf(answer))
            if (check.proven) expect(reachedBy(changed)).toEqual(best)
          }
        }),
        { numRuns: 100, seed },
      )
    }
    expect(refused).toBeGreaterThan(1500)
  }, 120_000)
})

interface AskedRoom {
  readonly question: FleetPlanQuestion
  readonly answer: MakeRoomResult
  /** The least cost by trying every assignment. Null: there is no room. */
  readonly best: number | null
  readonly maxMoves: number
}

function askRoom(seed: number): AskedRoom {
  const random = seeded(seed + 7e6)
  const fleet = drawFleet(random)
  const { gpus, requests, wanted, costs, naive } = fleet
  const isLimited = random(4) === 0
  const options = isLimited ? { maxMoves: random(3) } : { moveCost: costs }
  const answer = makeRoom({ gpus, requests }, wanted, { ...options, certify: true })
  const items = toItems(isLimited ? { ...fleet, costs: {} } : fleet)
  const found = bestAssignment(naive, [...items, toWanted(fleet)])
  const best = found === null || found.cost > (options.maxMoves ?? Infinity) ? null : found.cost
  const of = { kind: 'room', fleet: { gpus, requests }, request: wanted, options } as const
  const plain = JSON.parse(JSON.stringify({ question: of, answer, best })) as AskedRoom
  return { ...plain, maxMoves: options.maxMoves ?? Number.POSITIVE_INFINITY }
}

/** Whether what is called proven is so. */
function isTrueRoom({ answer, best }: Pick<AskedRoom, 'answer' | 'best'>): boolean {
  return answer.kind === 'no-room'
    ? best === null
    : answer.kind === 'room' && answer.plan.cost === best
}

describe('certificates of makeRoom', () => {
  test('every answer that is proven passes as proven, and is the optimum', () => {
    const counts = { room: 0, 'no-room': 0, unknown: 0, moved: 0, priced: 0 }
    for (let seed = 1; seed <= 2 * cases; seed += 1) {
      const { question, answer, best } = askRoom(seed)
      const check = verifyPlan(question, answer)
      const text = `seed ${seed}: ${JSON.stringify([check, answer])}`
      expect(check.valid, text).toBe(true)
      if (!check.valid) continue
      counts[answer.kind] += 1
      const isBest =
        answer.kind === 'no-room' ||
        (answer.kind === 'room' && answer.plan.cost === answer.lowerBound)
      expect(check.proven, text).toBe(isBest)
      if (check.proven) expect(isTrueRoom({ answer, best }), text).toBe(true)
      if (answer.certificate?.cost != null) counts.priced += 1
      counts.moved += Number(answer.kind === 'room' && answer.plan.moves.length > 0)
    }
    for (const count of [counts.moved, counts['no-room'], counts.priced])
      expect(count, JSON.stringify(counts)).toBeGreaterThan(cases / 30)
  }, 120_000)

  test('a certificate without prices makes the check try every cheaper plan, and proves the least cost and no more', () => {
    let proven = 0
    for (let seed = 1; seed <= cases; seed += 1) {
      const { question, answer, best } = askRoom(seed)
      const withBound = (cost: number | null, searchSteps = 20_000): MakeRoomResult => ({
        ...answer,
        ...(answer.kind !== 'no-room' && { lowerBound: cost ?? 0 }),
        certificate: { version: 1, kind: 'room', lowerBound: { cost }, cost: null, searchSteps },
      })
      const text = `seed ${seed}: ${JSON.stringify(answer)}`
      const isTrivial = best === 0 || answer.certificate?.cost === null
      expect(verifyPlan(question, withBound(best)), text).toEqual({ valid: true, proven: true })
      if (isTrivial) continue
      proven += 1
      expect(verifyPlan(question, withBound(best, 0)), text).toMatchObject({ valid: false })
      if (answer.kind === 'no-room') continue
      const noRoom: MakeRoomResult = {
        ...withBound(null),
        kind: 'no-room',
        proof: 'exhaustive',
        maxMoves: null,
      }
      expect(verifyPlan(question, noRoom), text).toMatchObject({ valid: false })
    }
    expect(proven).toBeGreaterThan(cases / 4)
  }, 120_000)

  test('an answer to another question passes as proven only where it is the optimum there, too', () => {
    let refused = 0
    const all = Array.from({ length: 60 }, (_, seed) => askRoom(seed))
    for (const { question, best } of all) {
      for (const { answer } of all) {
        const check = verifyPlan(question, answer)
        if (!check.valid) refused += 1
        else if (check.proven)
          expect(isTrueRoom({ answer, best }), JSON.stringify([question, answer])).toBe(true)
      }
    }
    expect(refused).toBeGreaterThan(1500)
  }, 120_000)

  test('an answer with changed parts is refused, or it is not called proven, or it is the optimum', () => {
    let refused = 0
    for (let seed = 1; seed <= 40; seed += 1) {
      const { question, answer, best } = askRoom(seed)
      fc.assert(
        fc.property(tampered<MakeRoomResult>(answer), (changed) => {
          const check = verifyPlan(question, changed)
          if (!check.valid) refused += 1
          else if (check.proven) expect(isTrueRoom({ answer: changed, best })).toBe(true)
        }),
        { numRuns: 60, seed },
      )
    }
    expect(refused).toBeGreaterThan(1000)
  }, 120_000)
})
