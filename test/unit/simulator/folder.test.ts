import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { defaultStore } from '../../../lib/cli/parse/machine.js'
import { hideSymbols } from '../../../lib/simulator/elf-symbols.js'
import { createSimulatedMachine, simulatorFolder } from '../../../lib/simulator.js'
import { callNvml } from './fixtures/foreign-client.js'
import { refused } from './fixtures/refused.js'
import { scratchFolder } from './fixtures/scratch.js'

const { PATH } = process.env

// The functions that go-nvml and others look up before they choose a version (first drivers: versions of
// nvml.h by driver).
const firstDrivers = {
  nvmlDeviceGetMigMode: 450,
  nvmlDeviceCreateGpuInstanceWithPlacement: 460,
  nvmlDeviceGetGpuInstancePossiblePlacements_v2: 470,
  nvmlDeviceGetGpuInstanceProfileInfoV: 510,
  nvmlGpuInstanceCreateComputeInstanceWithPlacement: 525,
  nvmlDeviceGetPciInfoExt: 550,
  nvmlSystemGetDriverBranch: 560,
  nvmlDeviceGetGpuInstanceProfileInfoByIdV: 580,
} as const
const names = Object.keys(firstDrivers)

/** The names among these that dlsym finds in the library that the loader finds. */
function findSymbols(env: Readonly<Record<string, string>>): readonly string[] {
  const script = `import ctypes, json, sys
nvml = ctypes.CDLL("libnvidia-ml.so.1")
print(json.dumps([name for name in sys.argv[1:] if hasattr(nvml, name)]))`
  const output = execFileSync('python3', ['-c', script, ...names], {
    env: { PATH, ...env },
    encoding: 'utf8',
  })
  return JSON.parse(output)
}

const cache = () => vi.stubEnv('TMPDIR', scratchFolder())
afterEach(() => vi.unstubAllEnvs())

describe('the folder of a driver', () => {
  it.each([450, 470, 535, 580])(
    'the library in the folder of a driver has no function that is newer than R%d',
    (branch) => {
      cache()
      const folder = simulatorFolder({ driver: `R${branch}` })
      const expected = Object.entries(firstDrivers).filter(([, first]) => first <= branch)
      expect(findSymbols({ LD_LIBRARY_PATH: folder })).toEqual(expected.map(([name]) => name))
    },
  )

  it('the environment of a machine names the folder of its driver', () => {
    cache()
    const store = join(scratchFolder(), 'machine.store')
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { store, driver: 'R450' })
    expect(findSymbols(machine.env)).toEqual(['nvmlDeviceGetMigMode'])
    expect(callNvml(machine.env, 'create 0 9')).toMatchObject([{ ret: 0, start: 4 }])
    expect(machine.describe().gpus[0]?.gpuInstances).toHaveLength(1)
    expect(dirname(String(machine.env['MIG_NVML_LIBRARY']))).toBe(
      simulatorFolder({ driver: 'R450' }),
    )
  })

  it('the folder of a driver is made once, for this user alone', () => {
    cache()
    const folder = simulatorFolder({ driver: 'R470' })
    const library = join(folder, 'libnvidia-ml.so.1')
    const made = statSync(library)
    expect(simulatorFolder({ driver: 'R470' })).toBe(folder)
    expect(statSync(library).ino).toBe(made.ino)
    expect(statSync(dirname(folder)).mode & 0o777).toBe(0o700)
    expect(simulatorFolder({ driver: 'R535' })).not.toBe(folder)
  })

  it('the folder of a driver is refused if other users can write to it', () => {
    const folder = scratchFolder()
    vi.stubEnv('TMPDIR', folder)
    const place = join(folder, `mig-nvml-simulator-${process.getuid?.()}`)
    mkdirSync(place)
    chmodSync(place, 0o777)
    expect(() => simulatorFolder({ driver: 'R470' })).toThrow(refused(place))
  })

  it('the command line refuses a store folder that other users can write to', () => {
    const folder = scratchFolder()
    vi.stubEnv('TMPDIR', folder)
    const place = join(folder, `mig-nvml-simulator-${process.getuid?.()}`)
    expect(dirname(defaultStore('T4'))).toBe(place)
    chmodSync(place, 0o770)
    expect(() => defaultStore('T4')).toThrow(refused(place))
    rmSync(place, { recursive: true })
    symlinkSync(scratchFolder(), place)
    expect(() => defaultStore('T4')).toThrow(refused(place))
  })

  it('the folder of the default driver is that of the library itself', () => {
    expect(simulatorFolder({ driver: '580.65.06' })).toBe(simulatorFolder())
  })

  it('simulatorFolder refuses an unknown driver', () => {
    expect(() => simulatorFolder({ driver: 'R4' })).toThrow(refused('R4'))
  })
})

describe('hiding symbols', () => {
  it('hiding symbols leaves every other byte of the library unchanged', () => {
    const library = readFileSync(join(simulatorFolder(), 'libnvidia-ml.so.1'))
    expect(hideSymbols(library, []).equals(library)).toBe(true)
    const hidden = hideSymbols(library, ['nvmlDeviceGetPciInfoExt'])
    const changed = [...hidden.keys()].filter((at) => hidden[at] !== library[at])
    // All of one symbol but its name.
    expect(changed.length).toBeGreaterThan(0)
    expect((changed.at(-1) ?? 0) - (changed[0] ?? 0)).toBeLessThan(20)
  })

  it.each([
    ['a text', Buffer.from('a letter')],
    ['a truncated library', undefined],
  ])('hiding symbols is refused in %s', (_, given) => {
    const library = readFileSync(join(simulatorFolder(), 'libnvidia-ml.so.1'))
    const image = given ?? library.subarray(0, library.length / 2)
    expect(() => hideSymbols(image, [])).toThrow(
      expect.objectContaining({ code: 'MIG_NATIVE_UNAVAILABLE' }),
    )
  })

  it('hiding an absent symbol is refused', () => {
    const library = readFileSync(join(simulatorFolder(), 'libnvidia-ml.so.1'))
    expect(() => hideSymbols(library, ['nvmlDeviceExplode'])).toThrow(/nvmlDeviceExplode/)
  })
})
