// The PCI ids of boards in public nvidia-smi -q -x outputs of real nodes: NVIDIA/k8s-test-infra,
// tests/e2e/go/assertions/nvidiasmi/testdata/hardware/qx-{a100,h100,b200,gb200,gb300,t4,l40s}.xml.
import { describe, expect, test } from 'vitest'
import { applyMigConfig, planMigConfig, readMigState } from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'

const hex = (id: number | undefined): string => (id ?? 0).toString(16).toUpperCase()

describe('a simulated board has the PCI ids of the captured one', () => {
  test.each([
    ['NVIDIA A100-SXM4-40GB', '20B010DE', '134F10DE'],
    ['NVIDIA H100 80GB HBM3', '233010DE', '16C110DE'],
    ['NVIDIA B200', '290110DE', '199910DE'],
    ['NVIDIA GB200', '294110DE', '204610DE'],
    ['NVIDIA GB300', '31C210DE', '21F110DE'],
    ['Tesla T4', '1EB810DE', '12A210DE'],
    ['NVIDIA L40S', '26B910DE', '185110DE'],
  ])('the simulated %s has the PCI ids of the captured board', async (name, device, subsystem) => {
    using machine = createSimulatedMachine(name, { driver: 'R610' })
    const [gpu] = (await readMigState({ library: machine.library })).gpus
    expect([gpu?.name, hex(gpu?.pciDeviceId), hex(gpu?.pciSubsystemId)]).toEqual([
      name,
      device,
      subsystem,
    ])
  })
})

test('a device filter with the subsystem id of a captured H100 names a simulated H100', async () => {
  using machine = createSimulatedMachine('H100 80GB HBM3 +mig, H100 PCIe +mig')
  const config = {
    version: 'v1',
    'mig-configs': {
      sxm: [
        {
          'device-filter': '0x233010DE:0x16C110DE',
          devices: 'all',
          'mig-enabled': true,
          'mig-devices': { '1g.10gb': 7 },
        },
      ],
    },
  } as const
  const { gpus } = await planMigConfig(config, { library: machine.library })
  expect(gpus.map(({ gpuIndex }) => gpuIndex)).toEqual([0])
})

// open-gpu-kernel-modules 595.45.04, README: two products on the device id 20F5.
test('boards that share a device id differ in their subsystem ids', async () => {
  using machine = createSimulatedMachine('A800 80GB PCIe, A800 80GB PCIe LC, AX800')
  const { gpus } = await readMigState({ library: machine.library })
  expect(gpus.map((gpu) => `${hex(gpu.pciDeviceId)}:${hex(gpu.pciSubsystemId)}`)).toEqual([
    '20F510DE:179910DE',
    '20F510DE:179A10DE',
    '20FD10DE:17F810DE',
  ])
})

test('the H20 NVL16 is refused, and the error names the unpublished facts', () => {
  expect(() => createSimulatedMachine('H20 NVL16')).toThrow('its memory size is not published')
})

// Slurm (NVIDIA/mig-parted#31) and DCGM (NVIDIA/gpu-operator#687, driver 535.154.05) compute 3g.39gb and
// 7g.79gb from the memory that the driver reports. An A30 on 535.183.01 shows 4g.24gb with 23.44 GiB.
test.each([
  ['A100-SXM4-80GB', '3g.40gb'],
  ['A100-SXM4-80GB', '7g.80gb'],
  ['A30', '4g.24gb'],
])('R535 names the profile of %s as other drivers do: %s', async (model, name) => {
  using machine = createSimulatedMachine([{ model, migEnabled: true }], { driver: 'R535' })
  const [gpu] = (await readMigState({ library: machine.library })).gpus
  expect(gpu?.geometry?.profiles.map((profile) => profile.name)).toContain(name)
})

// NVIDIA/gpu-operator#1303, nvidia-smi mig -lgip of 2025-03: 1g.24gb with 20.00 GiB, 1g.47gb and 2g.47gb with
// 45.50 GiB, 3g.95gb, 4g.95gb, 7g.189gb. NVIDIA/mig-parted#227, 2025-08: the production names.
describe('a GB200 has the names of its driver', () => {
  const named = async (driver: string) => {
    using machine = createSimulatedMachine('GB200 +mig', { driver })
    const { library } = machine
    const sizes = { version: 'v1', 'mig-configs': { half: [entry(driver)] } } as const
    const { after } = await applyMigConfig(sizes, { library })
    const [gpu] = after.gpus
    return {
      profiles: gpu?.geometry?.profiles.map(({ name, memoryMiB }) => `${name} ${memoryMiB}`),
      device: gpu?.gpuInstances[0]?.computeInstances[0]?.name,
    }
  }
  const entry = (driver: string) => ({
    devices: 'all' as const,
    'mig-enabled': true,
    'mig-devices': driver === 'R580' ? { '1c.3g.93gb': 1 } : { '1c.3g.95gb': 1 },
  })

  test('a GB200 with a driver before 570.133.20 has the early profile names', async () => {
    expect(await named('570.124.06')).toEqual({
      profiles: [
        ...['1g.24gb 20480', '2g.47gb 46592', '3g.95gb 94208', '4g.95gb 94208'],
        ...['7g.189gb 188928', '1g.24gb+me 20480', '1g.47gb 46592'],
      ],
      device: '1c.3g.95gb',
    })
  })

  test('a GB200 with a later driver has the production profile names', async () => {
    expect(await named('R580')).toMatchObject({
      profiles: expect.arrayContaining(['1g.23gb 22528', '7g.186gb 188928']),
      device: '1c.3g.93gb',
    })
  })
})
