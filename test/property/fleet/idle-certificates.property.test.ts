import { expect, test } from 'vitest'
import { makeRoom } from '../../../lib/fleet/moves/room/make-room.js'
import { verifyPlan } from '../../../lib/fleet/moves/verify/verify-plan.js'
import type { MakeRoomResult } from '../../../types/fleet/moves.js'
import type { FleetPlanQuestion } from '../../../types/fleet/proof.js'
import fc from '../../support/property.js'
import { seeded } from '../../support/random.js'
import { tampered } from '../../support/tamper.js'
import { fewestMoves, gpuOf, profiles } from './idle-room-oracle.js'

interface Asked {
  readonly question: FleetPlanQuestion
  readonly answer: MakeRoomResult
  /** The fewest moves by trying every assignment. Null: there is no room. */
  readonly best: number | null
}

const kinds = ['held', 'held', 'idle', 'pinned idle', 'pinned']

function ask(seed: number, clearIdle: boolean): Asked {
  const random = seeded(seed)
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T
  const small = profiles.filter(({ sliceCount }) => sliceCount < 4)
  const gpus = Array.from({ length: 2 + random(2) }, (_, number) =>
    gpuOf(
      number,
      Array.from({ length: 5 }, () => ({
        profile: pick(small),
        start: random(4),
        kind: pick(kinds),
      })),
    ),
  )
  const { name, id } = pick(profiles)
  const request = { id: 'new', profile: name }
  const answer = makeRoom({ gpus }, request, { clearIdle, certify: true })
  const best = fewestMoves(gpus, [id], clearIdle)
  const question = { kind: 'room', fleet: { gpus }, request, options: { clearIdle } } as const
  // As another process would read it, years later.
  return JSON.parse(JSON.stringify({ question, answer, best })) as Asked
}

/** Whether what is called proven is so. */
function isTrue({ answer, best }: Pick<Asked, 'answer' | 'best'>): boolean {
  return answer.kind === 'no-room'
    ? best === null
    : answer.kind === 'room' && answer.plan.cost === best
}

const withIdle = [false, true] as const

test.each(withIdle)(
  'an answer of makeRoom with idle instances to another question is proven only where it is the optimum there, too: clearIdle %s',
  (clearIdle) => {
    let refused = 0
    let priced = 0
    const all = Array.from({ length: 60 }, (_, seed) => ask(seed, clearIdle))
    for (const { question, answer } of all) {
      expect(verifyPlan(question, answer)).toEqual({ valid: true, proven: true })
      priced += Number((answer.certificate?.cost ?? null) !== null)
    }
    expect(priced).toBeGreaterThan(5)
    for (const { question, best } of all) {
      for (const { answer } of all) {
        const check = verifyPlan(question, answer)
        if (!check.valid) refused += 1
        else if (check.proven) expect(isTrue({ answer, best })).toBe(true)
      }
    }
    expect(refused).toBeGreaterThan(1500)
  },
)

test.each(withIdle)(
  'a changed answer of makeRoom with idle instances is refused, or not called proven, or the optimum: clearIdle %s',
  (clearIdle) => {
    let refused = 0
    for (let seed = 1; seed <= 60; seed += 1) {
      const { question, answer, best } = ask(seed, clearIdle)
      fc.assert(
        fc.property(tampered<MakeRoomResult>(answer), (changed) => {
          const check = verifyPlan(question, changed)
          if (!check.valid) refused += 1
          else if (check.proven) expect(isTrue({ answer: changed, best })).toBe(true)
        }),
        { numRuns: 60, seed },
      )
    }
    expect(refused).toBeGreaterThan(1000)
  },
)

test.each(withIdle)(
  'a search without prices proves the fewest moves around idle instances, and never that one more is needed: clearIdle %s',
  (clearIdle) => {
    const counts = { moves: 0, none: 0 }
    for (let seed = 1; seed <= 120; seed += 1) {
      const { question, answer, best } = ask(seed, clearIdle)
      if (best === 0 || answer.kind === 'unknown') continue
      const withBound = (cost: number | null): MakeRoomResult => ({
        ...answer,
        ...(answer.kind === 'room' && { lowerBound: cost ?? 0 }),
        certificate: {
          version: 1,
          kind: 'room',
          lowerBound: { cost },
          cost: null,
          searchSteps: 100_000,
        },
      })
      expect(verifyPlan(question, withBound(best))).toEqual({ valid: true, proven: true })
      counts[best === null ? 'none' : 'moves'] += 1
      if (best === null) continue
      const refused: MakeRoomResult = {
        kind: 'no-room',
        proof: 'exhaustive',
        maxMoves: null,
        certificate: withBound(null).certificate ?? null,
      }
      expect(verifyPlan(question, refused).valid).toBe(false)
    }
    expect(Math.min(counts.moves, counts.none)).toBeGreaterThan(5)
  },
)
