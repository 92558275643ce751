// Clients that an apply stops where they are in its way, and starts again.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { applyMigConfig, recoverMig } from '../../../../lib/index.js'
import { recordStopped } from '../../../../lib/machine/clients/client-record.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ClientsDocument } from '../../../../types/machine/clients.js'
import type { ApplyOptions, LibraryRef } from '../../../../types/machine/options.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { configure } from '../../../support/configure.js'
import { rejectionOf } from '../../../support/errors.js'
import { type FakePrograms, fakePrograms } from '../../../support/fake-programs.js'
import { fakeRoot, putProcess } from '../../../support/root-tree.js'

const halves = configure({ '3g.20gb': 2 })
const seven = configure({ '1g.5gb': 7 })
const both: ClientsDocument = {
  version: 'v1',
  clients: [{ unit: 'a.service' }, { unit: 'b.service' }, { unit: 'absent.service' }],
}

interface Node {
  readonly machine: SimulatedMachine
  readonly library: LibraryRef
  readonly programs: FakePrograms
  readonly record: string
  /** Lets a process of a client work in the half that starts there. */
  use(client: string, pid: number, start: number, cgroup?: string): void
  apply(options?: ApplyOptions): Promise<unknown>
  [Symbol.dispose](): void
}

/** A machine with two halves. */
async function createNode(spec = 'A100-SXM4-40GB +mig'): Promise<Node> {
  const root = fakeRoot()
  const store = join(root, 'store')
  const machine = createSimulatedMachine(spec, { store })
  const library = { ...machine.library, root }
  await applyMigConfig(halves, { library })
  const programs = fakePrograms(root, store)
  return {
    machine,
    library,
    programs,
    record: `${machine.library.lockFile}.clients`,
    use(client, pid, start, cgroup = `0::/system.slice/${client}/worker\n`) {
      const half = machine
        .describe()
        .gpus[0]?.gpuInstances.find(({ placement }) => placement.start === start)
      machine.addProcess({
        pid,
        gpu: 0,
        gpuInstanceId: half?.id ?? -1,
        computeInstanceId: 0,
        name: client,
      })
      putProcess(root, pid, { cgroup })
      programs.run(client, pid)
    },
    apply: (options = {}) => applyMigConfig(seven, { library, clients: both, ...options }),
    [Symbol.dispose]: () => machine.close(),
  }
}

const layoutOf = ({ machine }: Node): unknown =>
  machine.describe().gpus[0]?.gpuInstances.map(({ profileName }) => profileName)

test('clients in the way are stopped in order, and started again in the reverse order', async () => {
  using node = await createNode()
  node.use('b.service', 900, 0)
  node.use('a.service', 901, 4)
  const events: string[] = []
  await node.apply({
    onEvent: (event) => {
      if (event.kind.startsWith('client-') || event.kind === 'verified') events.push(event.kind)
    },
  })
  expect(node.programs.changes()).toEqual([
    ...['stop a.service', 'stop b.service', 'start b.service', 'start a.service'],
  ])
  expect(events).toEqual([
    ...['client-stopped', 'client-stopped', 'verified', 'client-started', 'client-started'],
  ])
  expect(layoutOf(node)).toHaveLength(7)
  expect(existsSync(node.record)).toBe(false)
})

test('a change beside a running client stops nobody, and runs no program', async () => {
  using node = await createNode()
  node.use('a.service', 900, 4)
  const beside = configure({ '3g.20gb': 1, '1g.5gb': 3 })
  await applyMigConfig(beside, { library: node.library, clients: both })
  expect(node.programs.calls()).toBe(0)
  expect(layoutOf(node)).toContain('3g.20gb')
})

test('of two clients in the way, the second runs on where the change needs the place of one', async () => {
  using node = await createNode()
  node.use('a.service', 900, 0)
  node.use('b.service', 901, 4)
  const half = configure({ '3g.20gb': 1, '1g.5gb': 3 })
  await applyMigConfig(half, { library: node.library, clients: both })
  expect(node.programs.changes()).toEqual(['stop a.service', 'start a.service'])
  expect(layoutOf(node)).toHaveLength(4)
})

test('an apply with nothing to do stops nobody, and neither does a dry run', async () => {
  using node = await createNode()
  node.use('a.service', 900, 0)
  await applyMigConfig(halves, { library: node.library, clients: both })
  expect(await rejectionOf(node.apply({ dryRun: true }))).toMatchObject({ code: 'MIG_IN_USE' })
  expect(node.programs.changes()).toEqual([])
})

