// Events of a GPU: a client receives those that it registered for, from then on and in order.
import { expect, test } from 'vitest'
import { run } from './programs.js'
import { nvml } from './shell.js'

const migConfigChange = 0x100
const xid = 0x8
const none = -1

test('clients receive the events of instances and lost GPUs', () => {
  const lines = run('events', { MACHINE: '2x A100-SXM4-40GB +mig' }).trim().split('\n')
  expect(lines).toEqual([
    `register ${nvml.notSupported}`,
    `register ${nvml.success}`,
    'ret 10',
    // Creating and destroying: nvmlEventData_t of header 13.5 says 0xFFFFFFFF but for Xids.
    `${migConfigChange} 0 ${none} ${none}`,
    'ret 10',
    `${migConfigChange} 0 ${none} ${none}`,
    `${migConfigChange} 0 ${none} ${none}`,
    // open-gpu-kernel-modules 595.45.04 raises none when it sets the partitioning mode.
    'ret 10',
    // Xid 79: the GPU has fallen off the bus.
    `${xid} 79 ${none} ${none}`,
    'ret 10',
    // The session ended during the call.
    `ret ${nvml.uninitialized}`,
    `free ${nvml.uninitialized}`,
    // A reboot has the same effect.
    `ret ${nvml.uninitialized}`,
    `free ${nvml.uninitialized}`,
  ])
})
