// A Rust program over the crate nvml-wrapper: rust-client/src/main.rs.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyMigConfig } from '../../lib/index.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { isMissing, peerPath } from './peer.js'
import { output } from './run.js'

describe.skipIf(isMissing('nvml-wrapper'))('nvml-wrapper', () => {
  let folder: string
  let machine: SimulatedMachine
  let lines: readonly string[]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nvml-wrapper-'))
    const store = join(folder, 'store')
    machine = createSimulatedMachine('2x A100-SXM4-40GB, A100-SXM4-40GB +mig, T4', { store })
    const entry = { devices: [2], 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } } as const
    const config = { version: 'v1', 'mig-configs': { x: [entry] } } as const
    await applyMigConfig(config, { library: machine.library, config: 'x' })
    machine.addProcess({ pid: 4711, gpu: 0, memoryMiB: 512, kind: 'mps' })
    machine.addProcess({ pid: 4712, gpu: 0, memoryMiB: 100 })
    const env = { ...process.env, ...machine.env }
    lines = (await output(peerPath('nvml-wrapper'), [], { env })).trimEnd().split('\n')
  })
  afterAll(() => {
    machine?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const about = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))

  test('nvml-wrapper names the driver and every GPU with its UUID and memory', () => {
    expect(about('driver')).toEqual([machine.describe().driver])
    const { gpus } = machine.describe()
    expect(about('gpu')).toEqual(
      gpus.map(({ index, uuid, model }) => {
        const memoryMiB = model === 'Tesla T4' ? 15360 : 40960
        return `${index} ${uuid} ${memoryMiB} ${model}`
      }),
    )
  })

  test('nvml-wrapper finds the MIG devices and their parent', () => {
    const devices = machine.describe().gpus[2]?.gpuInstances ?? []
    expect(devices).toHaveLength(2)
    expect(about('mig').sort()).toEqual(
      devices
        .map(({ computeInstances }) => computeInstances[0]?.uuid)
        .map((uuid) => `2 2 ${uuid} 19968 NVIDIA A100-SXM4-40GB MIG 3g.20gb`)
        .sort(),
    )
  })

  test('nvml-wrapper lists a client of an MPS server among the compute processes, too', () => {
    expect(about('compute').sort()).toEqual(['0 4711 512', '0 4712 100'])
    expect(about('mps')).toEqual(['0 4711 512'])
  })

  test('nvml-wrapper sees the PCIe topology and the near processors of a DGX A100', () => {
    const level = (a: number, b: number): string | undefined =>
      about('ancestor')
        .find((line) => line.startsWith(`${a} ${b} `))
        ?.split(' ')[2]
    expect([level(0, 0), level(0, 1), level(1, 2), level(2, 3)]).toEqual([
      'Internal',
      'Multiple',
      'System',
      'Multiple',
    ])
    const sixteen = (first: number): number[] => Array.from({ length: 16 }, (_, at) => first + at)
    expect(about('cpus')[3]).toBe(`3 ${[...sixteen(16), ...sixteen(144)].join(',')}`)
  })
})
