import { describe, expect, test } from 'vitest'
import { repartition } from '../../../lib/solver.js'
import type { Layout } from '../../../types/solver/layout.js'
import type { Repartition, RepartitionStep } from '../../../types/solver/repartition.js'
import { place, want } from '../../support/devices.js'
import { geometryOf } from '../../support/geometry.js'

const gpu = geometryOf('a100-40gb')

function solveLive(
  current: Layout,
  devices: Readonly<Record<string, number>>,
  named: { readonly busy?: Layout; readonly pinned?: Layout } = {},
): Repartition {
  const result = repartition({ gpu, current, wanted: want(gpu, devices), live: true, ...named })
  if (result.kind === 'infeasible') throw new Error('it fits')
  return result
}

/** `+1g.5gb@6`, without the compute instances. */
function gpuInstanceSteps(steps: readonly RepartitionStep[]): string[] {
  return steps.flatMap(({ kind, gpuInstance: { profileId, placement } }) => {
    const name = gpu.profiles.find(({ id }) => id === profileId)?.name
    if (kind === 'create-gpu-instance') return [`+${name}@${placement.start}`]
    return kind === 'destroy-gpu-instance' ? [`-${name}@${placement.start}`] : []
  })
}

describe('make before break', () => {
  test('a live order creates the replacement before the old device goes', () => {
    const result = solveLive([place(gpu, '2g.10gb', 0)], { '2g.10gb': 1, '4g.20gb': 1 })
    expect(gpuInstanceSteps(result.steps)).toEqual(['+2g.10gb@4', '-2g.10gb@0', '+4g.20gb@0'])
    expect(result.live).toEqual({ kind: 'live', moves: 1, stops: [], proven: true })
    expect(result.steps[0]?.reason).toEqual({
      kind: 'moved',
      from: { start: 0, size: 2 },
      to: { start: 4, size: 2 },
    })
  })

  test('without live, destructions come first, and live is null', () => {
    const wanted = want(gpu, { '2g.10gb': 1, '4g.20gb': 1 })
    const result = repartition({ gpu, current: [place(gpu, '2g.10gb', 0)], wanted })
    if (result.kind === 'infeasible') throw new Error('it fits')
    expect(gpuInstanceSteps(result.steps)).toEqual(['-2g.10gb@0', '+4g.20gb@0', '+2g.10gb@4'])
    expect(result.live).toBeNull()
  })

  test('a live order names each stop and what blocks each start', () => {
    // A second 2g.10gb needs the 3g.20gb at 4, and that needs the first one away.
    const current = [place(gpu, '3g.20gb', 0), place(gpu, '2g.10gb', 4)]
    const { steps, live } = solveLive(current, { '3g.20gb': 1, '2g.10gb': 2 })
    const [three, two] = current.map(({ profileId, placement }) => ({ profileId, placement }))
    expect(live).toEqual({
      kind: 'stops',
      moves: 2,
      stops: [
        {
          step: 0,
          gpuInstance: two,
          sliceCount: 2,
          starts: [
            { start: 0, blockedBy: [three] },
            { start: 2, blockedBy: [three] },
            { start: 4, blockedBy: [two] },
          ],
        },
      ],
      proven: true,
    })
    expect(steps[0]).toMatchObject({ kind: 'destroy-compute-instance', gpuInstance: two })
    expect(gpuInstanceSteps(steps).slice(0, 3)).toEqual(['-2g.10gb@4', '+3g.20gb@4', '-3g.20gb@0'])
  })

  test('a live order takes a detour rather than a stop', () => {
    const current = [place(gpu, '1g.5gb', 0), place(gpu, '1g.10gb', 4), place(gpu, '1g.5gb', 6)]
    const devices = { '1g.5gb': 2, '1g.10gb': 1, '4g.20gb': 1 }
    expect(repartition({ gpu, current, wanted: want(gpu, devices) })).toMatchObject({
      keptGpuInstances: 0,
    })
    const { live, steps } = solveLive(current, devices)
    expect(live).toMatchObject({ kind: 'live', moves: 4, proven: true })
    expect(gpuInstanceSteps(steps)).toHaveLength(4 + 4 + 1)
  })

  test('a live order never touches pinned devices, and busy ones last', () => {
    const current = [place(gpu, '1g.5gb', 0), place(gpu, '1g.5gb', 4)]
    const free = solveLive(current, { '1g.5gb': 2, '3g.20gb': 1 })
    expect(free.live).toMatchObject({ kind: 'live', moves: 1 })
    for (const kept of current) {
      const result = solveLive(current, { '1g.5gb': 2, '3g.20gb': 1 }, { busy: [kept] })
      expect(result.lostBusy).toEqual([])
      expect(result.live).toMatchObject({ kind: 'live', moves: 1 })
    }
  })

  test('if a device must stop, a live order does not stop a busy one', () => {
    const current = [
      place(gpu, '1g.5gb', 0),
      place(gpu, '1g.5gb', 1),
      place(gpu, '1g.10gb', 2),
      place(gpu, '1g.10gb', 4),
      place(gpu, '1g.5gb', 6),
    ]
    for (const busy of current.filter(({ placement }) => placement.size === 2)) {
      const result = solveLive(current, { '1g.5gb': 4, '1g.10gb': 2 }, { busy: [busy] })
      expect(result.live).toMatchObject({ kind: 'stops', moves: 2, proven: true })
      expect(result.lostBusy).toEqual([])
    }
  })

  test('a live order destroys instances that the geometry does not have first, with what is in them', () => {
    const strange = {
      profileId: 99,
      placement: { start: 4, size: 4 },
      computeInstances: [{ sliceCount: 5, placement: { start: 0, size: 5 } }],
    }
    const known = { ...place(gpu, '3g.20gb', 0), computeInstances: strange.computeInstances }
    const { steps, layout } = solveLive([known, strange], { '3g.20gb': 1, '1g.5gb': 1 })
    expect(
      steps.slice(0, 3).map(({ kind, gpuInstance: { placement } }) => `${kind} ${placement.start}`),
    ).toEqual([
      'destroy-compute-instance 0',
      'destroy-compute-instance 4',
      'destroy-gpu-instance 4',
    ])
    expect(layout.map(({ profileId }) => profileId)).not.toContain(99)
  })

  test('of the targets with one stop and one move, a live order reaches that with the lowest starts', () => {
    const current = [place(gpu, '1g.5gb+me', 2), place(gpu, '1g.5gb', 5), place(gpu, '1g.10gb', 6)]
    const { live, layout } = solveLive(current, { '1c.4g.20gb': 1, '1g.5gb+me': 1 })
    expect(live).toMatchObject({ kind: 'stops', moves: 1 })
    expect(layout).toEqual([place(gpu, '4g.20gb', 0, ['1@0']), place(gpu, '1g.5gb+me', 4)])
  })

  test('a live order that must destroy busy devices names them as they are', () => {
    const part = { ...place(gpu, '3g.20gb', 0, ['1@0', '2@1']), busy: true }
    const other = { ...place(gpu, '2g.10gb', 4), busy: true }
    expect(solveLive([part, other], { '7g.40gb': 1 }).lostBusy).toEqual([part, other])
    const [first, second] = part.computeInstances
    if (first === undefined || second === undefined) throw new Error('none')
    const half = {
      ...place(gpu, '3g.20gb', 0),
      computeInstances: [first, { ...second, busy: true }],
    }
    expect(solveLive([half], { '7g.40gb': 1 }).lostBusy).toEqual([
      { ...half, computeInstances: [{ ...second, busy: true }] },
    ])
  })

  test('a device that stops and comes back elsewhere has moved, as one that comes back before it goes', () => {
    const current = [
      place(gpu, '1g.5gb', 0),
      place(gpu, '1g.5gb+me', 1),
      place(gpu, '1g.10gb', 6, []),
    ]
    const devices = { '1g.5gb': 1, '1g.5gb+me': 1, '1g.10gb': 1, '4g.20gb': 1 }
    const { live, steps } = solveLive(current, devices)
    expect(live).toMatchObject({ kind: 'stops', stops: [{ sliceCount: 1 }] })
    const media = current[1]?.profileId
    const reasons = steps.flatMap(({ gpuInstance, reason }) =>
      gpuInstance.profileId === media ? [reason] : [],
    )
    expect(reasons).toHaveLength(4)
    for (const reason of reasons)
      expect(reason).toMatchObject({ kind: 'moved', from: { start: 1 } })
  })

  test('a device that goes for good says what needs its place, or that nobody wants it', () => {
    const current = [place(gpu, '3g.20gb', 0), place(gpu, '1g.5gb', 5)]
    const { steps } = solveLive(current, { '4g.20gb': 1 })
    const reasonsAt = (start: number) =>
      steps
        .filter(
          ({ kind, gpuInstance }) => /^destroy/.test(kind) && gpuInstance.placement.start === start,
        )
        .map(({ reason }) => reason)
    const four = place(gpu, '4g.20gb', 0)
    const of = { profileId: four.profileId, placement: four.placement }
    const inTheWay = { kind: 'in-the-way', of, computeInstance: null }
    expect(reasonsAt(0)).toEqual([inTheWay, inTheWay])
    expect(reasonsAt(5)).toEqual([{ kind: 'not-wanted' }, { kind: 'not-wanted' }])
  })

  test('a live order keeps a GPU instance whose compute instances only change their sizes', () => {
    const current = [place(gpu, '2g.10gb', 4, ['1@1'])]
    const { live, steps, keptGpuInstances } = solveLive(current, { '2g.10gb': 1 })
    expect(steps.map(({ kind }) => kind)).toEqual([
      'destroy-compute-instance',
      'create-compute-instance',
    ])
    expect(live).toMatchObject({ kind: 'live', moves: 0 })
    expect(keptGpuInstances).toBe(1)
  })
})
