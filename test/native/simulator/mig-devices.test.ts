// MIG devices: numbering, names, UUIDs.
import { expect, test } from 'vitest'
import { codes, inSession, nvml } from './shell.js'

const machine = 'A100-SXM4-40GB +mig'

const build = ['create gpu0 9 4 4', 'create-ci gpu0 2 0', 'create-ci gpu0 2 0']

test('MIG devices have indexes by GPU instance id, then compute instance id, without gaps', () => {
  const calls = [...build, 'create gpu0 19 0 1', 'create-ci gpu0 7 0', 'destroy-ci gpu0 2 0']
  const answers = inSession(machine, [
    ...calls,
    'identity mig0.0',
    'identity mig0.1',
    'mig gpu0 2',
    'mig gpu0 7',
  ]).slice(calls.length)
  expect(answers[0]).toMatchObject({ name: 'NVIDIA A100-SXM4-40GB MIG 1c.3g.20gb', index: 0 })
  expect(answers[1]).toMatchObject({ name: 'NVIDIA A100-SXM4-40GB MIG 1g.5gb', index: 1 })
  expect(codes(answers).slice(2)).toEqual([nvml.notFound, nvml.invalidArgument])
})

test('MIG devices with equal ids have one UUID, whatever their profiles', () => {
  const answers = inSession(machine, [
    'create gpu0 19 4 1',
    'create-ci gpu0 11 0',
    'identity mig0.0',
    'destroy-ci gpu0 11 0',
    'destroy gpu0 11',
    'create gpu0 20 4 1',
    'create-ci gpu0 11 0',
    'identity mig0.0',
    'create gpu0 19 5 1',
    'create-ci gpu0 12 0',
    'identity mig0.1',
    'identity gpu0',
  ])
  const uuid = (at: number): unknown => answers[at]?.['uuid']
  const version5 = /^(GPU|MIG)-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
  expect(uuid(2)).toMatch(version5)
  expect(uuid(11)).toMatch(version5)
  expect(uuid(7)).toBe(uuid(2))
  expect(uuid(10)).not.toBe(uuid(2))
})

// MIG User Guide, A100: the full 3g.20gb and the first 1c.3g.20gb after it are one MIG-c7384736-….
test('the full compute instance of a 3g and the first 1c after it share one UUID', () => {
  const answers = inSession(machine, [
    'create gpu0 9',
    'create-ci gpu0 2 2',
    'identity mig0.0',
    'destroy-ci gpu0 2 0',
    'create-ci gpu0 2 0',
    'create-ci gpu0 2 0',
    'identity mig0.0',
    'identity mig0.1',
  ])
  expect(answers[6]).toMatchObject({ name: 'NVIDIA A100-SXM4-40GB MIG 1c.3g.20gb' })
  expect(answers[6]?.['uuid']).toBe(answers[2]?.['uuid'])
  expect(answers[7]?.['uuid']).not.toBe(answers[2]?.['uuid'])
})

// open-gpu-kernel-modules, kernel_mig_manager.c: the lowest free engine, whatever the slice.
test('a compute instance at another slice gets the UUID of the freed id', () => {
  const answers = inSession(machine, [
    'create gpu0 9',
    'create-ci gpu0 2 0 0 1',
    'create-ci gpu0 2 0 1 1',
    'identity mig0.0',
    'destroy-ci gpu0 2 0',
    'create-ci gpu0 2 0 2 1',
    'identity mig0.0',
  ])
  expect(codes(answers)).toEqual(answers.map(() => nvml.success))
  expect(answers[5]).toMatchObject({ id: 0, start: 2 })
  expect(answers[6]?.['uuid']).toBe(answers[3]?.['uuid'])
})

test('MIG devices are found by both forms of their name, GPUs by one', () => {
  const [gpu, mig] = inSession(machine, [...build, 'identity gpu0', 'identity mig0.1']).slice(3)
  const uuid = String(gpu?.['uuid'])
  const found = inSession(machine, [
    ...build,
    `by-uuid ${uuid}`,
    `by-uuid ${mig?.['uuid']}`,
    `by-uuid MIG-${uuid}/2/1`,
    `by-uuid MIG-${uuid}/2/2`,
    `by-uuid MIG-${uuid}/2`,
    `by-uuid ${uuid.replace('GPU-', 'MIG-')}`,
    'by-uuid GPU-1',
  ]).slice(3)
  expect(found[0]).toMatchObject({ ret: nvml.success, isMig: 0 })
  expect(found[1]).toMatchObject({ ret: nvml.success, isMig: 1, gi: 2, ci: 1 })
  expect(found[2]).toMatchObject({ ret: nvml.success, isMig: 1, gi: 2, ci: 1 })
  expect(codes(found).slice(3)).toEqual([
    nvml.notFound,
    nvml.invalidArgument,
    nvml.notFound,
    nvml.notFound,
  ])
})
