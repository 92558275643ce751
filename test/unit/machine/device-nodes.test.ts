import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { applyMigConfig, createCapabilityNodes, listCapabilityNodes } from '../../../lib/index.js'
import { createSimulatedMachine, writeRootTree } from '../../../lib/simulator.js'
import { reasonOf, rejectionOf } from '../../support/errors.js'
import { makesNodes } from '../../support/make-nodes.js'
import { fakeRoot, putFile } from '../../support/root-tree.js'

const caps = 'dev/nvidia-caps'

/** The files of a machine whose GPU 0 has the minor number 3 and two MIG devices. */
async function partitionedRoot(): Promise<string> {
  using machine = createSimulatedMachine('A100-SXM4-40GB +minor=3')
  const entry = { devices: 'all', 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } } as const
  await applyMigConfig(
    { version: 'v1', 'mig-configs': { x: [entry] } },
    { library: machine.library },
  )
  const root = fakeRoot()
  rmSync(join(root, 'proc'), { recursive: true })
  writeRootTree(machine, root)
  return root
}

describe('a root without the files of a driver', () => {
  test.each([
    ['no capabilities', {}, /there is no .*proc\/driver\/nvidia\/capabilities/],
    [
      'no major number',
      {
        'proc/driver/nvidia/capabilities/mig/config':
          'DeviceFileMinor: 1\nDeviceFileMode: 256\nDeviceFileModify: 1\n',
        'proc/devices': 'Character devices:\n  1 mem\n\nBlock devices:\n511 nvidia-caps\n',
      },
      /nvidia-caps is not in the list of character devices/,
    ],
  ])(
    'capability nodes of a root with %s: the error says what is missing',
    async (_what, files, message) => {
      const root = fakeRoot()
      for (const [path, content] of Object.entries(files)) putFile(root, path, content)
      for (const work of [listCapabilityNodes, createCapabilityNodes]) {
        const error = await rejectionOf(work({ root }))
        expect(error).toMatchObject({
          code: 'MIG_NODES_FAILED',
          message: expect.stringMatching(message),
        })
        expect(error.hint).toContain('the root is another folder')
      }
      expect(existsSync(join(root, 'dev'))).toBe(false)
    },
  )

  test('a simulated machine has no capability nodes without a root', async () => {
    process.env['MIG_NVML_ROOT'] = 'none'
    onTestFinished(() => void delete process.env['MIG_NVML_ROOT'])
    const error = await rejectionOf(listCapabilityNodes())
    expect(error.message).toContain('has no file tree')
  })

  test('a misspelt option of a function for capability nodes is a TypeError', async () => {
    const error = await reasonOf(listCapabilityNodes({ rot: '/' } as never))
    expect(error).toBeInstanceOf(TypeError)
  })
})

describe.skipIf(!makesNodes)('capability nodes', () => {
  test('every capability of a machine has a node in the list, and all of them are present', async () => {
    const root = await partitionedRoot()
    const nodes = await listCapabilityNodes({ root })
    expect(new Set(nodes.map(({ capability }) => capability))).toEqual(
      new Set([
        'mig/config',
        'mig/monitor',
        'gpu3/gi1',
        'gpu3/gi1/ci0',
        'gpu3/gi2',
        'gpu3/gi2/ci0',
      ]),
    )
    expect(new Set(nodes.map(({ state }) => state))).toEqual(new Set(['present']))
    // Against the driver's other list.
    const minors = readFileSync(join(root, 'proc/driver/nvidia-caps/mig-minors'), 'utf8')
    for (const { capability, minor, path } of nodes) {
      const name = capability.startsWith('gpu') ? `${capability}/access` : capability.slice(4)
      expect(minors.split('\n')).toContain(`${name} ${minor}`)
      expect(path).toBe(`/${caps}/nvidia-cap${minor}`)
    }
  })

  test('missing capability nodes are made with the numbers and the mode of the driver, whatever the umask is', async () => {
    const root = await partitionedRoot()
    const before = readdirSync(join(root, caps)).sort()
    const wanted = before.map((name) => describeNode(join(root, caps, name)))
    rmSync(join(root, caps), { recursive: true })
    const umask = process.umask(0o277)
    const made = await createCapabilityNodes({ root }).finally(() => process.umask(umask))
    expect(statSync(join(root, caps)).mode & 0o777).toBe(0o755)
    expect(made.created.map(({ state }) => state)).toEqual(before.map(() => 'missing'))
    expect(made.nodes.map(({ state }) => state)).toEqual(before.map(() => 'present'))
    expect(readdirSync(join(root, caps)).sort()).toEqual(before)
    expect(before.map((name) => describeNode(join(root, caps, name)))).toEqual(wanted)
    expect((await createCapabilityNodes({ root })).created).toEqual([])
  })

  test.each<[string, 'other-device' | 'other-permissions', (path: string) => void]>([
    [
      'a node of an earlier load of the driver',
      'other-device',
      (path) => {
        rmSync(path)
        expect(spawnSync('mknod', [path, 'c', '99', '1']).status).toBe(0)
      },
    ],
    [
      'a file',
      'other-device',
      (path) => {
        rmSync(path)
        writeFileSync(path, 'x')
      },
    ],
    [
      'a link to the node',
      'other-device',
      (path) => {
        rmSync(path)
        symlinkSync('nvidia-cap2', path)
      },
    ],
    ['a node with another mode', 'other-permissions', (path) => chmodSync(path, 0o600)],
    ['a node of another user', 'other-permissions', (path) => chownSync(path, 65534, 65534)],
  ])('in the place of a capability node, %s is found and replaced', async (_what, state, spoil) => {
    const root = await partitionedRoot()
    const [config] = await listCapabilityNodes({ root })
    const place = join(root, config?.path ?? '')
    const wanted = describeNode(place)
    spoil(place)
    const found = await listCapabilityNodes({ root })
    expect(found.filter((node) => node.state !== 'present')).toEqual([{ ...config, state }])
    const { created } = await createCapabilityNodes({ root })
    expect(created.map(({ path }) => path)).toEqual([config?.path])
    expect(describeNode(place)).toEqual(wanted)
    expect(lstatSync(place).isCharacterDevice()).toBe(true)
  })

  test('a node that the driver wants nobody to change is not made', async () => {
    const root = await partitionedRoot()
    const config = join(root, 'proc/driver/nvidia/capabilities/mig/config')
    const text = readFileSync(config, 'utf8')
    writeFileSync(config, text.replace('DeviceFileModify: 1', 'DeviceFileModify: 0'))
    rmSync(join(root, caps, 'nvidia-cap1'))
    const { nodes, created } = await createCapabilityNodes({ root })
    expect(created).toEqual([])
    expect(nodes[0]).toMatchObject({ state: 'missing', mayChange: false })
    expect(existsSync(join(root, caps, 'nvidia-cap1'))).toBe(false)
  })

  test('root makes no capability node where another user could exchange it', async () => {
    const root = await partitionedRoot()
    rmSync(join(root, caps, 'nvidia-cap1'))
    chmodSync(join(root, caps), 0o777)
    const error = await rejectionOf(createCapabilityNodes({ root }))
    expect(error.code).toBe('MIG_NODES_FAILED')
    expect(error.message).toContain('other users may write to')
    expect(existsSync(join(root, caps, 'nvidia-cap1'))).toBe(false)
  })
})

function describeNode(path: string): object {
  const { rdev, mode, uid, gid } = statSync(path)
  return { rdev, mode, uid, gid }
}
