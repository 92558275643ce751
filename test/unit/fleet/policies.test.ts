import { describe, expect, test } from 'vitest'
import { createFleet } from '../../../lib/fleet.js'
import type { TunedPolicy } from '../../../types/fleet/online.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'
import { layoutOf, type NaiveGpu, naiveGpus, spotsOf } from '../../support/naive-gpu.js'
import { naiveScores } from '../../support/naive-policy.js'
import { seeded } from '../../support/random.js'

const model = 'A30'
const naive = naiveGpus.find(({ key }) => key === 'a30-24gb') as NaiveGpu
const { sets, spots, geometry } = naive
const names = geometry.profiles.map(({ name }) => name)

const scores = naiveScores(naive)

/** The sets that a GPU with this set can still become. */
const beyond = (set: number): readonly number[] => sets.filter((other) => (other & set) === set)

describe.each(['best-fit', 'residual', 'fgd'] as const)('the policy %s', (policy) => {
  test('takes a place that its definition calls the best, of all places of all GPUs', () => {
    const draw = seeded(7)
    let choices = 0
    for (let round = 0; round < 150; round++) {
      const there = Array.from({ length: 3 }, () => sets[draw(sets.length)] ?? 0)
      const mix = names.map(() => draw(4))
      if (!mix.some((weight) => weight > 0)) mix[0] = 1
      const profile = draw(names.length)
      const gpus = there.map(
        (set, index): FleetGpu => ({ id: `${index}`, model, layout: layoutOf(naive, set) }),
      )
      const fleet = createFleet({
        gpus,
        policy,
        mix: Object.fromEntries(names.map((name, index) => [name, mix[index] ?? 0])),
      })
      const score = scores[policy](mix)
      const possible = there.flatMap((set, gpu) =>
        beyond(set)
          .filter((after) => {
            const [spot, ...more] = spotsOf(naive, after & ~set)
            return more.length === 0 && spot?.profile === profile
          })
          .map((after) => ({ gpu, after, value: score(set, after) })),
      )
      const answer = fleet.place({ profile: names[profile] ?? '' })
      if (possible.length === 0) {
        expect(answer.kind).toBe('refused')
        continue
      }
      if (answer.kind !== 'placed') throw new Error(answer.reason)
      const [{ gpu, placement } = { gpu: '', placement: null }] = answer.placements
      const spot = spots.findIndex(
        (each) => each.profile === profile && each.start === placement?.start,
      )
      const before = there[Number(gpu)] ?? 0
      const values = possible.map(({ value }) => value)
      expect(score(before, before | (1 << spot))).toBe(Math.min(...values))
      if (new Set(values).size > 1) choices++
    }
    expect(choices).toBeGreaterThan(20)
  })
})

describe('a policy that is given', () => {
  const gpus: readonly FleetGpu[] = [{ id: 'a', model }]
  const create = (policy: unknown, more: readonly FleetGpu[] = []) =>
    createFleet({ gpus: [...gpus, ...more], policy: policy as TunedPolicy })

  test.each([
    ['worst-fit'],
    [null],
    [5],
    [{}],
    [{ kind: 'fgd', models: [] }],
    [{ kind: 'tuned' }],
    [{ kind: 'tuned', models: {} }],
  ])('and is none is refused with what there is: %j', (policy) => {
    expect(() => create(policy)).toThrow(
      expect.objectContaining({
        code: 'MIG_FLEET_INVALID',
        message: expect.stringContaining('best-fit, residual, fgd, tuned'),
      }),
    )
  })

  test.each([
    [null],
    [{ profiles: ['1g.6gb'] }],
    [{ weights: [1] }],
    [{ profiles: '1g.6gb', weights: [1] }],
    [{ profiles: ['1g.6gb'], weights: [0.5] }],
    [{ profiles: ['1g.6gb'], weights: [1, Number.NaN] }],
    [{ profiles: ['1g.6gb'], weights: 'heavy' }],
  ])('and tuned with a part that no tune has returned names that part: %j', (part) => {
    const good = { profiles: ['1g.6gb'], weights: [1] }
    expect(() => create({ kind: 'tuned', models: [good, part] })).toThrow(
      /policy\.models\[1\] is no model of a policy that tune returned/,
    )
  })

  test('and tuned for one of the models of a fleet serves that fleet, also one without GPUs yet', () => {
    const { policy } = createFleet({ gpus, mix: { '1g.6gb': 1 } }).tune({ workUnits: 1, load: 0.5 })
    const other: FleetGpu = { id: 'b', model: 'A100-SXM4-40GB' }
    expect(create(policy, [other]).place({ profile: '7g.40gb' }).kind).toBe('placed')
    expect(() => createFleet({ gpus: [other], policy })).toThrow(/was tuned for other GPUs/)
    expect(() => createFleet({ gpus: [], policy })).not.toThrow()
    expect(create({ kind: 'tuned', models: [] }).place({ profile: '1g.6gb' }).kind).toBe('placed')
  })
})

describe('a mix that is given', () => {
  const gpus: readonly FleetGpu[] = [
    { id: 'a', model },
    { id: 'b', model: 'A100-SXM4-40GB' },
  ]

  test('may name profiles of any model of the fleet, and none that no model has', () => {
    expect(() => createFleet({ gpus, mix: { '1g.6gb': 1, '7g.40gb': 2 } })).not.toThrow()
    expect(() => createFleet({ gpus, mix: { '1g.6gb': 1, '7g.80gb': 2 } })).toThrow(
      expect.objectContaining({
        code: 'MIG_PROFILE_UNKNOWN',
        issues: [{ path: ['mix', '7g.80gb'], message: 'unknown profile' }],
      }),
    )
  })

  test.each([-1, 0.5, Number.NaN, '1', null])('may not weigh a profile with %j', (weight) => {
    expect(() => createFleet({ gpus, mix: { '1g.6gb': weight as number } })).toThrow(
      expect.objectContaining({
        code: 'MIG_FLEET_INVALID',
        message: expect.stringContaining('1g.6gb'),
      }),
    )
  })
})
