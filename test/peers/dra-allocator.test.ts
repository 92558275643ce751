// The allocator of Kubernetes' scheduler on our ResourceSlices: dra-allocator/main.go.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deviceClasses, resourceClaim, resourceSlices } from '../../lib/kubernetes.js'
import type { DevicePlace } from '../../types/kubernetes/dra/slices.js'
import type { Geometry } from '../../types/model/geometry.js'
import { stateOf } from '../support/state.js'
import { type AllocatorAnswer, type DraAllocator, startDraAllocator } from './dra-allocator.js'
import { isMissing } from './peer.js'

describe.skipIf(isMissing('dra-allocator'))("the scheduler's allocator", () => {
  let allocator: DraAllocator
  beforeAll(() => {
    allocator = startDraAllocator()
  })
  afterAll(() => allocator[Symbol.asyncDispose]())

  const pod = (...profiles: string[]) =>
    profiles.map((profile, index) =>
      resourceClaim({ gpu: { profile } }, { name: `claim-${index}` }),
    )
  const names = (answer: AllocatorAnswer) =>
    answer.map((claims) => claims?.map((devices) => devices.map(({ device }) => device)) ?? null)

  test("in NVIDIA's order a 3g.20gb takes the place of a 4g.20gb on an empty A100-40GB", async () => {
    const state = stateOf([{ key: 'a100-40gb', migEnabled: true }])
    const answer = await allocator.ask({
      slices: resourceSlices(state, { node: 'n', partitions: 'all' }),
      classes: deviceClasses([]),
      node: 'n',
      pods: [pod('3g.20gb'), pod('4g.20gb'), pod('3g.20gb')],
    })
    expect(names(answer)).toEqual([[['gpu-0-mig-3g20gb-9-0']], null, [['gpu-0-mig-3g20gb-9-4']]])
  })

  test('an order that has the upper 3g.20gb first leaves the place of the 4g.20gb', async () => {
    const state = stateOf([{ key: 'a100-40gb', migEnabled: true }])
    const answer = await allocator.ask({
      slices: resourceSlices(state, { node: 'n', partitions: 'all', order: highestFirst }),
      classes: deviceClasses([]),
      node: 'n',
      pods: [pod('3g.20gb'), pod('4g.20gb'), pod('3g.20gb')],
    })
    expect(names(answer)).toEqual([[['gpu-0-mig-3g20gb-9-4']], [['gpu-0-mig-4g20gb-5-0']], null])
  })
})

function highestFirst({ profiles }: Geometry): readonly DevicePlace[] {
  return profiles.flatMap(({ name, placements }) =>
    placements.map(({ start }) => ({ profile: name, start })).reverse(),
  )
}
