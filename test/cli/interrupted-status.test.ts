// What `status` says of applies that a crash ended. Applies and their deaths are processes of their own.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { applyMigConfig } from '../../lib/index.js'
import { simulatorFolder } from '../../lib/simulator/folder.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { MachineFolder, startApply } from '../native/apply/processes.js'
import { untilCalled } from '../support/calls.js'
import { configure } from '../support/configure.js'
import { canBeOther, otherUid, publicFolder } from '../support/other-user.js'
import { runInProcess } from './run-in-process.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const document = configure({ '3g.20gb': 2 }, { '7g.40gb': 1 })
const everyGpu = {
  version: 'v1',
  'mig-configs': {
    wanted: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': { '7g.40gb': 1 } }],
  },
} as const

interface Stored {
  readonly folder: MachineFolder
  readonly machine: SimulatedMachine
  readonly status: (...args: readonly string[]) => ReturnType<typeof runInProcess>
}

function storeMachine(): Stored {
  const folder = new MachineFolder()
  const machine = createSimulatedMachine('3x A100-SXM4-40GB +mig', { store: folder.store })
  onTestFinished(() => {
    machine.close()
    folder[Symbol.dispose]()
  })
  return {
    folder,
    machine,
    status: (...args) => runInProcess(['status', ...args, '--store', folder.store]),
  }
}

/** Starts an apply that hangs in the driver; resolves when it does. */
async function startHanging({ machine, folder }: Stored) {
  const fn = 'nvmlGpuInstanceCreateComputeInstance'
  machine.fail({ fn, hangMs: 600_000 })
  machine.resetCallCounts()
  const child = startApply(folder.store, { document })
  onTestFinished(() => void child.kill('SIGKILL'))
  await untilCalled(machine, fn)
  return child
}

async function kill(child: Awaited<ReturnType<typeof startHanging>>): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

test('status shows the apply that a kill has ended, with its process, its GPUs and its configuration, and names recover', async () => {
  const stored = storeMachine()
  const child = await startHanging(stored)
  await kill(child)
  stored.machine.clearFaults()
  const before = stored.folder.listJournals()

  const { status, out } = await stored.status()
  expect(status).toBe(0)
  expect(out).toMatch(
    new RegExp(
      `^GPU 0, 1: an apply of wanted by ${child.pid} .*apply\\.mjs .*was interrupted$`,
      'm',
    ),
  )
  expect(out).toContain('mig-nvml recover')
  expect(stored.folder.listJournals()).toEqual(before)

  expect(await runInProcess(['recover', '--store', stored.folder.store])).toMatchObject({
    status: 0,
  })
  expect((await stored.status()).out).not.toMatch(/interrupted|recover/)
})

test('status --json has interrupted applies as data', async () => {
  const stored = storeMachine()
  const child = await startHanging(stored)
  await kill(child)
  stored.machine.clearFaults()
  const uuids = stored.machine.describe().gpus.map(({ uuid }) => uuid)
  const { gpus, interruptedApplies } = JSON.parse((await stored.status('--json')).out)
  expect(gpus).toHaveLength(3)
  expect(interruptedApplies).toEqual([
    {
      config: 'wanted',
      by: expect.stringMatching(new RegExp(`^${child.pid} `)),
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      gpus: [
        { gpu: uuids[0], gpuIndex: 0 },
        { gpu: uuids[1], gpuIndex: 1 },
      ],
      reason: null,
    },
  ])
  const ofGpu = async (gpu: string) =>
    JSON.parse((await stored.status('--json', '--gpu', gpu)).out).interruptedApplies
  expect(await ofGpu('1')).toEqual(interruptedApplies)
  expect(await ofGpu('2')).toEqual([])
})