test('a client that did not run is not started', async () => {
  using node = await createNode()
  node.use('a.service', 900, 0)
  await node.apply()
  expect(node.programs.running()).toEqual(['a.service'])
})

test('a unit that stops along with a client is started again once, in whatever ways it belongs to it', async () => {
  using node = await createNode()
  node.use('a.service', 900, 0)
  node.programs.run('part.service')
  node.programs.run('inner.service')
  node.programs.setParts('a.service', ['part.service', 'inner.service', 'absent.service'])
  node.programs.setParts('part.service', ['inner.service', 'a.service'])
  const stopped: string[] = []
  await node.apply({
    onEvent: (event) => {
      if (event.kind === 'client-stopped') stopped.push(event.client.name)
    },
  })
  expect(stopped.toSorted()).toEqual(['a.service', 'inner.service', 'part.service'])
  expect(stopped.at(-1)).toBe('a.service')
  const started = stopped.toReversed().map((name) => `start ${name}`)
  expect(node.programs.changes()).toEqual(['stop a.service', ...started])
})

test('a process that belongs to no client is in the way as before, and no client is stopped for it', async () => {
  using node = await createNode()
  node.use('other.service', 900, 0)
  node.programs.run('a.service')
  expect(await rejectionOf(node.apply())).toMatchObject({ code: 'MIG_IN_USE' })
  expect(node.programs.changes()).toEqual([])
})

test('a container is found by its id in the control group of its process', async () => {
  using node = await createNode()
  node.use('job', 900, 0, `0::/system.slice/docker-${'0123456789abcdef'.repeat(4)}.scope\n`)
  await node.apply({ clients: { version: 'v1', clients: [{ container: 'job' }] } })
  expect(node.programs.changes()).toEqual(['stop job', 'start job'])
})

test.each([
  ['change', 'seven', true],
  ['mode', 'seven', false],
  ['mode', 'off', true],
  ['reset', 'off', true],
  ['holding', 'off', false],
] as const)(
  'a client with when: %s is stopped for the configuration %s: %s',
  async (when, config, stops) => {
    using node = await createNode()
    node.programs.run('a.service')
    const off = [{ devices: 'all', 'mig-enabled': false }] as const
    const seventh = [
      { devices: 'all', 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } },
    ] as const
    await applyMigConfig(
      { version: 'v1', 'mig-configs': { off, seven: seventh } },
      {
        library: node.library,
        config,
        clients: { version: 'v1', clients: [{ unit: 'a.service', when }] },
      },
    )
    expect(node.programs.changes()).toEqual(stops ? ['stop a.service', 'start a.service'] : [])
  },
)

test('a preset stands for units in order, and those that do not exist do not matter', async () => {
  using node = await createNode()
  for (const unit of ['nvidia-dcgm.service', 'dcgm-exporter.service', 'kubelet.service'])
    node.programs.run(unit)
  const presets = ['kubelet', 'dcgm', 'nvsm', 'fabricmanager', 'persistenced'] as const
  const clients = presets.map((preset) => ({ preset, when: 'change' as const }))
  await node.apply({ clients: { version: 'v1', clients } })
  expect(node.programs.changes().slice(0, 3)).toEqual([
    ...['stop kubelet.service', 'stop dcgm-exporter.service', 'stop nvidia-dcgm.service'],
  ])
  expect(node.programs.running()).toHaveLength(3)
})

