// Events of the system: a client receives those of GPUs that come and go, from its registration on and in order.
import { expect, test } from 'vitest'
import { run } from './programs.js'
import { nvml } from './shell.js'

const timeout = 10

test('clients receive the events of GPUs that are removed and discovered', () => {
  const lines = run('system_events', { MACHINE: '2x A100-SXM4-40GB' }).trim().split('\n')
  // nvmlSystemEventType of header 13.5: 1 unbinds, 2 binds. open-gpu-kernel-modules, gpu_mgr.c: the id has domain, bus and device.
  const [first, second] = ['700', 'f00']
  expect(lines).toEqual([
    `register: ${nvml.success} ${nvml.success} ${nvml.invalidArgument}`,
    `earlier: ${timeout}`,
    `all: ${nvml.success} 1:${second} 1:${first} 2:${first}`,
    `the rest: ${nvml.success} 2:${second}`,
    `no more: ${timeout}`,
    `bound: ${nvml.success} 2:${first} 2:${second}`,
    `not registered: ${timeout}`,
    `without an array: ${nvml.invalidArgument}`,
    `an empty array: ${nvml.invalidArgument}`,
    // Neither of these calls took it.
    `still there: ${nvml.success} 1:${first}`,
    `then: ${nvml.success} 2:${first}`,
    `woken: ${nvml.success} 1:${first}`,
    `free: ${nvml.success} ${nvml.invalidArgument}`,
    `freed: ${nvml.invalidArgument}`,
    // The session ended during the call.
    `woken: ${nvml.uninitialized}`,
  ])
})
