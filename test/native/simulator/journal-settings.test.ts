// Settings besides MIG, faults, latencies, and removed and discovered GPUs: a replay of the journal
// restores all of them.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratch } from './programs.js'
import { expectReplay } from './replay.js'
import { codes, inSession, nvml } from './shell.js'

const machine = '2x A100-SXM4-40GB, H100 80GB HBM3 +mig'

function replayOf(name: string, actions: readonly string[]): number {
  const store = join(scratch, name)
  inSession({ STORE: store, MACHINE: machine }, actions)
  return expectReplay(machine, store)
}

test('a replay of the journal restores settings', () => {
  const actions = [
    'set PersistenceMode gpu0 1',
    'set AccountingMode gpu0 1',
    'set ComputeMode gpu0 3',
    'set EccMode gpu1 0',
    'set EccMode gpu0 7',
    'set-mode gpu1 1',
    'set AccountingMode gpu1 1',
    'create gpu2 9',
    'create-ci gpu2 2 0',
    'create-ci gpu2 2 0',
    'set ComputeMode mig2.1 2',
    'set ComputeMode gpu2 2',
    'control reset-gpu gpu=0',
  ]
  expect(replayOf('settings', actions)).toBe(actions.length)
})

test('a replay of the journal restores the names of processes', () => {
  const store = join(scratch, 'named')
  const actions = [
    'control add-process pid=1 gpu=0 name="a \\"b\\" \\\\ c"',
    'control add-process pid=2 gpu=1 name=Xorg kind=graphics',
  ]
  inSession({ STORE: store, MACHINE: machine }, actions)
  expect(expectReplay(machine, store)).toBe(2)
  const [journal] = inSession({ STORE: store }, ['control journal control=on'])
  expect(journal?.['reply']).toMatchObject([{ command: expect.stringContaining('\\"b\\"') }, {}])
})

test('a replay of the journal restores used-up faults and latencies', () => {
  const actions = [
    'control fail fn=nvmlDeviceGetCount nth=3 times=2 error=NVML_ERROR_IN_USE',
    'control fail fn=nvmlDeviceSetMigMode nth=2 error=NVML_ERROR_UNKNOWN',
    'control fail fn=nvmlDeviceCreateGpuInstance times=5 error=0',
    'control latency fn=nvmlDeviceGetName us=5',
    'count',
    'count',
    'count',
    'set-mode gpu0 1',
    'set-mode gpu1 1',
    'create gpu2 9',
    'mode gpu0',
    'control clear-faults',
    'control fail fn=nvmlDeviceGetCount error=NVML_ERROR_IN_USE nth=2 hang-ms=1',
    'count',
    'control latency preset=a100',
    'control latency fn=nvmlDeviceGetCount us=3',
  ]
  // Eight commands, seven calls that counted against a fault, and three that would change something.
  expect(replayOf('faults', actions)).toBe(8 + 7 + 3)
})

test('a replay of the journal restores removed and discovered GPUs', () => {
  const actions = [
    'create gpu2 9',
    'set-mode gpu0 1',
    'drain 0f 1',
    'remove 0f',
    'create gpu0 19',
    'create gpu1 19',
    'discover 33',
    'discover 0f',
    'set-mode gpu1 1',
    'remove 07',
    'control lose-gpu gpu=2',
    'remove-v1 47',
    'discover all',
    'drain 0f 1',
    'remove 33',
  ]
  // Neither a search at an address without a GPU nor a removal there can change anything.
  expect(replayOf('attachment', actions)).toBe(actions.length - 2)
})

test('a process with steering off avoids faults and latencies', () => {
  const store = join(scratch, 'unsteered')
  const fault = 'control fail fn=nvmlDeviceGetCount error=NVML_ERROR_IN_USE'
  inSession({ STORE: store, MACHINE: machine }, [fault])
  const off = { STORE: store, STEERING: 'off' }
  expect(codes(inSession(off, ['count', 'count']))).toEqual([nvml.success, nvml.success])
  expect(codes(inSession({ STORE: store }, ['count', 'count']))).toEqual([nvml.inUse, nvml.success])
})
