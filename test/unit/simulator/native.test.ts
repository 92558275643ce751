import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { findBuilt } from '../../../lib/simulator/native.js'
import { scratchFolder } from './fixtures/scratch.js'

const addon = 'mig_simulator_control.node'

type Simulator = typeof import('../../../lib/simulator/index.js')

/** The module as a process finds it that starts with this folder in MIG_NVML_BINDING. */
async function simulatorWith(folder: string): Promise<Simulator> {
  vi.resetModules()
  vi.stubEnv('MIG_NVML_BINDING', folder)
  return await import('../../../lib/simulator/index.js')
}

function writeFileBelow(folder: string, name: string, content: string): void {
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), content)
}

const unavailable = (text: string) =>
  expect.objectContaining({
    name: 'MigError',
    code: 'MIG_NATIVE_UNAVAILABLE',
    message: expect.stringContaining(text),
  })

afterEach(() => {
  vi.unstubAllEnvs()
  vi.doUnmock('node:fs')
  vi.resetModules()
})

describe('the built parts', () => {
  it.each(['', `prebuilds/linux-${process.arch}`])(
    'are found in the folder of MIG_NVML_BINDING first, also below it in "%s"',
    async (below) => {
      const folder = scratchFolder()
      writeFileBelow(folder, join(below, 'simulator/libnvidia-ml.so.1'), '')
      const { simulatorFolder } = await simulatorWith(folder)
      expect(simulatorFolder()).toBe(join(folder, below, 'simulator'))
    },
  )

  it('are listed with every place when there are none', async () => {
    vi.resetModules()
    vi.doMock('node:fs', async (original) => ({
      ...(await original<typeof import('node:fs')>()),
      existsSync: () => false,
    }))
    const { createSimulatedMachine } = await simulatorWith('/elsewhere')
    const create = () => createSimulatedMachine('T4')
    expect(create).toThrow(unavailable('/elsewhere/mig_simulator_control.node'))
    expect(create).toThrow(unavailable('/build/Release/mig_simulator_control.node'))
    expect(create).toThrow(
      unavailable(`/prebuilds/linux-${process.arch}/mig_simulator_control.node`),
    )
  })

  it('that are broken are named, with the reason of the loader', async () => {
    const folder = scratchFolder()
    writeFileBelow(folder, addon, 'not a library')
    const { createSimulatedMachine } = await simulatorWith(folder)
    expect(() => createSimulatedMachine('T4')).toThrow(
      unavailable(`${folder}/mig_simulator_control.node cannot be loaded`),
    )
  })

  it('include a library of another origin only with an error', async () => {
    const folder = scratchFolder()
    copyFileSync(findBuilt(addon, 'the addon'), join(folder, addon))
    writeFileBelow(folder, 'simulator/libnvidia-ml.so.1', 'not a library')
    const { createSimulatedMachine } = await simulatorWith(folder)
    expect(() => createSimulatedMachine('T4')).toThrow(unavailable(`${folder}/simulator/`))
  })
})
