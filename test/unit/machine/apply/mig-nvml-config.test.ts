import { describe, expect, test } from 'vitest'
import {
  applyMigConfig,
  assertMigConfig,
  exportMigConfig,
  generateMigConfig,
} from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { readMigState } from '../../../support/read-state.js'

const documentOf = (...entries: readonly string[]): string =>
  `version: mig-nvml/v1\nmig-configs:\n  x:\n${entries.map((entry) => `    - {${entry}}\n`).join('')}`

function machineOf(spec: string): SimulatedMachine {
  return createSimulatedMachine(spec, { resetPolicy: 'automatic' })
}

/** The MIG devices of every GPU, with the places of their GPU instances. */
async function look({ library }: SimulatedMachine): Promise<readonly string[]> {
  const { gpus } = await readMigState({ library })
  return gpus.map(({ mig, gpuInstances }) =>
    mig?.enabled === true
      ? gpuInstances
          .map(
            ({ profileName, placement, computeInstances }) =>
              `${profileName}@${placement.start}[${computeInstances.map(({ name, placement: at }) => `${name}@${at?.start}`)}]`,
          )
          .join(' ')
      : 'off',
  )
}

/** Applies, and checks that assert agrees and that another apply has nothing to do. */
async function settle(machine: SimulatedMachine, text: string): Promise<readonly string[]> {
  const options = { library: machine.library }
  await applyMigConfig(text, options)
  expect(await assertMigConfig(text, options)).toMatchObject({ matches: true })
  expect(await applyMigConfig(text, options)).toMatchObject({ outcome: 'unchanged' })
  return look(machine)
}

const seven = [0, 1, 2, 3, 4, 5, 6].map((start) => `1g.5gb@${start}[1g.5gb@0]`).join(' ')

