// Containers of podman, by CDI specifications of simulated machines. No NVIDIA driver is there: what opens a node that
// it may open gets "No such device or address"; where the device cgroup refuses, "Operation not permitted".
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { deviceNodes, listContainerDevices } from '../../lib/containers.js'
import { readMigState, writeCdiSpec } from '../../lib/index.js'
import type { ContainerDevice } from '../../types/containers/device.js'
import { nodesOf, printNodes, readNodes, type SeenInContainer } from '../support/container-nodes.js'
import { divide } from '../support/machine-root.js'
import { createRootedMachine } from '../support/rooted-machine.js'
import { type Box, createBox, type Runtime } from './box.js'
import { isMissing } from './parts.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const runtimes: readonly Runtime[] = ['runc', 'crun']
const namings = ['index', 'type-index', 'uuid'] as const

describe.each(runtimes)('podman with %s', (runtime) => {
  describe.skipIf(isMissing(`podman with ${runtime}`))('a container with MIG devices', () => {
    test.each(['index', 'typeIndex', 'uuid'] as const)(
      'a device by its %s: the container has exactly its nodes and those of the driver',
      async (how) => {
        using rooted = createRootedMachine('2x A100-SXM4-40GB')
        using box = createBox(runtime)
        await divide(rooted.machine, { 0: { '1g.5gb': 3 }, 1: { '3g.20gb': 1, '1c.3g.20gb': 2 } })
        const file = join(box.specs, 'nvidia.yaml')
        await writeCdiSpec({ ...rooted.options, file, names: namings })
        const state = await readMigState(rooted.options)
        const last = listContainerDevices(state).at(-1) as ContainerDevice
        const { nodes, env } = await look(box, [String(last.names[how])])
        expect(nodes).toEqual(nodesOf(state, [last]))
        expect(env).toContain('NVIDIA_VISIBLE_DEVICES=void')
      },
    )

    test('a container with devices of two GPUs has the nodes of both', async () => {
      using rooted = createRootedMachine('2x A100-SXM4-40GB')
      using box = createBox(runtime)
      await divide(rooted.machine, { 0: { '1g.5gb': 3 }, 1: { '3g.20gb': 2 } })
      await writeCdiSpec({ ...rooted.options, file: join(box.specs, 'nvidia.yaml') })
      const state = await readMigState(rooted.options)
      const two = listContainerDevices(state).filter(({ names }) =>
        /^(?:0:1|1:0)$/.test(names.index),
      )
      expect(two).toHaveLength(2)
      expect((await look(box, ['0:1', '1:0'])).nodes).toEqual(nodesOf(state, two))
    })

    test('the device all gives the nodes of every GPU and MIG device', async () => {
      using rooted = createRootedMachine('3x A100-SXM4-40GB')
      using box = createBox(runtime)
      await divide(rooted.machine, { 0: { '1g.5gb': 7 }, 1: { '3g.20gb': 2 } })
      await writeCdiSpec({ ...rooted.options, file: join(box.specs, 'nvidia.yaml') })
      const state = await readMigState(rooted.options)
      expect((await look(box, ['all'])).nodes).toEqual(nodesOf(state, listContainerDevices(state)))
    })

    test('a device that is not there is refused, and no container runs', async () => {
      using rooted = createRootedMachine('A100-SXM4-40GB +mig')
      using box = createBox(runtime)
      await writeCdiSpec({ ...rooted.options, file: join(box.specs, 'nvidia.yaml') })
      const { status, stdout, stderr } = await box.run(
        ['--device', 'nvidia.com/gpu=0:0'],
        'echo ran',
      )
      expect(status).not.toBe(0)
      expect(stdout).toBe('')
      expect(stderr).toContain('nvidia.com/gpu=0:0')
    })

    test('the device cgroup lets a container use the nodes of its device, and refuses those of its neighbour', async () => {
      using rooted = createRootedMachine('A100-SXM4-40GB')
      using box = createBox(runtime)
      await divide(rooted.machine, { 0: { '3g.20gb': 2 } })
      await writeCdiSpec({ ...rooted.options, file: join(box.specs, 'nvidia.yaml') })
      const state = await readMigState(rooted.options)
      const [own = [], foreign = []] = listContainerDevices(state).map((device) =>
        deviceNodes(state, device),
      )
      const neighbours = foreign.filter(({ path }) => own.every((node) => node.path !== path))
      expect(neighbours).toHaveLength(2)
      const script = [
        ...own.map(({ path }) => `cat ${path} 2>&1`),
        ...neighbours.map(
          ({ major, minor }) => `mknod /tmp/n${minor} c ${major} ${minor}; cat /tmp/n${minor} 2>&1`,
        ),
      ].join('\n')
      const { stdout } = await box.run(
        ['--cap-add', 'MKNOD', '--device', 'nvidia.com/gpu=0:0'],
        `${script}\ntrue`,
      )
      const refused = stdout
        .trim()
        .split('\n')
        .map((line) => line.includes('Operation not permitted'))
      expect(refused).toEqual([...own.map(() => false), ...neighbours.map(() => true)])
    })

    test('a container gets the libraries and variables of a merged specification', async () => {
      using rooted = createRootedMachine('A100-SXM4-40GB')
      using box = createBox(runtime)
      const library = join(rooted.folder, 'libcuda.so.1')
      writeFileSync(library, 'the library\n')
      const base = {
        cdiVersion: '0.5.0',
        kind: 'nvidia.com/gpu',
        devices: [{ name: 'old', containerEdits: { env: ['OLD=1'] } }],
        containerEdits: {
          env: ['NVIDIA_VISIBLE_DEVICES=void', 'LIBRARIES=/opt/driver'],
          mounts: [
            {
              hostPath: library,
              containerPath: '/opt/driver/libcuda.so.1',
              options: ['ro', 'bind'],
            },
          ],
        },
      }
      const merge = join(rooted.folder, 'base.json')
      writeFileSync(merge, JSON.stringify(base))
      await writeCdiSpec({ ...rooted.options, file: join(box.specs, 'nvidia.yaml'), merge })
      const { stdout } = await box.run(
        ['--device', 'nvidia.com/gpu=0'],
        'cat $LIBRARIES/libcuda.so.1; env',
      )
      expect(stdout).toContain('the library\n')
      expect(stdout).not.toContain('OLD=')
    })

    test('after a repartition the next container has the new device, while mig-nvml cdi --watch runs', async () => {
      using rooted = createRootedMachine('A100-SXM4-40GB', { store: true })
      using box = createBox(runtime)
      const { machine, root } = rooted
      await divide(machine, { 0: { '7g.40gb': 1 } })
      await using watch = startWatch(box.specs, String(machine.env['MIG_SIMULATOR_STORE']), root)
      await watch.until((names) => names.includes('0:0'))
      const before = await look(box, ['0:0'])
      await divide(machine, { 0: { '1g.5gb': 7 } })
      await watch.until((names) => names.includes('0:6'))
      const state = await readMigState(rooted.options)
      const last = listContainerDevices(state).at(-1) as ContainerDevice
      const after = await look(box, ['0:6'])
      expect(after.nodes).toEqual(nodesOf(state, [last]))
      expect(after.nodes).not.toEqual(before.nodes)
    })
  })
})

/** What a container with these devices has. */
async function look(box: Box, names: readonly string[]): Promise<SeenInContainer> {
  const { status, stdout, stderr } = await box.run(
    names.flatMap((name) => ['--device', `nvidia.com/gpu=${name}`]),
    printNodes,
  )
  expect(status, stderr).toBe(0)
  return readNodes(stdout)
}

interface Watch extends AsyncDisposable {
  /** Until the file has devices that fit. */
  until(fits: (names: readonly string[]) => boolean): Promise<void>
}

function startWatch(folder: string, store: string, root: string): Watch {
  mkdirSync(folder, { recursive: true })
  const words = ['cdi', '--watch', '--json', '-o', join(folder, 'nvidia.yaml'), '--names', 'index']
  const child = spawn(process.execPath, [cli, ...words, '--store', store, '--root', root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async until(fits) {
      for (;;) {
        const { value, done } = await lines.next()
        if (done) throw new Error('the watch has ended')
        if (fits(JSON.parse(value).devices ?? [])) return
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
    },
  }
}
