import { describe, expect, test } from 'vitest'
import {
  cdiSpec,
  deviceCgroupRules,
  deviceNodes,
  dockerArguments,
  driverNodes,
  listContainerDevices,
  ociEdits,
  resolveVisibleDevices,
  slurmGres,
  systemdDeviceAllow,
} from '../../../lib/containers.js'
import type { CdiSpec } from '../../../types/containers/cdi.js'
import type { OciSpec } from '../../../types/containers/runtimes.js'
import type { GpuState, MigState } from '../../../types/model/state.js'
import { withNumbers } from '../../support/device-numbers.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

// GPU instance 2 lies at 4, 7 at 0 and 8 at 1: nodes 21/22, 66/67 and 75/76, by the numbers that drivers were seen to give.
const state = withNumbers(
  stateOf([
    { key: 'a100-40gb', instances: ['3g.20gb@4', '1g.5gb@0', '1g.5gb+me@1'] },
    { key: 'none' },
  ]),
)
const devices = listContainerDevices(state)
const cdi = cdiSpec(state)

describe('ociEdits', () => {
  const plain: OciSpec = {
    ociVersion: '1.0.2',
    process: {
      args: ['sh'],
      env: ['PATH=/bin', 'NVIDIA_VISIBLE_DEVICES=all'],
      user: { uid: 0, gid: 0 },
    },
    linux: {
      namespaces: [{ type: 'mount' }],
      devices: [{ path: '/dev/nvidia0', type: 'c', major: 1, minor: 2 }],
      resources: { devices: [{ allow: false, access: 'rwm' }], memory: { limit: 1 } },
    },
  }

  test('the container gets the nodes of its device and of the driver, and rules that let through to them', () => {
    const edited = ociEdits(plain, ['0:1'], cdi)
    const nodes = [...driverNodes(state), ...deviceNodes(state, device('0:1'))]
    const expected = nodes.map(({ path, major, minor, mode }) => ({
      path,
      type: 'c',
      major,
      minor,
      fileMode: mode,
    }))
    const inOrder = (list: readonly { readonly path: string }[] = []): readonly object[] =>
      list.toSorted((a, b) => (a.path < b.path ? -1 : 1))
    expect(inOrder(edited.linux?.devices)).toEqual(inOrder(expected))
    const [denyAll, ...allowed] = edited.linux?.resources?.devices ?? []
    expect(denyAll).toEqual({ allow: false, access: 'rwm' })
    expect(
      new Set(
        allowed.map(({ allow, major, minor, access }) => `${allow} ${major}:${minor} ${access}`),
      ),
    ).toEqual(new Set(nodes.map(({ major, minor }) => `true ${major}:${minor} rwm`)))
  })

  test('an empty list of network devices, as CDI allows it, is no network device', () => {
    const empty = { env: ['A=b'], netDevices: [] }
    const own = { ...cdi, devices: [{ name: 'x', containerEdits: empty }] }
    expect(ociEdits(plain, ['x'], own).process?.env).toContain('A=b')
  })

  test('what devices do not change stays, and the given specification stays as it is', () => {
    const before = structuredClone(plain)
    const edited = ociEdits(plain, ['0:1'], cdi)
    expect(plain).toEqual(before)
    expect(edited.process?.['args']).toEqual(['sh'])
    expect(edited.linux?.['namespaces']).toEqual([{ type: 'mount' }])
    expect(edited.linux?.resources?.['memory']).toEqual({ limit: 1 })
  })

  test('a variable that is there gets the new value in its place', () => {
    expect(ociEdits(plain, ['0:1'], cdi).process?.env).toEqual([
      'PATH=/bin',
      'NVIDIA_VISIBLE_DEVICES=void',
    ])
  })

  test('two devices of one GPU have its node once', () => {
    const edited = ociEdits({}, ['0:0', 'nvidia.com/gpu=0:1'], cdi)
    const paths = edited.linux?.devices?.map(({ path }) => path) ?? []
    expect(paths.filter((path) => path === '/dev/nvidia0')).toHaveLength(1)
    expect(paths.filter((path) => path.startsWith('/dev/nvidia-caps/'))).toEqual([
      ...['/dev/nvidia-caps/nvidia-cap21', '/dev/nvidia-caps/nvidia-cap22'],
      ...['/dev/nvidia-caps/nvidia-cap66', '/dev/nvidia-caps/nvidia-cap67'],
    ])
  })

  test('nodes belong to the user of the process, unless they have a group of their own', () => {
    const user = { uid: 1000, gid: 1001 }
    const [node] = ociEdits({ process: { user } }, ['0:1'], cdi).linux?.devices ?? []
    expect(node).toMatchObject(user)
    const restricted = cdiSpec(withNumbers(state, { nodes: { mode: 0o660, uid: 0, gid: 44 } }))
    const edited = ociEdits({ process: { user } }, ['1'], restricted)
    expect(edited.linux?.devices?.find(({ path }) => path === '/dev/nvidia1')).toMatchObject({
      gid: 44,
      uid: 1000,
    })
    expect(edited.process?.user?.additionalGids).toEqual([44])
  })

  test('mounts come in the order of their depth and replace one at their place; hooks go to their moment', () => {
    const more: CdiSpec = {
      ...cdi,
      containerEdits: {
        mounts: [
          { hostPath: '/host/a/b', containerPath: '/a/b', options: ['ro'] },
          { hostPath: '/host/etc', containerPath: '/etc' },
        ],
        hooks: [{ hookName: 'createContainer', path: '/bin/hook', args: ['hook'] }],
      },
    }
    const spec: OciSpec = {
      mounts: [
        { destination: '/etc', source: '/old', type: 'bind' },
        { destination: '/a/b/c', source: '/c' },
      ],
      hooks: { createContainer: [{ path: '/bin/first' }] },
    }
    const edited = ociEdits(spec, ['0:1'], more)
    expect(edited.mounts).toEqual([
      { destination: '/etc', source: '/host/etc' },
      { destination: '/a/b', source: '/host/a/b', options: ['ro'] },
      { destination: '/a/b/c', source: '/c' },
    ])
    expect(edited.hooks?.['createContainer']).toEqual([
      { path: '/bin/first' },
      { path: '/bin/hook', args: ['hook'] },
    ])
  })

  test('a place with a slash at its end or a dot in it is as deep as without', () => {
    const containerEdits = {
      mounts: ['/a/b', '/a/', '/a/./c'].map((containerPath) => ({
        hostPath: '/host',
        containerPath,
      })),
    }
    const edited = ociEdits({}, ['0:1'], { ...cdi, containerEdits })
    expect(edited.mounts?.map(({ destination }) => destination)).toEqual(['/a/', '/a/b', '/a/./c'])
  })

  test('variables alone give a process no user and no groups', () => {
    const containerEdits = { env: ['A=b'] }
    const devices = [{ name: 'x', containerEdits: {} }]
    const edited = ociEdits({ process: { args: ['sh'] } }, ['x'], {
      ...cdi,
      devices,
      containerEdits,
    })
    expect(edited).toEqual({ process: { args: ['sh'], env: ['A=b'] } })
  })

  test('no devices change nothing', () => {
    expect(ociEdits(plain, [], cdi)).toEqual(plain)
  })

  test('a name that the specification lacks is refused, with the names that it has', () => {
    const error = migErrorOf(() => ociEdits({}, ['0:1', '0:9'], cdi))
    expect(error.code).toBe('MIG_DEVICE_NOT_FOUND')
    expect(error.message).toMatch(/"0:9".*0:0, 0:1, 0:2/)
  })

  test('a node without numbers is refused, because only a runtime with the host can fill them in', () => {
    const base: CdiSpec = {
      ...cdi,
      devices: [{ name: 'x', containerEdits: { deviceNodes: [{ path: '/dev/x' }] } }],
    }
    expect(migErrorOf(() => ociEdits({}, ['x'], base)).code).toBe('MIG_CDI_INVALID')
  })
})

