// Unusual machines: without GPUs, and with device minor numbers that are not the indexes.
import { expect, test } from 'vitest'
import { inSession, nvml, runCalls } from './shell.js'

// NVML change log: since R545 nvmlInit answers GPU_NOT_FOUND without a GPU.
test('a machine without GPUs answers as its driver does', () => {
  const calls = [
    'init',
    'count',
    'init-flags 1',
    'count',
    'mode gpu0',
    'at 0000:07:00.0',
    'control describe',
    'control lose-gpu gpu=0',
    'shutdown',
  ]
  const answers = runCalls('none', calls)
  expect(answers.slice(0, 6).map(({ ret }) => ret)).toEqual([
    nvml.gpuNotFound,
    nvml.uninitialized,
    nvml.success,
    nvml.success,
    nvml.invalidArgument,
    nvml.notFound,
  ])
  expect(answers[3]).toMatchObject({ count: 0 })
  expect(answers[6]?.['reply']).toMatchObject({ gpus: [] })
  expect(JSON.stringify(answers[7]?.['reply'])).toContain('this machine has no GPU')
  const [init, count] = runCalls({ MACHINE: 'none', DRIVER: 'R535' }, ['init', 'count'])
  expect(init?.ret).toBe(nvml.success)
  expect(count).toMatchObject({ ret: nvml.success, count: 0 })
})

test('a machine whose last GPU was removed has no GPU', () => {
  const calls = ['remove 07', 'count', 'shutdown', 'init', 'init-flags 1', 'discover all', 'count']
  const answers = inSession('T4', calls)
  expect(answers[1]).toMatchObject({ count: 0 })
  expect(answers[3]?.ret).toBe(nvml.gpuNotFound)
  expect(answers.at(-1)).toMatchObject({ ret: nvml.success, count: 1 })
})

const minorsOf = (machine: string, count: number): readonly unknown[] =>
  inSession(
    machine,
    Array.from({ length: count }, (_, index) => `minor gpu${index}`),
  ).map((answer) => answer['minor'])

test('GPUs have the requested minor numbers, or the lowest free ones', () => {
  expect(minorsOf('2x T4, A30', 3)).toEqual([0, 1, 2])
  expect(minorsOf('T4, 2x A30 +minor=0 +mig, T4', 4)).toEqual([2, 0, 1, 3])
  expect(minorsOf('T4 +minor=31, A30 +mig +minor=3', 2)).toEqual([31, 3])
})

test('device nodes and capabilities use the minor number', () => {
  const [, , tree] = inSession('A100-SXM4-40GB +mig +minor=5', [
    'create gpu0 9',
    'create-ci gpu0 2 2',
    'control root-tree',
  ])
  const paths = ((tree?.['reply'] ?? []) as readonly { path: string }[]).map(({ path }) => path)
  expect(paths).toContain('/dev/nvidia5')
  expect(paths).not.toContain('/dev/nvidia0')
  // nv-caps.c: 3 + 135 * minor + 9 * GPU instance, and 1 more for its first compute instance.
  expect(paths).toContain('/dev/nvidia-caps/nvidia-cap696')
  expect(paths).toContain('/dev/nvidia-caps/nvidia-cap697')
  expect(paths).toContain('/proc/driver/nvidia/capabilities/gpu5/mig/gi2/ci0/access')
})

test.each([
  ['T4 +minor=32', 'minor numbers go from 0 to 31'],
  ['2x T4 +minor=31', 'minor numbers go from 0 to 31'],
  ['T4 +minor=3, T4 +minor=3', 'two GPUs have the minor number 3'],
  ['T4 +minor=x', 'unknown GPU model'],
  ['none, T4', 'unknown GPU model'],
])('the machine text %s is refused', (machine, reason) => {
  const [answer] = runCalls('T4', [`control create machine="${machine}"`])
  expect(JSON.stringify(answer?.['reply'])).toContain(reason)
})
