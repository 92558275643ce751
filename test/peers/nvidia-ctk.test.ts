import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { divide } from '../support/machine-root.js'
import { createHost, type Host } from './host.js'
import { isMissing, peerPath } from './peer.js'

interface CdiSpec {
  readonly kind: string
  readonly devices: readonly {
    readonly name: string
    readonly containerEdits: { readonly deviceNodes?: readonly CdiNode[] }
  }[]
}

interface CdiNode {
  readonly path: string
  readonly major?: number
  readonly minor?: number
  readonly fileMode?: number
}

// What `cdi generate` needs beside NVML: the static list /proc/driver/nvidia-caps/mig-minors, the
// character devices below its device root, and a driver library whose name ends in the version.
describe.skipIf(isMissing('nvidia-ctk') || !inject('mounts'))('nvidia-ctk cdi generate', () => {
  test('nvidia-ctk cdi generate lists exactly the MIG devices of the machine', async () => {
    using host = await createHost('2x A100-SXM4-40GB, H100 80GB HBM3 +swapped')
    await divide(host.machine, {
      0: { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 },
      1: { '1c.7g.40gb': 3, '2c.7g.40gb': 2 },
      2: { '1g.10gb+me': 1, '1g.20gb': 1, '4g.40gb': 1 },
    })
    const found = await generate(host)
    const expected = migDevices(host.machine)
    expect(expected).toHaveLength(12)
    expect(byName(found)).toEqual(
      Object.fromEntries([
        ...expected.flatMap(({ names, nodes }) => names.map((name) => [name, nodes])),
        ['all', [...new Set(expected.flatMap(({ nodes }) => nodes))].sort()],
      ]),
    )
  })

  test('nvidia-ctk cdi generate has a whole GPU where MIG is off, and none where it is on without devices', async () => {
    using host = await createHost('A100-SXM4-40GB, 2x A100-SXM4-40GB +mig, Tesla T4')
    await divide(host.machine, { 2: { '3g.20gb': 2 } })
    const names = Object.keys(byName(await generate(host)))
    const uuids = host.machine.describe().gpus.map(({ uuid }) => uuid)
    const mig = migDevices(host.machine).flatMap((device) => device.names)
    expect(names.sort()).toEqual(['0', '3', uuids[0], uuids[3], 'all', ...mig].sort())
  })

  test('nvidia-ctk cdi generate follows a change', async () => {
    using host = await createHost('A100-SXM4-40GB')
    for (const sizes of [{ '1g.5gb': 7 }, { '2g.10gb': 3 }, { '7g.40gb': 1 }]) {
      await divide(host.machine, { 0: sizes })
      const names = Object.keys(byName(await generate(host)))
      const mig = migDevices(host.machine).flatMap((device) => device.names)
      expect(names.sort()).toEqual(['all', ...mig].sort())
    }
  })

  test('nvidia-ctk cdi generate gives the nodes the numbers that the machine gives them', async () => {
    using host = await createHost('2x A100-SXM4-40GB')
    await divide(host.machine, { 0: { '3g.20gb': 2 }, 1: { '1g.5gb': 7 } })
    const nodes = new Map<string, object>()
    for (const entry of host.machine.rootTree())
      if (entry.kind === 'device') nodes.set(entry.path, entry.device)
    const described = (await generate(host)).devices.flatMap(
      ({ containerEdits }) => containerEdits.deviceNodes ?? [],
    )
    expect(described.length).toBeGreaterThan(27)
    // A minor number of zero is left out.
    for (const { path, major, minor = 0, fileMode } of described)
      expect({ type: 'char', major, minor, mode: fileMode }).toEqual(nodes.get(path))
  })
})

async function generate(host: Host): Promise<CdiSpec> {
  const tree = host.writeTree()
  const libraries = join(tree, 'usr/lib64')
  mkdirSync(libraries, { recursive: true })
  // Only its name is read: it tells the driver's version.
  writeFileSync(join(libraries, `libcuda.so.${host.machine.describe().driver}`), '')
  const done = await host.run(peerPath('nvidia-ctk'), [
    ...['cdi', 'generate', '--mode', 'nvml', '--format', 'json'],
    ...['--driver-root', tree, '--dev-root', tree],
    ...['--device-name-strategy', 'index', '--device-name-strategy', 'uuid'],
  ])
  expect(done.status, done.stderr).toBe(0)
  return JSON.parse(done.stdout)
}

/** The names that a MIG device goes by and the three nodes that a container needs of it. */
function migDevices(
  machine: SimulatedMachine,
): readonly { readonly names: readonly string[]; readonly nodes: readonly string[] }[] {
  const minors = capabilityMinors(machine)
  return machine.describe().gpus.flatMap((gpu) => {
    const instances = [...gpu.gpuInstances].sort((a, b) => a.id - b.id)
    return instances
      .flatMap(({ id, computeInstances }) =>
        [...computeInstances].sort((a, b) => a.id - b.id).map((compute) => ({ id, compute })),
      )
      .map(({ id, compute }, index) => {
        const instance = `gpu${gpu.minorNumber}/gi${id}`
        return {
          names: [`${gpu.index}:${index}`, compute.uuid],
          nodes: [
            `/dev/nvidia${gpu.minorNumber}`,
            `/dev/nvidia-caps/nvidia-cap${minors.get(`${instance}/access`)}`,
            `/dev/nvidia-caps/nvidia-cap${minors.get(`${instance}/ci${compute.id}/access`)}`,
          ].sort(),
        }
      })
  })
}

function capabilityMinors(machine: SimulatedMachine): ReadonlyMap<string, string> {
  const list = machine.rootTree().find(({ path }) => path === '/proc/driver/nvidia-caps/mig-minors')
  if (list?.kind !== 'file') throw new Error('the machine has no list of capabilities')
  return new Map(list.content.split('\n').map((line) => line.split(' ') as [string, string]))
}

function byName({ devices }: CdiSpec): Record<string, readonly string[]> {
  return Object.fromEntries(
    devices.map(({ name, containerEdits }) => [
      name,
      (containerEdits.deviceNodes ?? []).map(({ path }) => path).sort(),
    ]),
  )
}
