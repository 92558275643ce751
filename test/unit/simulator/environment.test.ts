import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  createSimulatedMachine,
  openSimulatedMachine,
  simulatorFolder,
} from '../../../lib/simulator.js'
import { callNvml, callNvmlAndListen } from './fixtures/foreign-client.js'
import { scratchFolder } from './fixtures/scratch.js'

const NO_PERMISSION = 4
const DRIVER_NOT_LOADED = 9
const GPU_IS_LOST = 15

const loader = { LD_LIBRARY_PATH: simulatorFolder() }

describe('a program that knows only the environment', () => {
  it('a program without any variable sees eight A100', () => {
    expect(callNvml(loader, 'count', 'name 7')).toEqual([
      { ret: 0, count: 8 },
      { ret: 0, name: 'NVIDIA A100-SXM4-40GB' },
    ])
  })

  it('a program sees the machine that MIG_SIMULATOR_MACHINE describes', () => {
    const env = { ...loader, MIG_SIMULATOR_MACHINE: 'T4, H100 80GB HBM3 +mig' }
    expect(callNvml(env, 'count', 'name 0', 'create 1 9')).toMatchObject([
      { count: 2 },
      { name: 'Tesla T4' },
      { ret: 0, start: 4 },
    ])
  })

  it('a program creates a missing store, and the next one finds it', () => {
    const store = join(scratchFolder(), 'machine.store')
    const env = {
      ...loader,
      MIG_SIMULATOR_STORE: store,
      MIG_SIMULATOR_MACHINE: 'A100-SXM4-40GB +mig',
      MIG_SIMULATOR_DRIVER: 'R535',
    }
    callNvml(env, 'create 0 14')
    expect(callNvml({ ...env, MIG_SIMULATOR_MACHINE: '5x T4' }, 'count')).toMatchObject([
      { count: 1 },
    ])
    using machine = openSimulatedMachine(store)
    expect(machine.describe().driver).toMatch(/^535\./)
    expect(machine.describe().gpus[0]?.gpuInstances).toHaveLength(1)
  })

  it('a program sees the machine whose variables TypeScript gives it', () => {
    const store = join(scratchFolder(), 'machine.store')
    using machine = createSimulatedMachine('3x T4', { store })
    expect(machine.env).toMatchObject({
      MIG_SIMULATOR_STORE: store,
      // For this package's own programs: the same library and the same lock.
      MIG_NVML_LIBRARY: machine.library.path,
      MIG_NVML_LOCK: machine.library.lockFile,
    })
    expect(callNvml(machine.env, 'count')).toEqual([{ ret: 0, count: 3 }])
    using unshared = createSimulatedMachine('T4')
    expect(unshared.env).toEqual({})
  })
})

describe('MIG_SIMULATOR_COMMANDS', () => {
  it('MIG_SIMULATOR_COMMANDS run when the machine is created', () => {
    const env = {
      ...loader,
      MIG_SIMULATOR_MACHINE: '2x A100-SXM4-40GB +mig',
      MIG_SIMULATOR_COMMANDS:
        'fail fn=nvmlDeviceGetName error=15; privileges value=monitor ;; latency preset=none',
    }
    expect(callNvml(env, 'name 0', 'name 0', 'create 0 9')).toMatchObject([
      { ret: GPU_IS_LOST },
      { ret: 0 },
      { ret: NO_PERMISSION },
    ])
  })

  it('MIG_SIMULATOR_COMMANDS may contain quoted semicolons', () => {
    const store = join(scratchFolder(), 'machine.store')
    const env = {
      ...loader,
      MIG_SIMULATOR_STORE: store,
      MIG_SIMULATOR_MACHINE: 'T4',
      MIG_SIMULATOR_COMMANDS: 'add-process pid=7 gpu=0 name="a; \\"b\\""; lose-gpu gpu=0',
    }
    callNvml(env, 'count')
    using machine = openSimulatedMachine(store)
    expect(machine.describe().gpus[0]).toMatchObject({
      lost: true,
      processes: [{ pid: 7, name: 'a; "b"' }],
    })
  })

  it.each([
    ['explode', 'unknown command "explode"'],
    ['reboot; lose-gpu gpu=1', 'gpu must be a whole number from 0 to 0, not "1"'],
    ['create machine=T4', 'unknown command "create"; the commands on a machine are'],
    ['lose-gpu gpu=0 machine=1', 'unknown argument machine='],
  ])('a refused startup command (%s) fails nvmlInit and prints the reason', (command, why) => {
    const { answers, errorOutput } = callNvmlAndListen(
      { ...loader, MIG_SIMULATOR_MACHINE: 'T4', MIG_SIMULATOR_COMMANDS: command },
      'count',
    )
    expect(answers).toEqual([{ ret: DRIVER_NOT_LOADED }])
    expect(errorOutput).toContain(`MIG_SIMULATOR_COMMANDS: `)
    expect(errorOutput).toContain(why)
  })
})

describe('a machine that cannot be', () => {
  it('an impossible machine fails nvmlInit and creates no store', () => {
    const store = join(scratchFolder(), 'machine.store')
    const env = { ...loader, MIG_SIMULATOR_STORE: store, MIG_SIMULATOR_MACHINE: 'A1000-SXM' }
    const { answers, errorOutput } = callNvmlAndListen(env, 'count')
    expect(answers).toEqual([{ ret: DRIVER_NOT_LOADED }])
    expect(errorOutput).toContain('A1000-SXM')
    expect(existsSync(store)).toBe(false)
  })

  it('nvmlInit fails when the store is another kind of file', () => {
    const store = join(scratchFolder(), 'machine.store')
    writeFileSync(store, 'a letter')
    const { answers, errorOutput } = callNvmlAndListen(
      { ...loader, MIG_SIMULATOR_STORE: store },
      'count',
    )
    expect(answers).toEqual([{ ret: DRIVER_NOT_LOADED }])
    expect(errorOutput).toContain(`${store} does not hold a simulated machine`)
    expect(readFileSync(store, 'utf8')).toBe('a letter')
  })
})
