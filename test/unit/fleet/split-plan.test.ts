import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { makeRoom, splitFleetPlan } from '../../../lib/fleet.js'

const model = 'A100-SXM4-40GB'
const small = { profileId: 19, placement: { start: 0, size: 1 }, id: 'small' }
const big = { profileId: 9, placement: { start: 4, size: 4 }, id: 'big' }
const gpus = [
  { id: 'GPU-a', node: 'n1', model, layout: [small, big] },
  { id: 'GPU-b', node: 'n2', model, layout: [{ ...big, id: 'other' }] },
]

describe('splitFleetPlan', () => {
  const answer = makeRoom({ gpus }, { id: 'new', profile: '4g.20gb' }, { pinned: ['other'] })
  // The second GPU has room: then there is no plan to split.
  const blocked = makeRoom(
    {
      gpus: [
        gpus[0] as (typeof gpus)[0],
        {
          ...(gpus[1] as (typeof gpus)[1]),
          layout: [
            { ...small, id: 'third' },
            { ...big, id: 'other' },
          ],
        },
      ],
    },
    { id: 'new', profile: '4g.20gb' },
    { pinned: ['third'] },
  )

  test('splitFleetPlan gives each stage the targets of its GPUs, and the next stage waits for it', () => {
    if (blocked.kind !== 'room') throw new Error(blocked.kind)
    const stages = splitFleetPlan(blocked.plan)
    const names = stages.map(({ gpus: changed }) =>
      changed.map(({ gpu, target }) => [
        gpu,
        target.gpuInstances.map(
          ({ profileName, placement }) => `${profileName}@${placement.start}`,
        ),
      ]),
    )
    expect(names).toHaveLength(3)
    expect(names[0]?.[0]?.[0]).toBe('GPU-b')
    expect(names[1]).toEqual([['GPU-a', ['3g.20gb@4']]])
    expect(names[2]).toEqual([['GPU-a', ['4g.20gb@0', '3g.20gb@4']]])
    expect(stages.flatMap(({ steps }) => steps)).toEqual([...blocked.plan.steps.keys()])
  })

  test('The configuration of each node in a stage parses', () => {
    if (blocked.kind !== 'room') throw new Error(blocked.kind)
    for (const { nodes } of splitFleetPlan(blocked.plan, { selectorOf: () => 0 })) {
      for (const { config } of nodes) expect(() => parseConfig(config)).not.toThrow()
    }
  })

  test('splitFleetPlan makes one stage of a plan without moves', () => {
    if (answer.kind !== 'room') throw new Error(answer.kind)
    expect(splitFleetPlan(answer.plan).map(({ steps }) => steps)).toEqual([[0]])
  })
})
