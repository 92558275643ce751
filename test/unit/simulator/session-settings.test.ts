import { expect, test } from 'vitest'
import { createSimulatedMachine } from '../../../lib/simulator.js'

test('describe() shows stale sessions, idle memory and subscribers, and the journal has their commands', () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  expect(machine.describe()).toMatchObject({ staleSessions: false, idleMemoryMiB: 0 })
  machine.setStaleSessions(true)
  machine.setIdleMemory(13)
  machine.addProcess({ pid: 900, gpu: 0, name: 'nv-hostengine', kind: 'subscriber' })
  expect(machine.describe()).toMatchObject({
    staleSessions: true,
    idleMemoryMiB: 13,
    gpus: [{ processes: [{ pid: 900, kind: 'subscriber' }] }],
  })
  const commands = machine
    .journal({ control: true })
    .map((entry) => (entry.kind === 'control' ? entry.command : entry.fn))
  expect(commands).toEqual([
    'stale-sessions value=on',
    'idle-memory mib=13',
    'add-process pid=900 gpu=0 memory-mib=0 kind=subscriber name="nv-hostengine"',
  ])
})

test.each([-1, 1.5, 1025, Number.NaN])('an idle memory of %d MiB is refused', (mib) => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  expect(() => machine.setIdleMemory(mib)).toThrow(/idle-memory|mib/)
})