// `devices: all` locks the machine's file, and indexes lock a file for each GPU.
test.each([
  ['two GPUs', document, 'GPU 0, 1'],
  ['the whole machine', everyGpu, 'GPU 0-2'],
])(
  'status does not call an apply of %s interrupted while it runs, and does after it is killed',
  async (_, wanted, gpus) => {
    const stored = storeMachine()
    const child = startApply(stored.folder.store, { document: wanted, waits: true })
    onTestFinished(() => void child.kill('SIGKILL'))
    const channel = child.stdio[3]
    if (!channel) throw new Error('no channel')
    await once(channel, 'data')
    expect(stored.folder.listJournals()).not.toEqual([])
    const { interruptedApplies } = JSON.parse((await stored.status('--json')).out)
    expect(interruptedApplies).toEqual([])
    await kill(child)
    expect((await stored.status()).out).toMatch(new RegExp(`^${gpus}: an apply of wanted by `, 'm'))
  },
)

test('status shows a journal that cannot be used, with the reason', async () => {
  const stored = storeMachine()
  await kill(await startHanging(stored))
  stored.machine.clearFaults()
  const [name = ''] = stored.folder.listJournals()
  writeFileSync(join(stored.folder.path, name), '{}')
  const { status, out } = await stored.status()
  expect(status).toBe(0)
  expect(out).toMatch(
    /^GPU [01]: an apply was interrupted; its journal cannot be used: it is not a journal$/m,
  )
  expect(out).toMatch(/^GPU [01]: an apply of wanted by /m)
})

test('status of a machine without a crash has an empty list of interrupted applies', async () => {
  const stored = storeMachine()
  await applyMigConfig(document, { library: stored.machine.library })
  const { out } = await stored.status('--json')
  expect(JSON.parse(out).interruptedApplies).toEqual([])
})

test('status shows an interrupted apply while a call of the driver hangs, before it knows the machine', async () => {
  const stored = storeMachine()
  await kill(await startHanging(stored))
  stored.machine.clearFaults()
  stored.machine.fail({ fn: 'nvmlDeviceGetMigMode', hangMs: 600_000 })
  const { env } = stored.machine
  const child = spawn(process.execPath, [main, 'status', '--store', stored.folder.store], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  for await (const text of child.stdout.setEncoding('utf8')) {
    out += text
    if (out.includes('mig-nvml recover')) break
  }
  expect(out).toMatch(
    /^GPU-[0-9a-f-]+, GPU-[0-9a-f-]+: an apply of wanted by \d+ .*was interrupted$/m,
  )
})

test('status without a driver shows an interrupted apply, with --json in the error', async () => {
  const stored = storeMachine()
  await kill(await startHanging(stored))
  stored.machine.clearFaults()
  stored.machine.fail({ fn: 'nvmlDeviceGetMigMode', error: 'NVML_ERROR_UNKNOWN', times: 100 })
  const text = await stored.status()
  expect(text.status).toBe(1)
  expect(text.out).toMatch(/an apply of wanted by \d+ .*was interrupted$/m)
  const json = await stored.status('--json')
  expect(JSON.parse(json.out).error).toMatchObject({
    code: 'NVML_ERROR_UNKNOWN',
    interruptedApplies: [{ config: 'wanted', gpus: [{ gpuIndex: null }, { gpuIndex: null }] }],
  })
})

test.runIf(canBeOther)(
  'status of a user who may not look into the folder of the journals has no error and does not claim that there is none',
  () => {
    const folder = publicFolder(0o755)
    chmodSync(folder, 0o700)
    const status = (...args: readonly string[]) =>
      spawnSync(process.execPath, [main, 'status', ...args], {
        uid: otherUid,
        gid: otherUid,
        cwd: '/',
        encoding: 'utf8',
        env: {
          MIG_NVML_LIBRARY: join(simulatorFolder(), 'libnvidia-ml.so.1'),
          MIG_NVML_LOCK: join(folder, 'lock'),
          MIG_SIMULATOR_MACHINE: 'A100-SXM4-40GB',
        },
      })
    expect(status()).toMatchObject({ status: 0, stderr: '' })
    const { stdout } = status('--json')
    expect(JSON.parse(stdout)).toMatchObject({ gpus: [{ index: 0 }], interruptedApplies: null })
  },
)
