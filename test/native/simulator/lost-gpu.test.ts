// What a driver still knows about a GPU that has fallen off the bus.
import { expect, test } from 'vitest'
import { codes, inSession, nvml } from './shell.js'

const machine = '2x A100-SXM4-40GB, A100-SXM4-40GB +mig'

// NVIDIA's device plugin reads the UUID of an Xid event's device, and marks all GPUs unhealthy if that
// fails.
test('an earlier handle returns UUID, name, index and minor number of a lost GPU', () => {
  const answers = inSession(machine, [
    'keep @lost gpu1',
    'identity @lost',
    'control lose-gpu gpu=1',
    'identity @lost',
    'minor @lost',
  ])
  const [, before, , after, minor] = answers
  expect(before).toMatchObject({ ret: nvml.success, name: 'NVIDIA A100-SXM4-40GB', index: 1 })
  expect(after).toEqual(before)
  expect(minor).toEqual({ ret: nvml.success, minor: 1 })
})

test('calls that need a lost GPU itself answer GPU_IS_LOST', () => {
  const answers = inSession(machine, [
    'keep @lost gpu2',
    'control lose-gpu gpu=2',
    'mode @lost',
    'memory @lost',
    'processes @lost 8',
    'create @lost 19',
    'cpus @lost 4',
    'ancestor @lost gpu0',
    'ancestor gpu0 @lost',
  ])
  expect(new Set(codes(answers.slice(2)))).toEqual(new Set([nvml.gpuIsLost]))
})

// `error creating nvml.Device 3: nvml: GPU is lost`: NVIDIA/k8s-device-plugin#231.
test('lookups do not find a lost GPU, and lists of near GPUs leave it out', () => {
  const [, , byAddress, nearest, cpu] = inSession('3x A100-SXM4-40GB', [
    'keep @lost gpu1',
    'control lose-gpu gpu=1',
    'at 0000:0F:00.0',
    'nearest gpu0 50 8',
    'near-cpu 48 8',
  ])
  expect(byAddress?.ret).toBe(nvml.gpuIsLost)
  expect(nearest).toMatchObject({ gpus: [2] })
  expect(cpu).toMatchObject({ gpus: [0] })
})

test('a MIG device of a lost GPU is lost as a whole', () => {
  const answers = inSession(machine, [
    'create gpu2 0',
    'create-ci gpu2 0 4',
    'keep @device mig2.0',
    'identity @device',
    'control lose-gpu gpu=2',
    'identity @device',
  ])
  expect(codes(answers)).toEqual([0, 0, 0, 0, 0, nvml.gpuIsLost])
})
