import { expect, test } from 'vitest'
import { openSession } from '../../../../lib/driver/session.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { createDevices } from '../../../support/layouts.js'

test('a GPU is the same object in each read until something about it changes', async () => {
  using machine = createSimulatedMachine('3x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const [first] = (await session.readListedState()).gpus
  const gpu = first?.uuid ?? 'GPU-'
  await createDevices(session, gpu, ['1g.5gb'])
  const before = await session.readListedState()
  const again = await session.readListedState()
  expect(again).toEqual(before)
  expect(again.gpus.map((each, index) => each === before.gpus[index])).toEqual([true, true, true])

  const [instance] = before.gpus[0]?.gpuInstances ?? []
  await session.destroyComputeInstance(gpu, instance?.id ?? 0, 0)
  const after = await session.readListedState()
  expect(after.gpus.map((each, index) => each === before.gpus[index])).toEqual([false, true, true])
  expect(after.gpus[0]?.gpuInstances[0]?.computeInstances).toEqual([])
  expect(before.gpus[0]?.gpuInstances[0]?.computeInstances).toHaveLength(1)
  await session.createComputeInstance(gpu, instance?.id ?? 0, 0, null)
  expect(await session.readListedState()).toEqual(before)

  machine.loseGpu(0)
  const left = await session.readListedState()
  expect(left.gpus).toEqual([before.gpus[1], before.gpus[2]])
  expect(left.gpus.every((each) => before.gpus.includes(each))).toBe(true)
})

test('GPUs with equal profiles share one geometry, and other GPUs have their own', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig, 1x A100-SXM4-80GB +mig', {
    seed: 77_001,
  })
  await using session = await openSession({ library: machine.library })
  const [one, two, large] = (await session.readListedState()).gpus
  expect(one?.geometry?.profiles.map(({ name }) => name)).toContain('1g.5gb')
  expect(two?.geometry).toBe(one?.geometry)
  expect(large?.geometry?.profiles.map(({ name }) => name)).toContain('1g.10gb')

  // What is learnt inside an instance of one is known of that one.
  await createDevices(session, one?.uuid ?? 'GPU-', ['1g.5gb'])
  const [learnt, other] = (await session.readListedState()).gpus
  const known = (gpu: typeof learnt): readonly string[] =>
    (gpu?.geometry?.profiles ?? [])
      .filter(({ computeInstanceProfiles }) => computeInstanceProfiles !== null)
      .map(({ name }) => name)
  expect(known(learnt)).toEqual(['1g.5gb'])
  expect(known(other)).toEqual([])
})

test('everything in a state is frozen', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  await createDevices(session, (await session.readListedState()).gpus[0]?.uuid ?? 'GPU-', [
    '3g.20gb',
  ])
  const loose: unknown[] = []
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if (!Object.isFrozen(value)) loose.push(value)
    for (const member of Object.values(value)) look(member)
  }
  look(await session.readListedState())
  expect(loose).toEqual([])
})
