// The journal is enough to repeat everything: calls, and the actions of the control side.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratch } from './programs.js'
import { expectReplay } from './replay.js'
import { inSession, nvml } from './shell.js'

const machine = '2x A100-SXM4-40GB, H100 80GB HBM3 +mig'

const actions = [
  'control add-process pid=70 gpu=0 memory-mib=100',
  'control reset-policy value=manual',
  'set-mode gpu0 1',
  'set-mode gpu1 1',
  'create gpu0 19',
  'control remove-process pid=70',
  'control reset-gpu gpu=0',
  'create gpu0 9',
  'create-ci gpu0 2 2',
  'control add-process pid=71 gpu=0 gi=2 ci=0 kind=mps',
  'control raise-xid gpu=0 xid=94 gi=2 ci=0',
  'control raise-xid gpu=0 xid=48',
  'destroy-ci gpu0 2 0',
  'control reset-policy value=automatic',
  'create gpu2 14',
  'control lose-gpu gpu=2',
  'control reboot',
  'init',
  'create gpu0 19',
  'create gpu2 19',
  'set-mode gpu2 1',
  'create gpu2 19',
  'control reset-gpu gpu=2',
  'create gpu1 20',
  'control add-process pid=72 gpu=1 kind=graphics',
  'control privileges value=config',
  'set-mode gpu0 1',
  'create gpu0 14',
  'control lose-gpu gpu=1',
]

test('a journal with resets, reboots, losses, processes and policies can be replayed', () => {
  const store = join(scratch, 'controlled')
  inSession({ STORE: store, MACHINE: machine }, actions)
  expect(expectReplay(machine, store)).toBe(actions.length - 1)
})

test('a journal contains only calls unless control actions are requested', () => {
  const calls = [
    'control reset-policy value=manual',
    'set-mode gpu0 1',
    'control reset-gpu gpu=0',
    'create gpu0 9',
    'control journal',
    'control journal control=on',
    'set-mode gpu2 2',
    'control journal from=5',
  ]
  const [plain, full, , late] = inSession(machine, calls).slice(4)
  expect(plain?.['reply']).toMatchObject([
    { kind: 'call', sequence: 2, fn: 'nvmlDeviceSetMigMode', activation: nvml.resetRequired },
    { kind: 'call', sequence: 4, fn: 'nvmlDeviceCreateGpuInstance', activation: null },
  ])
  expect(full?.['reply']).toMatchObject([
    { kind: 'control', sequence: 1, command: 'reset-policy value=manual' },
    { kind: 'call', sequence: 2 },
    { kind: 'control', sequence: 3, command: 'reset-gpu gpu=0' },
    { kind: 'call', sequence: 4 },
  ])
  expect(late?.['reply']).toMatchObject([
    { sequence: 5, ret: nvml.invalidArgument, activation: null },
  ])
})
