import { expect, test } from 'vitest'
import { cdiSpec } from '../../../lib/containers.js'
import { createSimulatedMachine, type SimulatedMachine } from '../../../lib/simulator.js'
import type { CdiDeviceNode, CdiSpec } from '../../../types/containers/cdi.js'
import { divide, readWithRoot } from '../../support/machine-root.js'

test('a specification has each MIG device under its index and its UUID, each GPU with MIG off, and all', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB, Tesla T4')
  await divide(machine, { 0: { '3g.20gb': 1, '1g.5gb': 2 } })
  const spec = cdiSpec(await readWithRoot(machine))
  const described = machine.describe().gpus
  const uuids = described[0]?.gpuInstances.map(({ computeInstances }) => computeInstances[0]?.uuid)
  expect(uuids).toHaveLength(3)
  expect(namesOf(spec)).toEqual(
    [
      '0:0',
      '0:1',
      '0:2',
      '1',
      '2',
      'all',
      described[1]?.uuid,
      described[2]?.uuid,
      ...(uuids ?? []),
    ].sort(),
  )
  expect(spec.kind).toBe('nvidia.com/gpu')
})

test('a device of a specification has exactly the three nodes of its MIG device, with the numbers of the host', async () => {
  using machine = createSimulatedMachine(
    'A100-SXM4-40GB +minor=5, H100 80GB HBM3 +swapped +minor=2',
  )
  await divide(machine, { 0: { '3g.20gb': 1, '1c.3g.20gb': 2 }, 1: { '1g.10gb': 3 } })
  const spec = cdiSpec(await readWithRoot(machine))
  for (const gpu of machine.describe().gpus)
    for (const { id, computeInstances } of gpu.gpuInstances)
      for (const { id: computeId, uuid } of computeInstances)
        expect(nodesOf(spec, uuid)).toEqual(
          hostNodes(machine, [
            `/dev/nvidia${gpu.minorNumber}`,
            capabilityPath(machine, `gpu${gpu.minorNumber}/gi${id}`),
            capabilityPath(machine, `gpu${gpu.minorNumber}/gi${id}/ci${computeId}`),
          ]),
        )
})

test('the nodes for every container of a specification are those of the driver, with the numbers of the host', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  const { containerEdits } = cdiSpec(await readWithRoot(machine))
  expect(sorted(containerEdits?.deviceNodes)).toEqual(
    hostNodes(machine, [
      '/dev/nvidia-modeset',
      '/dev/nvidia-uvm',
      '/dev/nvidia-uvm-tools',
      '/dev/nvidiactl',
    ]),
  )
  expect(containerEdits?.env).toEqual(['NVIDIA_VISIBLE_DEVICES=void'])
})

test('a machine whose GPUs have MIG on and no MIG devices gets a specification with the device none', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  expect(namesOf(cdiSpec(await readWithRoot(machine)))).toEqual(['none'])
})

function namesOf({ devices }: CdiSpec): readonly string[] {
  return devices.map(({ name }) => name)
}

function nodesOf(spec: CdiSpec, name: string): readonly CdiDeviceNode[] {
  return sorted(spec.devices.find((device) => device.name === name)?.containerEdits.deviceNodes)
}

function sorted(nodes: readonly CdiDeviceNode[] = []): readonly CdiDeviceNode[] {
  return nodes.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** The nodes as the simulated machine has them below /dev. */
function hostNodes(machine: SimulatedMachine, paths: readonly string[]): readonly CdiDeviceNode[] {
  return sorted(
    paths.map((path) => {
      const entry = machine.rootTree().find((each) => each.path === path)
      if (entry?.kind !== 'device') throw new Error(`the machine has no ${path}`)
      const { major, minor, mode } = entry.device
      return { path, type: 'c', major, minor, fileMode: mode, permissions: 'rwm' }
    }),
  )
}

/** The node of an instance, by its access file. */
function capabilityPath(machine: SimulatedMachine, instance: string): string {
  const path = `/proc/driver/nvidia/capabilities/${instance.replace('/', '/mig/')}/access`
  const entry = machine.rootTree().find((each) => each.path === path)
  const minor =
    entry?.kind === 'file' ? /DeviceFileMinor: (\d+)/.exec(entry.content)?.[1] : undefined
  if (minor === undefined) throw new Error(`the machine has no ${path}`)
  return `/dev/nvidia-caps/nvidia-cap${minor}`
}
