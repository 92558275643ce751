import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  createSimulatedMachine,
  listSimulatedModels,
  openSimulatedMachine,
} from '../../../lib/simulator.js'
import { migErrorOf } from '../../support/errors.js'
import { refused } from './fixtures/refused.js'
import { scratchFolder } from './fixtures/scratch.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a machine from a text', () => {
  it('a machine has the GPUs in the order of its text', () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig, nvidia h100 80gb hbm3, T4')
    const { gpus } = machine.describe()
    expect(gpus.map((gpu) => gpu.model)).toEqual([
      'NVIDIA A100-SXM4-40GB',
      'NVIDIA A100-SXM4-40GB',
      'NVIDIA H100 80GB HBM3',
      'Tesla T4',
    ])
    expect(gpus.map((gpu) => gpu.index)).toEqual([0, 1, 2, 3])
    expect(gpus.map((gpu) => gpu.mig)).toEqual([
      { enabled: true, pending: true },
      { enabled: true, pending: true },
      { enabled: false, pending: false },
      null,
    ])
    expect(new Set(gpus.map((gpu) => gpu.uuid)).size).toBe(4)
    expect(new Set(gpus.map((gpu) => gpu.pciBusId)).size).toBe(4)
  })

  it.each([
    ['8x A1000-SXM', 'unknown GPU model "A1000-SXM"'],
    ['8x A100', 'unknown GPU model "A100"; similar names are "NVIDIA A100-SXM4-40GB"'],
    ['H100-80GB-hbm', 'similar names are "NVIDIA H100 80GB HBM3"'],
    ['2x H100', '"H100" is the name of 2 different GPUs: write h100-94gb-sxm or h100-64gb-sxm'],
    ['2x H100', 'similar names are "NVIDIA H100 80GB HBM3", "NVIDIA H100 PCIe", '],
    ['nvidia h100 +mig', 'write h100-94gb-sxm or h100-64gb-sxm'],
    ['', 'lacks a GPU model'],
    ['A100-SXM4-40GB,,T4', 'lacks a GPU model'],
    ['33x T4', 'at most 32'],
    ['0x T4', '0 GPUs'],
    ['T4 +mig', 'no MIG'],
  ])('the text %j is refused with a reason', (text, why) => {
    expect(() => createSimulatedMachine(text)).toThrow(refused(why))
  })

  it('an error that lists candidates has no hint with other ones', () => {
    const { message, hint } = migErrorOf(() => createSimulatedMachine('A100'))
    expect(message).toContain('similar names are "NVIDIA A100-SXM4-40GB"')
    expect(hint).toBeUndefined()
    expect(migErrorOf(() => createSimulatedMachine('A100-SXM4-40BG')).hint).toContain(
      'did you mean A100-SXM4-40GB?',
    )
  })
})

describe('the host of a machine', () => {
  it('the host of a machine is that of the option or of the text', () => {
    using byOption = createSimulatedMachine({ model: 'T4', count: 4 }, { host: 'pcie-pairs' })
    using byText = createSimulatedMachine('4x T4 on pcie-pairs')
    expect(byOption.describe()).toEqual(byText.describe())
    expect(byOption.describe().host).toBe('pcie-pairs')
    expect(byOption.describe().gpus.map(({ numaNode }) => numaNode)).toEqual([0, 0, 1, 1])
  })

  it('the default host is a DGX A100 for up to eight GPUs', () => {
    using machine = createSimulatedMachine('8x T4')
    expect(machine.describe().host).toBe('dgx-a100')
    using larger = createSimulatedMachine('9x T4')
    expect(larger.describe().host).toBe('pcie-pairs')
  })

  it('the hosts and their numbers of GPUs are those in docs/simulator.md', () => {
    const page = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8')
    const section = page.split('### Where GPUs sit')[1]?.split('\n### ')[0] ?? ''
    const rows = [...section.matchAll(/^\| `([\w-]+)` +\| up to (\d+) /gm)]
    expect(() => createSimulatedMachine('T4 on nowhere')).toThrow(
      refused(`the hosts are ${rows.map(([, name]) => name).join(', ')}`),
    )
    for (const [, name, most] of rows) {
      using machine = createSimulatedMachine(`${most}x T4 on ${name}`)
      expect(machine.describe().host).toBe(name)
      expect(() => createSimulatedMachine(`${Number(most) + 1}x T4 on ${name}`)).toThrow()
    }
  })

  it('an opened machine has the host of its creation', () => {
    const store = join(scratchFolder(), 'machine.store')
    using made = createSimulatedMachine('2x T4 on one-socket', { store })
    using opened = openSimulatedMachine(store)
    expect(opened.describe()).toEqual(made.describe())
    expect(opened.describe().host).toBe('one-socket')
  })

  it.each([
    ['9x T4', 'dgx-a100', 'has room for 8 GPUs, not for 9'],
    ['T4', 'dgx-b200', 'must be one of dgx-a100, dgx-h100, one-socket, pcie-pairs'],
    ['T4 on dgx-a100', 'dgx-h100', 'names the host "dgx-a100"'],
  ])('the machine "%s" is refused on the host %s', (text, host, why) => {
    expect(() => createSimulatedMachine(text, { host: host as never })).toThrow(refused(why))
  })
})

