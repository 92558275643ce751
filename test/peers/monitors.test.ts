// nvitop and gpustat, as their users run them. Both show only processes that exist.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyMigConfig } from '../../lib/index.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { isMissing, peerPath } from './peer.js'
import { output } from './run.js'

let folder: string
let machine: SimulatedMachine
const client = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
  stdio: ['pipe', 'ignore', 'ignore'],
})
const pid = client.pid ?? -1

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'monitors-'))
  const store = join(folder, 'store')
  machine = createSimulatedMachine('A100-SXM4-40GB, A100-SXM4-40GB +mig, T4', { store })
  const entry = { devices: [1], 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } } as const
  const config = { version: 'v1', 'mig-configs': { x: [entry] } } as const
  await applyMigConfig(config, { library: machine.library, config: 'x' })
  const [first] = machine.describe().gpus[1]?.gpuInstances ?? []
  machine.addProcess({ pid, gpu: 0, memoryMiB: 512, kind: 'mps' })
  const mig = { gpu: 1, gpuInstanceId: first?.id ?? -1, computeInstanceId: 0 }
  machine.addProcess({ ...mig, pid, memoryMiB: 200 })
})
afterAll(() => {
  client.kill()
  machine?.close()
  rmSync(folder, { recursive: true, force: true })
})

const env = (): NodeJS.ProcessEnv => ({ ...process.env, ...machine.env })

describe.skipIf(isMissing('gpustat'))('gpustat', () => {
  test('gpustat shows every GPU, its memory, and a client of an MPS server once', async () => {
    const told = await output(peerPath('gpustat'), ['-m', 'gpustat', '--json'], { env: env() })
    const { gpus, driver_version } = JSON.parse(told)
    expect(driver_version).toBe(machine.describe().driver)
    const known = machine.describe().gpus
    expect(gpus).toMatchObject([
      {
        index: 0,
        name: 'NVIDIA A100-SXM4-40GB',
        uuid: known[0]?.uuid,
        'memory.total': 40960,
        'memory.used': 512,
        processes: [{ pid, gpu_memory_usage: 512 }],
      },
      { index: 1, uuid: known[1]?.uuid, 'memory.total': 40960, 'memory.used': 200 },
      { index: 2, name: 'Tesla T4', 'memory.total': 15360, 'memory.used': 0, processes: [] },
    ])
    expect(gpus[0].processes).toHaveLength(1)
  })
})

describe.skipIf(isMissing('nvitop'))('nvitop', () => {
  const script = `
import json
from nvitop import Device

def told(device):
    return {
        "uuid": device.uuid(),
        "name": device.name(),
        "totalMiB": device.memory_total() >> 20,
        "usedMiB": device.memory_used() >> 20,
        "processes": [[pid, p.gpu_memory() >> 20] for pid, p in device.processes().items()],
    }

print(json.dumps([
    {**told(gpu), "mig": [told(mig) for mig in gpu.mig_devices()]} for gpu in Device.all()
]))`

  test('nvitop has every GPU and MIG device with its memory, and a client of an MPS server once', async () => {
    const gpus = JSON.parse(await output(peerPath('nvitop'), ['-c', script], { env: env() }))
    const known = machine.describe().gpus
    const [first, second] = known[1]?.gpuInstances ?? []
    expect(gpus).toMatchObject([
      {
        uuid: known[0]?.uuid,
        name: 'NVIDIA A100-SXM4-40GB',
        totalMiB: 40960,
        usedMiB: 512,
        processes: [[pid, 512]],
        mig: [],
      },
      {
        uuid: known[1]?.uuid,
        totalMiB: 40960,
        usedMiB: 200,
        mig: [
          {
            uuid: first?.computeInstances[0]?.uuid,
            totalMiB: 19968,
            usedMiB: 200,
            processes: [[pid, 200]],
          },
          {
            uuid: second?.computeInstances[0]?.uuid,
            totalMiB: 19968,
            usedMiB: 0,
            processes: [],
          },
        ],
      },
      { name: 'Tesla T4', totalMiB: 15360, usedMiB: 0, processes: [], mig: [] },
    ])
  })

  test('nvitop draws its table', async () => {
    const drawn = await output(peerPath('nvitop'), ['-m', 'nvitop', '-1', '--ascii'], {
      env: env(),
    })
    expect(drawn).toMatch(/NVITOP 1\.7\.2 +Driver Version: 580\.65\.06/)
    expect(drawn).toContain('512.0MiB / 40.00GiB')
    expect(drawn.split('\n').filter((line) => line.includes(` ${pid} `))).toHaveLength(2)
  })
})
