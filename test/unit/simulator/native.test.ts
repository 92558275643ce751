import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { findBuilt } from '../../../lib/driver/addon/built-files.js'
import { scratchFolder } from './fixtures/scratch.js'

const addon = 'mig_simulator_control.node'

type Simulator = typeof import('../../../lib/simulator.js')

/** The module as a process finds it that starts with this folder in MIG_NVML_BINDING. */
async function simulatorWith(folder: string): Promise<Simulator> {
  vi.resetModules()
  vi.stubEnv('MIG_NVML_BINDING', folder)
  return await import('../../../lib/simulator.js')
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
  it('the built parts are loaded from the folder of MIG_NVML_BINDING and from no other', async () => {
    const folder = scratchFolder()
    writeFileBelow(folder, 'simulator/libnvidia-ml.so.1', '')
    const { createSimulatedMachine, simulatorFolder } = await simulatorWith(folder)
    expect(simulatorFolder()).toBe(join(folder, 'simulator'))
    const create = () => createSimulatedMachine('T4')
    expect(create).toThrow(unavailable(join(folder, addon)))
    expect(create).not.toThrow(unavailable('/build/Release'))
  })

  it('the error about missing built parts lists every path that was tried', async () => {
    vi.resetModules()
    vi.doMock('node:fs', async (original) => ({
      ...(await original<typeof import('node:fs')>()),
      existsSync: () => false,
    }))
    const { createSimulatedMachine, simulatorFolder } = await simulatorWith('')
    for (const place of ['build/Release', 'build/Debug', `prebuilds/linux-${process.arch}`]) {
      expect(() => createSimulatedMachine('T4')).toThrow(unavailable(`/${place}/${addon}`))
      const library = `/${place}/simulator/libnvidia-ml.so.1`
      expect(() => simulatorFolder()).toThrow(unavailable(library))
    }
  })

  it('the error about a broken part names it, with the reason of the loader', async () => {
    const folder = scratchFolder()
    writeFileBelow(folder, addon, 'not a library')
    const { createSimulatedMachine } = await simulatorWith(folder)
    expect(() => createSimulatedMachine('T4')).toThrow(
      unavailable(`${folder}/mig_simulator_control.node: `),
    )
  })

  it('a foreign library in place of the simulated driver is an error', async () => {
    const folder = scratchFolder()
    copyFileSync(findBuilt(addon, 'the addon'), join(folder, addon))
    writeFileBelow(folder, 'simulator/libnvidia-ml.so.1', 'not a library')
    const { createSimulatedMachine } = await simulatorWith(folder)
    expect(() => createSimulatedMachine('T4')).toThrow(unavailable(`${folder}/simulator/`))
  })
})
