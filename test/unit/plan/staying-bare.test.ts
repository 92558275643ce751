import { expect, test } from 'vitest'
import { planGpu } from '../../../lib/plan/gpu/plan-gpu.js'
import { place, want } from '../../support/devices.js'
import { gpuWith } from '../../support/model-gpu.js'
import { a100, wantedOf } from '../../support/planning.js'

test.each(['1g.5gb', '2g.10gb', '3g.20gb'])(
  'a GPU instance that stays bare stays where it is, without compute instances: %s',
  (name) => {
    const gpu = gpuWith(a100, [place(a100, name, 4, []), place(a100, '1g.5gb', 0)])
    const bare = gpu.gpuInstances.filter(({ computeInstances }) => computeInstances.length === 0)
    const wanted = want(a100, { '2g.10gb': 1 })
    const result = planGpu(wantedOf(gpu, { wanted, bare: new Set(bare) }), [])
    if (result.kind !== 'plan') throw new Error(result.kind)
    const { steps, target } = result.plan
    expect(
      target.gpuInstances.map(({ profileName, placement, computeInstances }) => [
        profileName,
        placement.start,
        computeInstances.length,
      ]),
    ).toEqual([
      ['2g.10gb', 0, 1],
      [name, 4, 0],
    ])
    expect(steps.map(({ kind }) => kind)).toEqual([
      'destroy-compute-instance',
      'destroy-gpu-instance',
      'create-gpu-instance',
      'create-compute-instance',
    ])
  },
)

test('a wanted compute instance does not go into a GPU instance of its profile that stays bare', () => {
  const gpu = gpuWith(a100, [place(a100, '3g.20gb', 4, [])])
  const wanted = want(a100, { '1c.3g.20gb': 1 })
  const result = planGpu(wantedOf(gpu, { wanted, bare: new Set(gpu.gpuInstances) }), [])
  if (result.kind !== 'plan') throw new Error(result.kind)
  expect(
    result.plan.target.gpuInstances.map(({ placement, computeInstances }) => [
      placement.start,
      computeInstances.map(({ name }) => name),
    ]),
  ).toEqual([
    [0, ['1c.3g.20gb']],
    [4, []],
  ])
})
