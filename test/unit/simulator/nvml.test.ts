import { describe, expect, it } from 'vitest'
import { openNvml } from '../../../lib/nvml.js'
import { createSimulatedMachine, type SimulatedMachine } from '../../../lib/simulator.js'

const PROFILE_1G = 19

/** The GPUs as NVML reports them. */
async function readGpus(machine: SimulatedMachine) {
  const nvml = await openNvml({ library: machine.library })
  const gpus = []
  for (let index = 0; index < (await nvml.deviceGetCount()); ++index) {
    const uuid = await nvml.deviceGetHandleByIndex(index)
    gpus.push({
      index,
      uuid,
      model: await nvml.deviceGetName(uuid),
      minorNumber: await nvml.deviceGetMinorNumber(uuid),
      pciBusId: (await nvml.deviceGetPciInfo(uuid)).busId,
    })
  }
  await nvml.close()
  return gpus
}

describe('what the control side describes', () => {
  it('describe() agrees with the answers of NVML', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB, T4, 10x H100 80GB HBM3 +mig')
    expect(machine.describe().gpus).toMatchObject(await readGpus(machine))
  })

  it.each(['R450', 'R580'])(
    'describe() has the UUIDs of MIG devices in the form of %s',
    async (driver) => {
      using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { driver })
      const nvml = await openNvml({ library: machine.library })
      const gpu = await nvml.deviceGetHandleByIndex(0)
      for (let i = 0; i < 3; ++i) {
        const { id } = await nvml.deviceCreateGpuInstance(gpu, PROFILE_1G)
        await nvml.gpuInstanceCreateComputeInstance(gpu, id, 0)
      }
      const reported = await Promise.all(
        [0, 1, 2].map((index) => nvml.deviceGetMigDeviceHandleByIndex(gpu, index)),
      )
      await nvml.close()
      const [described] = machine.describe().gpus
      const uuids = described?.gpuInstances.flatMap((gi) =>
        gi.computeInstances.map((ci) => ci.uuid),
      )
      expect(uuids).toEqual(reported)
    },
  )
})

describe('private machines in one process', () => {
  it('two private machines are separate, even when their GPUs have the same UUIDs', async () => {
    using one = createSimulatedMachine('A100-SXM4-40GB +mig')
    using other = createSimulatedMachine('A100-SXM4-40GB +mig')
    const [first, second] = await Promise.all(
      [one, other].map((machine) => openNvml({ library: machine.library })),
    )
    const gpu = await first?.deviceGetHandleByIndex(0)
    expect(await second?.deviceGetHandleByIndex(0)).toBe(gpu)
    if (!first || !second || !gpu) throw new Error('no GPU')
    await Promise.all([
      first.deviceCreateGpuInstance(gpu, PROFILE_1G),
      second.deviceSetMigMode(gpu, 0),
    ])
    expect(one.describe().gpus).toMatchObject([
      { mig: { enabled: true }, gpuInstances: [{ profileId: PROFILE_1G }] },
    ])
    expect(other.describe().gpus).toMatchObject([{ mig: { enabled: false }, gpuInstances: [] }])
    expect(one.journal().map((call) => call.fn)).toEqual(['nvmlDeviceCreateGpuInstance'])
    expect(other.journal().map((call) => call.fn)).toEqual(['nvmlDeviceSetMigMode'])
    await Promise.all([first.close(), second.close()])
  })

  it('calls on a closed private machine fail', async () => {
    const machine = createSimulatedMachine('T4')
    const nvml = await openNvml({ library: machine.library })
    machine.close()
    await expect(nvml.deviceGetCount()).rejects.toMatchObject({
      name: 'NvmlError',
      code: 'NVML_ERROR_UNINITIALIZED',
    })
    await nvml.close()
  })
})
