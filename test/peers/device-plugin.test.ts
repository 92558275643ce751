// NVIDIA's device plugin for Kubernetes, by the modules that it is made of: device-plugin/main.go.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { applyMigConfig } from '../../lib/index.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { isMissing, peerPath } from './peer.js'
import { output, run } from './run.js'

describe.skipIf(isMissing('go-gpuallocator'))("NVIDIA's device plugin", () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'device-plugin-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const make = (spec: string): SimulatedMachine =>
    createSimulatedMachine(spec, { store: join(folder, 'store') })
  const env = (machine: SimulatedMachine): NodeJS.ProcessEnv => ({ ...process.env, ...machine.env })
  const uuidsOf = (machine: SimulatedMachine): string[] =>
    machine.describe().gpus.map(({ uuid }) => uuid)

  /** Which of the available GPUs a pod would get, by their indexes. */
  async function allocate(
    machine: SimulatedMachine,
    available: readonly number[],
    size: number,
  ): Promise<readonly number[]> {
    const uuids = uuidsOf(machine)
    const words = ['allocate', available.map((gpu) => uuids[gpu]).join(','), `${size}`]
    const chosen = await output(peerPath('go-gpuallocator'), words, { env: env(machine) })
    return (JSON.parse(chosen) as string[]).map((uuid) => uuids.indexOf(uuid)).sort()
  }

  test('the device plugin offers whole GPUs and MIG devices by profile', async () => {
    using machine = make('2x A100-SXM4-40GB, A100-SXM4-40GB +mig, T4')
    const config = {
      version: 'v1',
      'mig-configs': {
        x: [{ devices: [2], 'mig-enabled': true, 'mig-devices': { '3g.20gb': 1, '1g.5gb+me': 1 } }],
      },
    } as const
    await applyMigConfig(config, { library: machine.library, config: 'x' })
    const listed = await output(peerPath('go-gpuallocator'), ['list'], { env: env(machine) })
    const uuids = uuidsOf(machine)
    const devices = machine.describe().gpus[2]?.gpuInstances ?? []
    const uuidOf = (profile: string): unknown =>
      devices.find(({ profileName }) => profileName === profile)?.computeInstances[0]?.uuid
    const [first, second] = devices[0]?.profileName === '3g.20gb' ? [0, 1] : [1, 0]
    expect(JSON.parse(listed)).toEqual(
      expect.arrayContaining([
        { resource: 'gpu', index: '0', uuid: uuids[0], memoryMB: 40960 },
        { resource: 'gpu', index: '1', uuid: uuids[1], memoryMB: 40960 },
        { resource: 'gpu', index: '3', uuid: uuids[3], memoryMB: 15360 },
        {
          resource: 'mig-3g.20gb',
          index: `2:${first}`,
          uuid: uuidOf('3g.20gb'),
          memoryMB: 19968,
        },
        {
          resource: 'mig-1g.5gb.me',
          index: `2:${second}`,
          uuid: uuidOf('1g.5gb+me'),
          memoryMB: 4864,
        },
      ]),
    )
    expect(JSON.parse(listed)).toHaveLength(5)
  })

  test('the device plugin gives a pod two of eight GPUs, and those that are nearest to each other', async () => {
    using machine = make('8x A100-SXM4-40GB')
    const all = [0, 1, 2, 3, 4, 5, 6, 7]
    const [first, second] = await allocate(machine, all, 2)
    // Two behind the same switches: 0 and 1, 2 and 3, …
    expect([first !== undefined && first % 2, second]).toEqual([0, (first ?? -1) + 1])
    expect(await allocate(machine, [0, 2, 3, 6], 2)).toEqual([2, 3])
    expect(await allocate(machine, [1, 4, 7], 1)).toHaveLength(1)
    expect(await allocate(machine, all, 8)).toEqual(all)
  })

  test.each([
    ['8x H100 80GB HBM3 on dgx-h100', [0, 4, 5], [4, 5]],
    ['8x H100 80GB HBM3 on pcie-pairs', [1, 2, 4, 5], [4, 5]],
    ['12x A100-SXM4-40GB', [0, 5, 10, 11], [10, 11]],
  ])('gives two GPUs by the host of %s: of %j it takes %j', async (spec, available, chosen) => {
    using machine = make(spec)
    expect(await allocate(machine, available, 2)).toEqual(chosen)
  })

  // `GetPreferredAllocation rpc failed … error creating nvml.Device 3: nvml: GPU is lost`, as a real
  // machine had it: NVIDIA/k8s-device-plugin#231.
  test('the device plugin gives no GPU on a machine where one is lost before it begins', async () => {
    using machine = make('4x A100-SXM4-40GB')
    machine.loseGpu(3)
    const words = ['allocate', uuidsOf(machine)[0] ?? '', '1']
    const { status, stderr } = await run(peerPath('go-gpuallocator'), words, { env: env(machine) })
    expect(status).toBe(1)
    expect(stderr).toMatch(/GPU is lost/i)
  })

  test('the device plugin takes only the GPU that is lost for unhealthy: eight become seven', async () => {
    using machine = make('8x A100-SXM4-40GB')
    await using plugin = startPlugin(env(machine))
    expect(await plugin.nextLine()).toBe('ready')
    machine.loseGpu(5)
    expect(JSON.parse(await plugin.nextLine())).toEqual([uuidsOf(machine)[5]])
  })
})

interface RunningPlugin extends AsyncDisposable {
  nextLine(): Promise<string>
}

function startPlugin(env: NodeJS.ProcessEnv): RunningPlugin {
  const child: ChildProcessByStdio<null, Readable, null> = spawn(
    peerPath('go-gpuallocator'),
    ['health'],
    { env, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const exit = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async nextLine() {
      const { value, done } = await lines.next()
      if (done) throw new Error('the plugin ended')
      return value
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await exit
    },
  }
}