describe('version mig-nvml/v1 on a machine', () => {
  test('a mig-nvml/v1 configuration can want any two of four GPUs, and the others', async () => {
    using machine = machineOf('4x A100-SXM4-40GB')
    await settle(machine, documentOf('devices: [2], mig-devices: {1g.5gb: 7}'))
    expect(
      await settle(
        machine,
        documentOf(
          'devices: all, count: 2, mig-devices: {1g.5gb: 7}',
          'devices: others, mig-devices: {}',
        ),
      ),
    ).toEqual([seven, '', seven, ''])
  })

  test('a mig-nvml/v1 configuration can state exact placements, and GPU instances without compute instances', async () => {
    using machine = machineOf('1x A100-SXM4-40GB')
    const text = documentOf(
      'devices: 0, placements: [{profile: 3g.20gb, start: 0, compute-instances: [{profile: 1c.3g.20gb, start: 2}, {profile: 2c.3g.20gb}]}, {profile: 2g.10gb, start: 4, compute-instances: []}, {profile: 1g.5gb, start: 6}]',
    )
    expect(await settle(machine, text)).toEqual([
      '3g.20gb@0[2c.3g.20gb@0,1c.3g.20gb@2] 2g.10gb@4[] 1g.5gb@6[1g.5gb@0]',
    ])
  })

  test('a mig-nvml/v1 configuration can spread a partition over a set of GPUs', async () => {
    using machine = machineOf('8x A100-SXM4-40GB')
    await settle(machine, documentOf('devices: [5], mig-devices: {3g.20gb: 2}'))
    const text = documentOf('devices: all, total-mig-devices: {1g.5gb: 14, 2g.10gb: 7, 3g.20gb: 9}')
    const { gpus } = await applyMigConfig(text, { library: machine.library })
    // The existing devices are part of it.
    expect(gpus.flatMap(({ destroyed }) => destroyed)).toEqual([])
    const names = (await settle(machine, text)).join(' ').match(/[123]g\.\d+gb(?=@\d\[)/g) ?? []
    const count = (name: string): number => names.filter((each) => each === name).length
    expect([count('1g.5gb'), count('2g.10gb'), count('3g.20gb')]).toEqual([14, 7, 9])
  })

  test('a mig-nvml/v1 configuration can choose devices by need on each GPU', async () => {
    using machine = machineOf('1x A100-SXM4-40GB, 1x A30')
    const text = documentOf('devices: all, mig-devices: [{memory-mib: 9000, count: 2}]')
    expect(await settle(machine, text)).toEqual([
      expect.stringMatching(/^(1g\.10gb@\d\[1g\.10gb@0\] ?){2}$/),
      '2g.12gb@0[2g.12gb@0] 2g.12gb@2[2g.12gb@0]',
    ])
  })

  test('a mig-nvml/v1 configuration can want at least some devices, and keep others', async () => {
    using machine = machineOf('1x A100-SXM4-40GB')
    const { library } = machine
    await settle(machine, documentOf('devices: 0, mig-devices: {1g.5gb: 2, 3g.20gb: 1}'))
    const before = await look(machine)
    expect(
      await settle(machine, documentOf('devices: 0, mig-devices: {1g.5gb: 1}, at-least: true')),
    ).toEqual(before)
    expect(
      await settle(machine, documentOf('devices: 0, mig-devices: {3g.20gb: 1}, keep: all')),
    ).toEqual(before)
    const { gpus } = await readMigState({ library })
    const three = gpus[0]?.gpuInstances.find(({ profileName }) => profileName === '3g.20gb')
    const place = { gpu: 0, gpuInstanceId: three?.id ?? -1, computeInstanceId: 0 }
    machine.addProcess({ pid: 4711, ...place, name: 'python3' })
    expect(
      await settle(machine, documentOf('devices: 0, mig-devices: {4g.20gb: 1}, keep: busy')),
    ).toEqual([expect.stringContaining('3g.20gb@')])
    expect(await look(machine)).toEqual([expect.stringContaining('4g.20gb@')])
  })

  test('a mig-nvml/v1 configuration can name a profile by its id', async () => {
    using machine = machineOf('1x A100-SXM4-40GB')
    expect(await settle(machine, documentOf('devices: all, mig-devices: {"id:19": 7}'))).toEqual([
      seven,
    ])
  })
})

test('an export with placements brings back every placement', async () => {
  using machine = machineOf('2x A100-SXM4-40GB')
  const { library } = machine
  await settle(
    machine,
    documentOf(
      'devices: 0, placements: [{profile: 3g.20gb, start: 0, compute-instances: [{profile: 1c.3g.20gb, start: 1}]}, {profile: 2g.10gb, start: 4, compute-instances: []}]',
      'devices: 1, mig-enabled: false',
    ),
  )
  const before = await look(machine)
  const document = await exportMigConfig({ library, placements: true })
  await applyMigConfig(documentOf('devices: all, mig-devices: {7g.40gb: 1}'), { library })
  await applyMigConfig(document, { library })
  expect(await look(machine)).toEqual(before)
  expect(await applyMigConfig(document, { library })).toMatchObject({ outcome: 'unchanged' })
})

test('each generated configuration can be applied', async () => {
  using machine = machineOf('1x A30, 1x A100-SXM4-40GB')
  const { library } = machine
  const document = await generateMigConfig({ library })
  expect(Object.keys(document['mig-configs'] ?? {})).toContain('all-1g.6gb.me')
  for (const config of Object.keys(document['mig-configs'] ?? {})) {
    await applyMigConfig(document, { library, config })
    expect(await assertMigConfig(document, { library, config })).toMatchObject({ matches: true })
  }
})

test('devices that do not fit beside kept ones are rejected with an error that says so', async () => {
  using machine = machineOf('A100-SXM4-40GB')
  await settle(machine, documentOf('devices: 0, mig-devices: {1g.5gb: 1}'))
  const text = documentOf('devices: 0, mig-devices: {7g.40gb: 1}, keep: all')
  await expect(applyMigConfig(text, { library: machine.library })).rejects.toMatchObject({
    code: 'MIG_PARTITION_INFEASIBLE',
    message: expect.stringContaining('1 × 7g.40gb, beside what stays: the devices need 8'),
  })
})
