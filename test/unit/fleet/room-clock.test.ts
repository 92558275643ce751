import { afterEach, expect, test, vi } from 'vitest'
import { makeRoom, verifyPlan } from '../../../lib/fleet.js'
import type { FleetInUse, MakeRoomOptions, MakeRoomResult } from '../../../types/fleet/moves.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { a100 } from '../../support/a100-in-text.js'

// The clock of these tests goes on with each look at it, so time is counted and not measured.

let looks = 0

afterEach(() => {
  vi.restoreAllMocks()
})

function startClock(read: (look: number) => number): void {
  looks = 0
  vi.spyOn(performance, 'now').mockImplementation(() => read(++looks))
}

/** Pairs of GPUs whose instances stay in their pair. In each, the cheapest plan for a 4g.20gb costs the same and stops one. */
function drawPairs(count: number): FleetInUse {
  const names = {
    three: '3g.20gb',
    two: '2g.10gb',
    one: '1g.5gb',
    other: '3g.20gb',
    small: '1g.5gb',
  }
  const pairs = Array.from({ length: count }, (_, number): FleetInUse => {
    const [a, b] = [`a${number}`, `b${number}`]
    const first = `three${number}=3g.20gb@0 two${number}=2g.10gb@4 one${number}=1g.5gb@6`
    return {
      gpus: [a100(a, first), a100(b, `other${number}=3g.20gb@0 small${number}=1g.5gb@4`)],
      requests: Object.entries(names).map(([name, profile]) => {
        return { id: `${name}${number}`, profile, where: { gpus: [a, b] } }
      }),
    }
  })
  return {
    gpus: pairs.flatMap(({ gpus }) => gpus),
    requests: pairs.flatMap(({ requests = [] }) => requests),
  }
}

function askPairs(fleet: FleetInUse, options: MakeRoomOptions): MakeRoomResult {
  startClock((look) => look)
  const answer = makeRoom(fleet, { profile: '4g.20gb' }, options)
  vi.restoreAllMocks()
  return answer
}

test('makeRoom with live searches for other plans only while the deadline leaves time for one more', () => {
  const fleet = drawPairs(5)
  expect(askPairs(fleet, { deadlineMs: 1e6 })).toMatchObject({ kind: 'room', plan: { stops: 1 } })
  const one = looks
  // As many searches as plans are tried take four times as long.
  for (const times of [1, 1.5, 2, 2.5, 3, 3.5]) {
    const deadlineMs = Math.ceil(times * one)
    const answer = askPairs(fleet, { live: true, deadlineMs })
    expect(answer.kind, `${times} times`).toBe('unknown')
    expect(looks, `${times} times`).toBeLessThanOrEqual(deadlineMs + 25 + 40)
  }
})

test('makeRoom with live and a deadline far away finds the cheapest of the plans without stops, which is not the one with the fewest moves', () => {
  // In the pair, 5 moves stop one. To clear c takes two moves without stops, at 3 each, and to clear e one, at 10.
  const { gpus, requests = [] } = drawPairs(1)
  const within = (id: string, ...names: string[]): FleetRequest => {
    return { id, profile: '1g.5gb', where: { gpus: names } }
  }
  const fleet = {
    gpus: [
      ...gpus,
      a100('c', 'x=1g.5gb@0 y=1g.5gb@1 3g.20gb@4'),
      a100('d', '2g.10gb@0 3g.20gb@4'),
      a100('e', 'z=1g.5gb@0 3g.20gb@4'),
      a100('f', '2g.10gb@0 3g.20gb@4'),
    ],
    requests: [...requests, within('x', 'c', 'd'), within('y', 'c', 'd'), within('z', 'e', 'f')],
  }
  const costs = { x: 3, y: 3, z: 10 }
  const moveCost = { requests: Object.entries(costs).map(([id, cost]) => ({ id, cost })) }
  const any = askPairs(fleet, { moveCost, deadlineMs: 1e6 })
  expect(any).toMatchObject({ kind: 'room', plan: { cost: 5, stops: 1 }, lowerBound: 5 })
  const live = askPairs(fleet, { moveCost, deadlineMs: 1e6, live: true })
  expect(live).toMatchObject({ kind: 'room', plan: { cost: 6, stops: 0 }, lowerBound: 5 })
})

