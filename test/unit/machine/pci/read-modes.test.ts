import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type PciGpu, readPciModes } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { listPciGpus } from '../../../../lib/system/pci-devices.js'
import { rejectionOf } from '../../../support/errors.js'
import { putPciGpu, silence } from '../../../support/pci-gpus.js'
import { fakeRoot, putFile } from '../../../support/root-tree.js'

const quick = { bootTimeoutMs: 1 }

async function read(root: string, options = {}): Promise<readonly PciGpu[]> {
  return readPciModes({ library: { path: 'none', root }, ...quick, ...options })
}

async function whyUnknown(root: string): Promise<string> {
  const [gpu] = await read(root)
  expect(gpu?.mig).toBeNull()
  return gpu?.whyUnknown ?? ''
}

describe('the GPUs on the PCI bus', () => {
  test('the GPUs on the PCI bus are NVIDIA devices of the classes VGA and 3D controller, by their addresses', async () => {
    const root = fakeRoot()
    putPciGpu(root, { address: '0000:47:00.0' })
    putPciGpu(root, { address: '0000:0f:00.0', class: '0x030000' })
    putPciGpu(root, { address: '10000:01:00.0' })
    putPciGpu(root, { address: '0000:01:00.0', vendor: '0x15b3' })
    putPciGpu(root, { address: '0000:02:00.0', class: '0x068000' })
    expect((await read(root)).map(({ index, pciBusId }) => [index, pciBusId])).toEqual([
      ...[
        [0, '0000:0f:00.0'],
        [1, '0000:47:00.0'],
        [2, '10000:01:00.0'],
      ],
    ])
  })

  test('a virtual function is no GPU of its own', async () => {
    const root = fakeRoot()
    mkdirSync(join(putPciGpu(root), 'physfn'))
    expect(await read(root)).toEqual([])
  })

  test('a device that has vanished, or whose files say nothing, is left out', () => {
    const root = fakeRoot()
    putPciGpu(root, { address: '0000:47:00.0' })
    rmSync(join(putPciGpu(root, { address: '0000:07:00.0' }), 'class'))
    writeFileSync(join(putPciGpu(root, { address: '0000:08:00.0' }), 'device'), 'x'.repeat(1e6))
    putFile(root, 'sys/bus/pci/devices/0000:09:00.0/other', '')
    putPciGpu(root, { address: 'strange' })
    expect(listPciGpus(root).map(({ address }) => address)).toEqual(['0000:47:00.0'])
  })

  test('a machine without PCI has no GPUs', async () => {
    expect(await read(fakeRoot())).toEqual([])
  })

  test('GPUs on the PCI bus have ids as NVML packs them, the name of the catalog, the driver, and whether they can be reset', async () => {
    const root = fakeRoot()
    putPciGpu(root, { driver: 'vfio-pci', reset: false })
    expect((await read(root))[0]).toMatchObject({
      pciDeviceId: 0x20b010de,
      pciSubsystemId: 0x134f10de,
      name: 'NVIDIA A100-SXM4-40GB',
      driver: 'vfio-pci',
      resettable: false,
    })
  })
})

describe('a MIG mode in the registers', () => {
  test.each([
    [false, 0x8000, { enabled: false, pending: false }],
    [false, 0xc000, { enabled: false, pending: true }],
    [true, 0xc000, { enabled: true, pending: true }],
    [true, 0x8000, { enabled: true, pending: false }],
    // Nothing was requested since the GPU booted.
    [false, 0, { enabled: false, pending: false }],
    [true, 0x4000, { enabled: true, pending: true }],
  ])(
    'the registers of a GPU with MIG on: %s and the request %i show both modes',
    async (enabled, request, mig) => {
      const root = fakeRoot()
      putPciGpu(root, { enabled, request })
      expect((await read(root))[0]).toMatchObject({ mig, whyUnknown: null })
    },
  )

  test('a MIG mode is not read from another chip', async () => {
    const root = fakeRoot()
    putPciGpu(root, { chip: 0x180000a1, enabled: true })
    expect(await whyUnknown(root)).toContain('only the GA100')
  })

  test('a MIG mode is not read while a driver is bound, unless the caller insists', async () => {
    const root = fakeRoot()
    putPciGpu(root, { driver: 'nvidia', enabled: true })
    expect(await whyUnknown(root)).toContain('the driver nvidia is bound to it')
    expect((await read(root, { evenIfBound: true }))[0]?.mig?.enabled).toBe(true)
  })

  test('a MIG mode is not read before the GPU has booted', async () => {
    const root = fakeRoot()
    putPciGpu(root, { booted: false })
    expect(await whyUnknown(root)).toContain('has not booted within')
  })

  test('a MIG mode is not read from a GPU that has fallen off the bus', async () => {
    const root = fakeRoot()
    silence(putPciGpu(root))
    expect(await whyUnknown(root)).toContain('does not answer')
  })

  test('a MIG mode is not read from a missing or short file of registers', async () => {
    const root = fakeRoot()
    const registers = join(putPciGpu(root), 'resource0')
    truncateSync(registers, 4096)
    expect(await whyUnknown(root)).toContain('too short (ERANGE)')
    rmSync(registers)
    expect(await whyUnknown(root)).toContain('no file of registers (ENOENT)')
  })

  test('a GPU whose mode is unknown does not hide that of another', async () => {
    const root = fakeRoot()
    silence(putPciGpu(root, { address: '0000:07:00.0' }))
    putPciGpu(root, { address: '0000:0f:00.0', enabled: true, request: 0xc000 })
    expect((await read(root)).map(({ mig }) => mig?.enabled)).toEqual([undefined, true])
  })

  test('waiting for a GPU to boot ends with the signal', async () => {
    const root = fakeRoot()
    putPciGpu(root, { booted: false })
    const stop = new AbortController()
    const reading = read(root, { bootTimeoutMs: 3_600_000, signal: stop.signal })
    stop.abort()
    expect(await rejectionOf(reading)).toMatchObject({ code: 'ABORT_ERR' })
  })
})

test('a simulated machine without a file tree has no PCI bus', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  expect(await rejectionOf(readPciModes({ library: machine.library }))).toMatchObject({
    code: 'MIG_PCI_FAILED',
  })
})