describe('a machine from data', () => {
  it('a machine from data equals that from the text with the same meaning', () => {
    using fromData = createSimulatedMachine([
      { model: 'A100-SXM4-40GB', count: 2, migEnabled: true },
      { model: 'a30-24gb', halvesSwapped: false },
    ])
    using fromText = createSimulatedMachine('2x A100-SXM4-40GB +mig, a30-24gb')
    expect(fromData.describe()).toEqual(fromText.describe())
  })

  it('a machine from data may be a single mirrored GPU', () => {
    using machine = createSimulatedMachine({ model: 'A100-PCIE-40GB', halvesSwapped: true })
    expect(machine.describe().gpus).toMatchObject([{ halvesSwapped: true }])
  })

  it.each([0, -1, 1.5, Number.NaN])('a count of %d GPUs is refused', (count) => {
    expect(() => createSimulatedMachine({ model: 'T4', count })).toThrow(refused('count'))
  })

  it.each(['', 'T4, T4', 'T4 +mig'])('the model name %j is refused in data', (model) => {
    expect(() => createSimulatedMachine({ model })).toThrow(refused('model'))
  })
})

describe('options', () => {
  it('describe() shows the options of a machine', () => {
    using machine = createSimulatedMachine('T4', {
      driver: '535.104.05',
      resetPolicy: 'manual',
      privileges: 'monitor',
    })
    expect(machine.describe()).toMatchObject({
      store: null,
      driver: '535.104.05',
      resetPolicy: 'manual',
      privileges: 'monitor',
    })
    machine.setResetPolicy('refused')
    machine.setPrivileges('none')
    expect(machine.describe()).toMatchObject({ resetPolicy: 'refused', privileges: 'none' })
  })

  it('a machine without options refuses nothing', () => {
    using machine = createSimulatedMachine('T4')
    expect(machine.describe()).toMatchObject({ resetPolicy: 'automatic', privileges: 'admin' })
  })

  it('the option driver accepts a branch', () => {
    using machine = createSimulatedMachine('T4', { driver: 'R535' })
    expect(machine.describe().driver).toMatch(/^535\./)
  })

  it('a meaningless option value is refused, and the error lists the valid ones', () => {
    expect(() => createSimulatedMachine('T4', { driver: 'newest' })).toThrow(refused('580.65.06'))
    // @ts-expect-error: as a caller without types could
    expect(() => createSimulatedMachine('T4', { resetPolicy: 'never' })).toThrow(
      refused(/automatic, manual, refused.*never/),
    )
  })

  it('a model newer than the driver is refused', () => {
    expect(() => createSimulatedMachine('H100 80GB HBM3', { driver: 'R470' })).toThrow(
      refused(/H100.*525/),
    )
  })

  it('equal machines with different seeds have different UUIDs', () => {
    using one = createSimulatedMachine('T4', { seed: 1 })
    using again = createSimulatedMachine('T4', { seed: 1 })
    using other = createSimulatedMachine('T4', { seed: 2 })
    const uuid = (machine: typeof one) => machine.describe().gpus[0]?.uuid
    expect(uuid(again)).toBe(uuid(one))
    expect(uuid(other)).not.toBe(uuid(one))
  })
})

describe('several machines in one process', () => {
  it('several machines in one process do not affect each other', () => {
    using one = createSimulatedMachine('2x T4')
    using other = createSimulatedMachine('3x T4')
    expect(one.library.selector?.value).not.toBe(other.library.selector?.value)
    expect(one.library.lockFile).not.toBe(other.library.lockFile)
    one.loseGpu(1)
    expect(one.describe().gpus.map((gpu) => gpu.lost)).toEqual([false, true])
    expect(other.describe().gpus.map((gpu) => gpu.lost)).toEqual([false, false, false])
  })
})

describe('closing', () => {
  it('close() ends the machine and may be called again', () => {
    const machine = createSimulatedMachine('T4')
    machine.close()
    machine.close()
    expect(() => machine.describe()).toThrow(refused('closed'))
  })

  it('closed machines make room for more machines than can be open at once', () => {
    for (let i = 0; i < 300; ++i) createSimulatedMachine('T4').close()
  })

  it('a private machine leaves no file behind, not even its lock', () => {
    const folder = scratchFolder()
    vi.stubEnv('TMPDIR', folder)
    const machine = createSimulatedMachine('T4')
    const { lockFile = '' } = machine.library
    closeSync(openSync(lockFile, 'a+'))
    machine.close()
    expect(() => openSync(lockFile, 'r+')).toThrow('ENOENT')
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('the models', () => {
  it('listSimulatedModels() lists each model once', () => {
    const names = listSimulatedModels().map((model) => `${model.key} ${model.name}`)
    expect(names).toContain('a100-40gb NVIDIA A100-SXM4-40GB')
    expect(new Set(names).size).toBe(names.length)
  })

  it('every model can be created by its key and by a name that it shares with no other', () => {
    const models = listSimulatedModels()
    for (const { name, key, migCapable, memoryMiB } of models) {
      const namesakes = models.filter((model) => model.name === name && model.key !== key)
      const model = namesakes.length === 0 ? name : key
      using machine = createSimulatedMachine([{ model }, { model: key }], { driver: 'R610' })
      const [byName, byKey] = machine.describe().gpus
      expect(byName?.model).toBe(name)
      for (const other of [key, ...namesakes.map((namesake) => namesake.key)]) {
        if (namesakes.length === 0) break
        expect(() => createSimulatedMachine(name)).toThrow(refused(other))
      }
      // A workstation board supports MIG in its other display mode.
      expect(byKey?.mig !== null || byKey.displayMode === 'graphics').toBe(migCapable)
      expect(memoryMiB).toBeGreaterThan(1000)
    }
  })
})
