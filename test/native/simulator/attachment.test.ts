// GPUs that drain, are removed from the driver and are discovered again (NVML header, "Drain states").
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratch } from './programs.js'
import { codes, inSession, nvml, runCalls } from './shell.js'

const machine = '3x A100-SXM4-40GB +mig'
// Bus of the second GPU in a machine of up to eight.
const bus = '0f'
const { success, invalidArgument, inUse, notFound, noPermission, uninitialized } = nvml

test('a draining GPU takes no new clients, and new sessions do not see it', () => {
  const store = join(scratch, 'drained')
  const running = inSession({ STORE: store, MACHINE: machine }, [
    `drains ${bus}`,
    `drain ${bus} 1`,
    `drains ${bus}`,
    'count',
    'mode gpu1',
    'control add-process pid=7 gpu=1',
    'shutdown',
    'init',
    'count',
    `at 0000:${bus}:00.0`,
    'identity gpu1',
    `drain ${bus} 0`,
    'shutdown',
    'init',
    'count',
  ])
  expect(running[0]).toMatchObject({ ret: success, state: 0 })
  expect(running[2]).toMatchObject({ ret: success, state: 1 })
  // A session from before continues.
  expect(running[3]).toMatchObject({ ret: success, count: 3 })
  expect(running[4]?.ret).toBe(success)
  expect(JSON.stringify(running[5]?.['reply'])).toContain('GPU 1 drains and takes no new clients')
  expect(running[8]).toMatchObject({ ret: success, count: 2 })
  expect(running[9]?.ret).toBe(notFound)
  expect(running[10]).toMatchObject({ ret: success, index: 1 })
  expect(running.at(-1)).toMatchObject({ ret: success, count: 3 })
})

test('a removed GPU is gone with its instances until it is discovered at its address', () => {
  const calls = [
    'create gpu1 9',
    'identity gpu1',
    'identity gpu2',
    'keep @zero gpu0',
    'keep @one gpu1',
    'keep @gi gi gpu1 2',
    `remove ${bus}`,
    'count',
    'mode @zero',
    'mode @one',
    'info @gi',
    'identity gpu1',
    `at 0000:${bus}:00.0`,
    `drains ${bus}`,
    'discover 47',
    'count',
    `discover ${bus}`,
    'count',
    'identity gpu1',
    'list gpu1 9',
    'mode gpu1',
    'mode @one',
  ]
  const answers = inSession(machine, calls)
  const at = (call: string, from = 0) => answers[calls.indexOf(call, from)]
  const removal = calls.indexOf(`remove ${bus}`)
  const discovery = calls.indexOf(`discover ${bus}`)
  expect(at(`remove ${bus}`)?.ret).toBe(success)
  expect(at('count')).toMatchObject({ ret: success, count: 2 })
  // Every earlier handle is void, also those of other GPUs.
  expect(codes(answers.slice(removal + 2, removal + 5))).toEqual(Array(3).fill(invalidArgument))
  // The GPUs after it move up.
  expect(at('identity gpu1', removal)).toMatchObject({ uuid: at('identity gpu2')?.['uuid'] })
  expect(at(`at 0000:${bus}:00.0`)?.ret).toBe(notFound)
  expect(at(`drains ${bus}`)?.ret).toBe(invalidArgument)
  // There is no GPU to discover at another address.
  expect(at('discover 47')?.ret).toBe(success)
  expect(at('count', removal + 2)).toMatchObject({ count: 2 })
  expect(at(`discover ${bus}`)?.ret).toBe(success)
  expect(at('count', discovery)).toMatchObject({ ret: success, count: 3 })
  expect(at('identity gpu1', discovery)).toMatchObject({ uuid: at('identity gpu1')?.['uuid'] })
  expect(at('list gpu1 9', discovery)).toMatchObject({ ret: success, ids: [] })
  expect(at('mode gpu1', discovery)).toMatchObject({ ret: success, current: 1 })
  expect(answers.at(-1)?.ret).toBe(invalidArgument)
})

// open-gpu-kernel-modules 595.45.04, gpu_mgr.c: the mode is kept by PCI address.
test('a rediscovered GPU has its earlier MIG mode', () => {
  const both = 'A100-SXM4-40GB +mig, H100 80GB HBM3 +mig'
  const calls = ['remove 07', 'remove-v1 0f', 'count', 'discover all', 'mode gpu0', 'mode gpu1']
  const [, , none, found, ampere, hopper] = inSession(both, calls)
  expect(none).toMatchObject({ ret: success, count: 0 })
  expect(found?.ret).toBe(success)
  expect([ampere?.['current'], hopper?.['current']]).toEqual([1, 1])
})

test('clients and persistence mode prevent the removal of a GPU', () => {
  const answers = inSession(machine, [
    'set PersistenceMode gpu1 1',
    `drain ${bus} 1`,
    `remove ${bus}`,
    'set PersistenceMode gpu1 0',
    'control add-process pid=7 gpu=1',
    `drain ${bus} 1`,
    `remove ${bus}`,
    `drains ${bus}`,
    'control remove-process pid=7',
    `remove ${bus}`,
    // It is removed once.
    `remove ${bus}`,
    'discover all',
    `drains ${bus}`,
  ])
  const wanted = [success, inUse, inUse, success, 0, success, inUse, success, 0, success]
  expect(codes(answers)).toEqual([...wanted, invalidArgument, success, success])
  expect(answers[7]).toMatchObject({ state: 1 })
  // The driver forgot that it was draining.
  expect(answers[12]).toMatchObject({ state: 0 })
})

test('only root may remove GPUs, and only existing ones', () => {
  const calls = [`drain ${bus} 1`, `remove ${bus}`, 'discover all', `drains ${bus}`]
  const asked = inSession({ MACHINE: machine, PRIVILEGES: 'config' }, calls)
  expect(codes(asked)).toEqual([noPermission, noPermission, noPermission, success])
  const answers = inSession(machine, ['drain 33 1', 'drains 33', 'remove 33', `drain ${bus} 2`])
  expect(codes(answers)).toEqual(Array(4).fill(invalidArgument))
  expect(codes(runCalls(machine, calls))).toEqual(Array(4).fill(uninitialized))
})

test('a lost GPU can be removed, but is discovered only after a reboot', () => {
  const answers = inSession(machine, [
    'control lose-gpu gpu=1',
    `remove ${bus}`,
    'count',
    'discover all',
    'count',
    'control reset-gpu gpu=1',
    'control reboot',
    'init',
    'count',
  ])
  expect(codes(answers.slice(1, 5))).toEqual(Array(4).fill(success))
  expect(answers[4]).toMatchObject({ count: 2 })
  expect(JSON.stringify(answers[5]?.['reply'])).toContain('GPU 1 is removed')
  expect(answers.at(-1)).toMatchObject({ count: 3 })
})
