import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockGpus } from '../../../../lib/driver/lock/machine-lock.js'
import { applyMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MigConfigDocument, MigConfigInput } from '../../../../types/config/config.js'
import type { GpuUuid } from '../../../../types/model/state.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { configure } from '../../../support/configure.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices, wantOnAll } from '../../../support/wanted.js'

const seven = { '1g.5gb': 7 }

let folder: string
let machine: SimulatedMachine
let uuids: readonly GpuUuid[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mig-nvml-'))
  const models = [
    { model: 'A100-SXM4-40GB', count: 2, migEnabled: true },
    { model: 'NVIDIA A30', migEnabled: true },
  ]
  machine = createSimulatedMachine(models, { store: join(folder, 'machine') })
  uuids = (await readMigState({ library: machine.library })).gpus.map(({ uuid }) => uuid)
})

afterEach(() => {
  machine.close()
  rmSync(folder, { recursive: true })
})

/** The lock files for which an apply waits while another process has GPU 1. */
async function waitsFor(document: MigConfigInput): Promise<string[]> {
  const { library } = machine
  const held = await lockGpus(library.lockFile ?? '', uuids.slice(1, 2))
  const abort = new AbortController()
  const files: string[] = []
  await applyMigConfig(document, {
    library,
    signal: abort.signal,
    onEvent: (event) => {
      if (event.kind !== 'waiting-for-lock') return
      files.push(basename(event.path))
      abort.abort()
    },
  }).catch((error: { code?: string }) => {
    if (error.code !== 'ABORT_ERR') throw error
  })
  held.release()
  return files
}

const filtered = (filter: string, devices: 'all' | readonly number[]): MigConfigDocument => ({
  version: 'v1',
  'mig-configs': {
    wanted: [{ devices, 'device-filter': filter, 'mig-enabled': true, 'mig-devices': {} }],
  },
})
const a30 = '0x20B710DE'
const a100 = '0x20B010DE'

describe('while another process changes GPU 1', () => {
  test.each([
    ['GPU 0 by its index', () => configure(seven), []],
    ['GPU 1 by its index', () => configure(undefined, seven), ['GPU 1']],
    ['both', () => configure(seven, seven), ['GPU 1']],
    ['every GPU', () => wantOnAll({}), ['machine']],
    ['the models of GPUs 0 and 1', () => filtered(a100, 'all'), ['GPU 1']],
    ['the model of GPU 2', () => filtered(a30, 'all'), []],
    [
      'GPU 0 by its UUID',
      () => `version: mig-nvml/v1
mig-configs: { wanted: [{ devices: ${uuids[0]}, mig-devices: { 1g.5gb: 7 } }] }`,
      [],
    ],
    [
      'GPU 1 by its PCI address',
      () => `version: mig-nvml/v1
mig-configs: { wanted: [{ devices: '${machine.describe().gpus[1]?.pciBusId}', mig-devices: { 1g.5gb: 7 } }] }`,
      ['GPU 1'],
    ],
  ] as const)('an apply to %s waits for %s', async (_, documentOf, expected) => {
    const names = { machine: 'machine.lock', 'GPU 1': `machine.lock.${uuids[1]}` }
    expect(await waitsFor(documentOf())).toEqual(expected.map((name) => names[name]))
  })
})

test('an apply to the whole machine reads it no more often than without locks', async () => {
  const { library } = machine
  const calls = async (document: MigConfigDocument): Promise<number> => {
    await applyMigConfig(document, { library })
    machine.resetCallCounts()
    await applyMigConfig(document, { library })
    return machine.callCounts().total
  }
  const whole = await calls(wantOnAll({}))
  const byIndex = await calls(configure({}, {}, {}))
  // A handle and a UUID for each of three.
  expect(byIndex).toBe(whole + 3 * 2)
})

test('a GPU that is not there is rejected with the error of planning', async () => {
  const missing: MigConfigDocument = {
    version: 'v1',
    'mig-configs': { wanted: [{ devices: [7], 'mig-enabled': true, 'mig-devices': {} }] },
  }
  await expect(applyMigConfig(missing, { library: machine.library })).rejects.toMatchObject({
    code: 'MIG_ENTRY_MATCHES_NO_GPU',
  })
})

/** A function that waits until it has been called twice. */
function meet(): () => Promise<void> {
  let come = (): void => {}
  const both = new Promise<void>((resolve) => {
    come = resolve
  })
  let calls = 0
  return () => {
    if (++calls === 2) come()
    return both
  }
}

test('two applies of one process to different GPUs run side by side', async () => {
  const { library } = machine
  // Each apply has its locks, and waits for the other before its first step and after its last.
  const options = {
    library,
    hooks: { hooks: { 'pre-apply-config': [meet()], 'apply-exit': [meet()] } },
  }
  await Promise.all([
    applyMigConfig(configure(seven), options),
    applyMigConfig(configure(undefined, seven), options),
  ])
  expect((await readMigState({ library })).gpus.map(countDevices)).toEqual([seven, seven, {}])
})