describe('dockerArguments', () => {
  const [mig, gpu] = [device('0:1'), device('1')]

  test.each([
    [
      'cdi',
      [
        '--device',
        `nvidia.com/gpu=${mig.names.uuid}`,
        '--device',
        `nvidia.com/gpu=${gpu.names.uuid}`,
      ],
    ],
    ['gpus', ['--gpus', `"device=${mig.names.uuid},${gpu.names.uuid}"`]],
    [
      'runtime',
      [
        '--runtime',
        'nvidia',
        '--env',
        `NVIDIA_VISIBLE_DEVICES=${mig.names.uuid},${gpu.names.uuid}`,
      ],
    ],
  ] as const)('the way %s names devices by their UUIDs', (way, expected) => {
    expect(dockerArguments(state, [mig, gpu], { way })).toEqual(expected)
  })

  test('the way nodes has the node of each device and of the driver once', () => {
    const words = dockerArguments(state, [device('0:0'), mig], { way: 'nodes' })
    expect(words.filter((_, index) => index % 2 === 0).every((word) => word === '--device')).toBe(
      true,
    )
    expect(words.filter((_, index) => index % 2 === 1)).toEqual([
      '/dev/nvidiactl',
      '/dev/nvidia-modeset',
      '/dev/nvidia-uvm',
      '/dev/nvidia-uvm-tools',
      '/dev/nvidia0',
      ...[21, 22, 66, 67].map((minor) => `/dev/nvidia-caps/nvidia-cap${minor}`),
    ])
  })

  test('no devices are no arguments', () => {
    expect(dockerArguments(state, [])).toEqual([])
  })

  test('a device with the legacy UUID alone has no stable name of CDI, and the other ways take it', () => {
    const [first] = listContainerDevices(withoutUuids(state))
    if (first?.kind !== 'mig') throw new Error('no MIG device')
    const { code } = migErrorOf(() => dockerArguments(state, [first]))
    expect(code).toBe('MIG_DEVICE_NOT_FOUND')
    const { gpuInstanceId, computeInstanceId, gpu } = first
    const legacy = `MIG-${gpu}/${gpuInstanceId}/${computeInstanceId}`
    expect(dockerArguments(state, [first], { way: 'gpus' })).toEqual([
      '--gpus',
      `"device=${legacy}"`,
    ])
    expect(dockerArguments(state, [first], { way: 'runtime' })).toContain(
      `NVIDIA_VISIBLE_DEVICES=${legacy}`,
    )
    expect(dockerArguments(state, [first], { way: 'nodes' })).toEqual(
      dockerArguments(state, [device(first.names.index)], { way: 'nodes' }),
    )
  })
})

