// Drivers on which a session goes on seeing the MIG devices of its beginning. Sources:
// NVIDIA/libcudacxx#224, Project-HAMi/HAMi#1950.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openSession } from '../../../../lib/driver/session.js'
import {
  applyMigConfig,
  assertMigConfig,
  readMigState,
  watchMigState,
} from '../../../../lib/index.js'
import { packageRoot } from '../../../../lib/model/package-root.js'
import { openNvml } from '../../../../lib/nvml.js'
import { createSimulatedMachine, type SimulatedMachine } from '../../../../lib/simulator.js'
import type { MigState } from '../../../../types/model/state.js'
import { configure } from '../../../support/configure.js'
import { feed } from '../../../support/feed.js'
import { fakeRoot } from '../../../support/root-tree.js'

const run = promisify(execFile)
const cli = new URL('dist/cli/main.js', packageRoot()).pathname

function staleMachine(spec = '2x A100-SXM4-40GB +mig'): SimulatedMachine {
  const machine = createSimulatedMachine(spec, { store: join(fakeRoot(), 'machine') })
  machine.setStaleSessions(true)
  return machine
}

/** Another process applies a configuration, as an operator would. */
async function applyElsewhere(machine: SimulatedMachine, config: object): Promise<void> {
  const args = [cli, 'apply', '-f', '-', '--library', machine.env['MIG_NVML_LIBRARY'] ?? '']
  const running = run(process.execPath, args, { env: { ...process.env, ...machine.env } })
  feed(running.child, JSON.stringify(config))
  await running
}

/** What a process that has just started sees. */
async function readElsewhere(machine: SimulatedMachine): Promise<MigState> {
  const args = [cli, 'status', '--json', '--library', machine.env['MIG_NVML_LIBRARY'] ?? '']
  const { stdout } = await run(process.execPath, args, {
    env: { ...process.env, ...machine.env },
    maxBuffer: 64 << 20,
  })
  return JSON.parse(stdout)
}

const uuidsOf = ({ gpus }: MigState): readonly (string | null)[] =>
  gpus.flatMap(({ gpuInstances, ...gpu }) =>
    gpuInstances === null && 'migDevices' in gpu
      ? gpu.migDevices.map(({ uuid }) => uuid)
      : (gpuInstances ?? []).flatMap(({ computeInstances }) =>
          computeInstances.map(({ uuid }) => uuid),
        ),
  )

/** Not the geometry: a session learns it as it goes. */
const layoutOf = ({ gpus }: MigState) =>
  gpus.map(({ mig, gpuInstances }) => ({ mig, gpuInstances }))

test('a stale NVML session goes on showing old MIG devices, and does not find new ones', async () => {
  using machine = staleMachine()
  await applyElsewhere(machine, configure({ '3g.20gb': 2 }))
  const old = uuidsOf(await readElsewhere(machine))
  await using nvml = await openNvml({ library: machine.library })
  const gpu = await nvml.deviceGetHandleByIndex(0)
  await applyElsewhere(machine, configure({ '1g.5gb': 7 }))
  const now = uuidsOf(await readElsewhere(machine))
  expect(now).toHaveLength(7)
  expect(await nvml.deviceGetMigDeviceHandleByIndex(gpu, 0)).toBe(old[0])
  await expect(nvml.deviceGetMigDeviceHandleByIndex(gpu, 2)).rejects.toMatchObject({
    code: 'NVML_ERROR_NOT_FOUND',
  })
  const added = now.find((uuid) => !old.includes(uuid)) ?? ''
  await expect(nvml.deviceGetHandleByUUID(added)).rejects.toMatchObject({
    code: 'NVML_ERROR_NOT_FOUND',
  })
  // Lists of instances come from the driver.
  expect(await nvml.deviceGetGpuInstances(gpu, 19)).toHaveLength(7)
})

test('a long session reads the machine as a new session does, after changes by other processes', async () => {
  using machine = staleMachine()
  await using session = await openSession({ library: machine.library })
  await session.readState()
  for (const devices of [
    { '3g.20gb': 2 },
    { '1g.5gb': 7 },
    { '1c.3g.20gb': 3 },
    { '2g.10gb': 3 },
  ]) {
    await applyElsewhere(machine, configure(devices))
    expect(layoutOf(await session.readState())).toEqual(layoutOf(await readElsewhere(machine)))
  }
})

test('NVML is initialised again once for each change by another process, and never for an own change', async () => {
  using machine = staleMachine()
  await using session = await openSession({ library: machine.library })
  await session.readState()
  machine.resetCallCounts()
  const inits = (): number => machine.callCounts().byFunction['nvmlInit_v2'] ?? 0
  await applyMigConfig(configure({ '3g.20gb': 2 }), { library: machine.library })
  await applyMigConfig(configure({ '1g.5gb': 7 }), { library: machine.library })
  await session.readState()
  await session.readState()
  expect(inits()).toBe(0)
  await applyElsewhere(machine, configure({ '3g.20gb': 2 }))
  const others = inits()
  await session.readState()
  await session.readState()
  expect(inits() - others).toBe(1)
})

test('an apply in a program with a stale NVML plans, verifies and reports the real machine', async () => {
  using machine = staleMachine()
  const { library } = machine
  await using _held = await openSession({ library })
  await readMigState({ library })
  await applyElsewhere(machine, configure({ '3g.20gb': 2 }))
  const report = await applyMigConfig(configure({ '3g.20gb': 1, '1g.5gb': 3 }), { library })
  expect(report.outcome).toBe('applied')
  expect(layoutOf(report.after)).toEqual(layoutOf(await readElsewhere(machine)))
  const wanted = configure({ '3g.20gb': 1, '1g.5gb': 3 })
  expect(await assertMigConfig(wanted, { library })).toMatchObject({ matches: true })
})

test.each(['admin', 'monitor'] as const)(
  'a watch with the rights %s gives the UUIDs of MIG devices that other processes have created',
  async (rights) => {
    using machine = staleMachine()
    machine.setPrivileges(rights)
    const watch = watchMigState({ library: machine.library, intervalMs: 50 })
    let state = (await watch.next()).value?.state
    machine.setPrivileges('admin')
    await applyElsewhere(machine, configure({ '1g.5gb': 7 }))
    const wanted = uuidsOf(await readElsewhere(machine))
    machine.setPrivileges(rights)
    while (state !== undefined && JSON.stringify(uuidsOf(state)) !== JSON.stringify(wanted))
      state = (await watch.next()).value?.state
    await watch.return()
    expect(state && uuidsOf(state)).toEqual(wanted)
  },
)