test('makeRoom with live keeps a quarter of the deadline for the proof that no plan is live', () => {
  const fleet = drawPairs(4)
  askPairs(fleet, { deadlineMs: 1e6 })
  const one = looks
  const ask = (times: number) => askPairs(fleet, { live: true, deadlineMs: Math.ceil(times * one) })
  const unknown = { kind: 'unknown', stopped: null }
  // Three quarters are too short for a second search, which would leave too little for the proof.
  expect(ask(2.5)).toMatchObject({ ...unknown, noLivePlan: 'proven' })
  // The proof takes longer than one search.
  expect(ask(1.9)).toMatchObject({ ...unknown, noLivePlan: 'not-proven' })
})

test('makeRoom with live and a deadline that comes before the proof says that nothing is proven', () => {
  const fleet = drawPairs(1)
  const ask = (end: number): MakeRoomResult => {
    startClock((look) => (look > end ? 1e9 : 0))
    return makeRoom(fleet, { profile: '4g.20gb' }, { live: true, deadlineMs: 1000 })
  }
  const answers = new Set<string>()
  for (let end = 1; end === 1 || end <= looks; end += 1) {
    const answer = ask(end)
    if (answer.kind !== 'unknown') throw new Error(answer.kind)
    answers.add(`${answer.stopped} ${answer.noLivePlan}`)
  }
  // Before there is any plan, where there is only one with stops, and after the proof that there is no other.
  const all = ['deadline undefined', 'null not-proven', 'null proven']
  expect([...answers].sort()).toEqual(all)
})

test('makeRoom gives a certificate that verifyPlan accepts, or none, whenever the deadline comes', () => {
  const gpus = [
    a100('0', 'a=1g.5gb@2 b=1g.5gb@4 c=1g.5gb@5 d=1g.10gb@0 e=1g.10gb@6'),
    a100('1', 'f=1g.5gb@6 g=2g.10gb@0 h=2g.10gb@2 i=1g.10gb@4'),
    a100('2', 'j=1g.5gb@5 k=1g.5gb@6 l=1g.10gb@0 m=1g.10gb@2'),
  ]
  const costs = [19, 6, 10, 19, 19, 12, 3, 4, 8, 2, 3, 19, 15]
  const moveCost = { requests: costs.map((cost, at) => ({ id: 'abcdefghijklm'.charAt(at), cost })) }
  const request = { profile: '4g.20gb' }
  const question = { kind: 'room', fleet: { gpus }, request, options: { moveCost } } as const
  const ask = (isOver: (look: number) => boolean) => {
    startClock((look) => (isOver(look) ? 1e9 : 0))
    const answer = makeRoom({ gpus }, request, { moveCost, certify: true, deadlineMs: 1000 })
    vi.restoreAllMocks()
    return answer
  }
  expect(
    verifyPlan(
      question,
      ask(() => false),
    ),
  ).toEqual({ valid: true, proven: true })
  const all = looks
  const counts = { without: 0, proving: 0 }
  for (let part = 1; part < 20; part += 1) {
    const answer = ask((look) => look > (part * all) / 20)
    expect(verifyPlan(question, answer), `${part} of 20 parts`).toMatchObject({ valid: true })
    if (answer.kind !== 'unknown') continue
    expect(answer.lowerBound).toBeGreaterThan(0)
    counts[answer.certificate === null ? 'without' : 'proving'] += 1
  }
  expect(Math.min(counts.without, counts.proving)).toBeGreaterThan(0)
})
