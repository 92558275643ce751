// Handles live as long as what they name, and no longer than their session.
import { expect, test } from 'vitest'
import { codes, inSession, nvml } from './shell.js'

const machine = 'A100-SXM4-40GB +mig'

test('a handle of a destroyed instance does not name the next one at the same place', () => {
  const calls = [
    'create gpu0 9 4 4',
    'keep @first gi gpu0 2',
    'destroy gpu0 2',
    'create gpu0 9 4 4',
    'info @first',
    'info gpu0 2',
  ]
  const answers = inSession(machine, calls)
  expect(answers[3]).toMatchObject({ ret: nvml.success, id: 2 })
  expect(answers[4]?.ret).toBe(nvml.invalidArgument)
  expect(answers[5]?.ret).toBe(nvml.success)
})

test("id queries do not find a dead MIG device's handle, and other functions call it invalid", () => {
  const calls = [
    'create gpu0 19',
    'create-ci gpu0 13 0',
    'keep @mig mig0.0',
    'keep @ci ci gpu0 13 0',
    'destroy-ci gpu0 13 0',
    'instance-id @mig',
    'identity @mig',
    'destroy-kept-ci @ci',
  ]
  expect(codes(inSession(machine, calls)).slice(5)).toEqual([
    nvml.notFound,
    nvml.invalidArgument,
    nvml.invalidArgument,
  ])
})

test('handles are void after their session', () => {
  const calls = ['keep @gpu gpu0', 'shutdown', 'mode @gpu', 'init', 'mode @gpu', 'mode gpu0']
  expect(codes(inSession(machine, calls)).slice(2)).toEqual([
    nvml.uninitialized,
    nvml.success,
    nvml.invalidArgument,
    nvml.success,
  ])
})

test('handles work until the last of several sessions ends', () => {
  const calls = ['init', 'shutdown', 'mode gpu0', 'shutdown', 'count', 'shutdown']
  expect(codes(inSession(machine, calls)).slice(2)).toEqual([
    nvml.success,
    nvml.success,
    nvml.uninitialized,
    // NVML header, nvmlShutdown: more calls of it than of nvmlInit are no error.
    nvml.success,
  ])
})