describe('every fault at every point', () => {
  const ran = ['a.service', 'b.service']

  async function busyNode(): Promise<Node> {
    const node = await createNode()
    node.use('a.service', 900, 0)
    node.use('b.service', 901, 4)
    return node
  }

  test('what ran before runs after, whichever call to stop or start a client fails', async () => {
    let calls = 0
    for (let failing = 1; failing <= 20; failing++) {
      using node = await busyNode()
      node.programs.failAt(failing)
      const outcome = await node.apply().catch((error: unknown) => error)
      node.programs.failAt(null)
      calls = node.programs.calls()
      if (node.programs.running().length < 2) {
        // Only a client that cannot be started is left, and the next call knows of it.
        expect(outcome).toMatchObject({ code: 'MIG_CLIENT_FAILED' })
        expect(existsSync(node.record)).toBe(true)
        const { clients } = await recoverMig({ library: node.library })
        expect(clients).toHaveLength(1)
      }
      expect([failing, node.programs.running()]).toEqual([failing, ran])
      expect(existsSync(node.record)).toBe(false)
      if (failing > calls) break
    }
    expect(calls).toBeGreaterThan(5)
  })

  test.each([
    'nvmlGpuInstanceDestroy',
    'nvmlComputeInstanceDestroy',
    'nvmlDeviceCreateGpuInstanceWithPlacement',
    'nvmlGpuInstanceCreateComputeInstanceWithPlacement',
    'nvmlGpuInstanceCreateComputeInstance',
  ])('what ran before runs after, whichever call of %s fails', async (fn) => {
    for (const nth of [1, 2, 7]) {
      using node = await busyNode()
      node.machine.fail({ fn, nth, error: 'NVML_ERROR_UNKNOWN' })
      await node.apply().catch(() => {})
      expect([nth, node.programs.running()]).toEqual([nth, ran])
      expect(existsSync(node.record)).toBe(false)
    }
  })

  test.each(['client-stopped', 'planned', 'step-done', 'verified'])(
    'what ran before runs after an abort at the event %s',
    async (kind) => {
      using node = await busyNode()
      const stop = new AbortController()
      await node
        .apply({
          signal: stop.signal,
          onEvent: (event) => {
            if (event.kind === kind) stop.abort()
          },
        })
        .catch(() => {})
      expect(node.programs.running()).toEqual(ran)
      expect(existsSync(node.record)).toBe(false)
    },
  )

  test('a failed apply whose client does not start again says both', async () => {
    using node = await busyNode()
    node.machine.fail({ fn: 'nvmlGpuInstanceDestroy', error: 'NVML_ERROR_UNKNOWN' })
    const onEvent = (event: { readonly kind: string }) => {
      if (event.kind === 'undo-started') node.programs.failAt(node.programs.calls() + 1)
    }
    const error = await rejectionOf(node.apply({ onEvent }))
    expect(error.code).toBe('MIG_STEP_FAILED')
    expect(error.report?.outcome).toBe('undone')
    expect(error.message).toMatch(
      /b\.service: it was not started again: systemctl ended with status 1: call \d+ is refused$/,
    )
  })
})

describe('after a crash', () => {
  const left = [{ kind: 'unit', name: 'a.service', program: 'systemctl' }] as const

  test('recoverMig starts the clients that an apply has left stopped', async () => {
    using node = await createNode()
    await recordStopped(node.library.lockFile ?? '', left)
    expect(await recoverMig({ library: node.library })).toMatchObject({ clients: left })
    expect(node.programs.running()).toEqual(['a.service'])
    expect((await recoverMig({ library: node.library })).clients).toEqual([])
  })

  test('the next apply with clients starts what an apply has left stopped, even if it has nothing to do', async () => {
    using node = await createNode()
    await recordStopped(node.library.lockFile ?? '', left)
    await applyMigConfig(halves, { library: node.library, clients: both })
    expect(node.programs.running()).toEqual(['a.service'])
    expect(existsSync(node.record)).toBe(false)
  })
})

test.each(['client-stopped', 'planned', 'step-done', 'verified', 'client-started'])(
  'what ran before an apply that is killed at the event %s runs after a recovery',
  async (kind) => {
    using node = await createNode()
    node.use('a.service', 900, 0)
    node.use('b.service', 901, 4)
    const script = `
      import { applyMigConfig } from ${JSON.stringify(new URL('../../../../dist/index.js', import.meta.url).href)}
      import { openSimulatedMachine } from ${JSON.stringify(new URL('../../../../dist/simulator.js', import.meta.url).href)}
      const { store, root, document, clients, kind } = JSON.parse(process.argv[1])
      const library = { ...openSimulatedMachine(store).library, root }
      await applyMigConfig(document, {
        library,
        clients,
        onEvent: (event) => { if (event.kind === kind) process.kill(process.pid, 'SIGKILL') },
      })`
    const { store } = node.machine.describe()
    const task = { store, root: node.library.root, document: seven, clients: both, kind }
    const { signal } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script, JSON.stringify(task)],
      { stdio: 'ignore' },
    )
    expect(signal).toBe('SIGKILL')
    expect(existsSync(node.record)).toBe(true)
    await recoverMig({ library: node.library })
    expect(node.programs.running()).toEqual(['a.service', 'b.service'])
    expect(existsSync(node.record)).toBe(false)
  },
)

test('clients beside a simulated machine without a file tree are refused, as they are those of this computer', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const error = await rejectionOf(
    applyMigConfig(seven, { library: machine.library, clients: both }),
  )
  expect(error.code).toBe('MIG_CLIENT_FAILED')
})