test('rules for a cgroup have each node once, by its numbers', () => {
  const nodes = [...deviceNodes(state, device('0:0')), ...deviceNodes(state, device('0:1'))]
  expect(deviceCgroupRules(nodes)).toEqual([
    'c 195:0 rwm',
    ...[21, 22, 66, 67].map((minor) => `c 235:${minor} rwm`),
  ])
})

test('a systemd unit lets through to the nodes and closes the rest; nodes of instances are only read', () => {
  expect(systemdDeviceAllow(deviceNodes(state, device('0:1')))).toEqual([
    'DevicePolicy=closed',
    'DeviceAllow=/dev/nvidia0 rw',
    'DeviceAllow=/dev/nvidia-caps/nvidia-cap66 r',
    'DeviceAllow=/dev/nvidia-caps/nvidia-cap67 r',
  ])
})

describe('slurmGres', () => {
  test('each device has a line with its files, and the node has a count for each type', () => {
    expect(slurmGres(state)).toEqual({
      gresConf: [
        'AutoDetect=off',
        'Name=gpu Type=nvidia_a100_3g.20gb MultipleFiles=/dev/nvidia0,/dev/nvidia-caps/nvidia-cap21,/dev/nvidia-caps/nvidia-cap22',
        'Name=gpu Type=nvidia_a100_1g.5gb MultipleFiles=/dev/nvidia0,/dev/nvidia-caps/nvidia-cap66,/dev/nvidia-caps/nvidia-cap67',
        'Name=gpu Type=nvidia_a100_1g.5gb.me MultipleFiles=/dev/nvidia0,/dev/nvidia-caps/nvidia-cap75,/dev/nvidia-caps/nvidia-cap76',
        'Name=gpu Type=tesla_t4 File=/dev/nvidia1',
      ],
      nodeGres:
        'gpu:nvidia_a100_3g.20gb:1,gpu:nvidia_a100_1g.5gb:1,gpu:nvidia_a100_1g.5gb.me:1,gpu:tesla_t4:1',
    })
  })

  test('lines for a node begin with its name, because a file may serve several', () => {
    const { gresConf } = slurmGres(state, { nodeName: 'gpu1' })
    expect(gresConf).toHaveLength(4)
    expect(
      gresConf.every((line) => line.startsWith('NodeName=gpu1 AutoDetect=off Name=gpu ')),
    ).toBe(true)
  })

  test('with detection by Slurm itself, the lines say only that, and the counts stay', () => {
    const { gresConf, nodeGres } = slurmGres(state, { autodetect: true })
    expect(gresConf).toEqual(['AutoDetect=nvml'])
    expect(nodeGres).toBe(slurmGres(state).nodeGres)
  })

  test('types of the caller count devices together', () => {
    const { nodeGres } = slurmGres(state, {
      typeOf: ({ kind }) => (kind === 'mig' ? 'slice' : 'whole'),
    })
    expect(nodeGres).toBe('gpu:slice:3,gpu:whole:1')
  })

  test.each(['gpu 1', 'gpu1\nName=gpu', ''])('a node name %j is a TypeError', (nodeName) => {
    expect(() => slurmGres(state, { nodeName })).toThrow(TypeError)
  })

  test.each(['a b', 'a,b', 'a:2', 'a\nName=gpu', ''])(
    'a type %j of the caller is a TypeError, because Slurm would read another line',
    (type) => {
      expect(() => slurmGres(state, { typeOf: () => type })).toThrow(/typeOf must return/)
    },
  )

  test('no type has a character that ends it in a list of Slurm', () => {
    const odd = withNumbers(
      stateOf([{ key: 'rtx-pro-6000-blackwell', instances: ['1g.24gb+gfx@0', '1g.24gb-me@3'] }]),
    )
    const types = slurmGres(odd)
      .nodeGres.split(',')
      .map((part) => part.split(':'))
    expect(
      types.every((parts) => parts.length === 3 && /^[a-z0-9._-]+$/.test(parts[1] ?? '')),
    ).toBe(true)
  })
})

test.each([
  ['dockerArguments', () => dockerArguments(state, devices, { way: 'podman' as 'cdi' })],
  ['dockerArguments', () => dockerArguments(state, devices, { kind: 'nvidia.com gpu' })],
  ['slurmGres', () => slurmGres(state, { autoDetect: true } as object)],
  [
    'resolveVisibleDevices',
    () => resolveVisibleDevices('all', state, { dialect: 'docker' as 'cdi' }),
  ],
])('%s refuses an option that it does not have, before it does anything', (_name, call) => {
  expect(call).toThrow(TypeError)
})

function device(index: string): (typeof devices)[number] {
  const found = devices.find(({ names }) => names.index === index)
  if (found === undefined) throw new Error(`no device ${index}`)
  return found
}

function withoutUuids(of: MigState): MigState {
  return {
    ...of,
    gpus: of.gpus.map((gpu) => ({
      ...gpu,
      gpuInstances: (gpu as GpuState).gpuInstances.map((instance) => ({
        ...instance,
        computeInstances: instance.computeInstances.map((compute) => ({ ...compute, uuid: null })),
      })),
    })),
  }
}
