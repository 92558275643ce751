import { describe, expect, test } from 'vitest'
import { cdiSpec, managementCdiSpec } from '../../../lib/containers.js'
import type { CdiOptions, CdiSpec, DriverFiles } from '../../../types/containers/cdi.js'
import { withNumbers } from '../../support/device-numbers.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

const state = withNumbers(
  stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@4', '1g.5gb@0:'] }, { key: 'none' }]),
)
const [migUuid, gpuUuid] = [
  state.gpus[0]?.gpuInstances?.[1]?.computeInstances[0]?.uuid,
  state.gpus[1]?.uuid,
]

describe('names', () => {
  test.each([
    [['index'], ['0:0', '1', 'all']],
    [['type-index'], ['all', 'gpu1', 'mig0:0']],
    [['uuid'], [`${gpuUuid}`, `${migUuid}`, 'all']],
    [
      ['type-index', 'index', 'uuid'],
      ['0:0', '1', `${gpuUuid}`, `${migUuid}`, 'all', 'gpu1', 'mig0:0'],
    ],
  ] as const)('with the names %s, a specification has these devices', (names, expected) => {
    expect(namesOf(cdiSpec(state, { names }))).toEqual(expected)
  })

  test('names of types need no version that allows digits', () => {
    expect(cdiSpec(state, { names: ['type-index'] }).cdiVersion).toBe('0.3.0')
    expect(cdiSpec(state, { names: ['index'] }).cdiVersion).toBe('0.5.0')
  })

  test('without all, a specification has no device all', () => {
    expect(namesOf(cdiSpec(state, { names: ['index'], all: false }))).toEqual(['0:0', '1'])
  })

  test('the device all has the nodes of every device, each once', () => {
    const spec = cdiSpec(state, { names: ['index'] })
    const paths = spec.devices.map(({ containerEdits: { deviceNodes = [] } }) =>
      deviceNodes.map(({ path }) => path),
    )
    const [mig = [], gpu = [], all] = paths
    expect(all).toEqual(
      [...new Set([...gpu, ...mig])].sort(
        (a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1),
      ),
    )
  })
})

describe('a device without a name that CDI can carry', () => {
  test('names by UUID alone are refused for a driver that has only the legacy form, with the name to use', () => {
    const [gpu] = state.gpus
    const instance = gpu?.gpuInstances?.[1]
    const [compute] = instance?.computeInstances ?? []
    if (gpu?.gpuInstances == null || instance === undefined || compute === undefined)
      throw new Error('no device')
    const withUuid = (uuid: typeof compute.uuid): typeof state => ({
      ...state,
      gpus: [{ ...gpu, gpuInstances: [{ ...instance, computeInstances: [{ ...compute, uuid }] }] }],
    })
    const legacy = withUuid(`MIG-${gpu.uuid}/2/0`)
    const error = migErrorOf(() => cdiSpec(legacy, { names: ['uuid'] }))
    expect(error.code).toBe('MIG_CDI_INVALID')
    expect(error.message).toContain(`MIG-${gpu.uuid}/2/0`)
    expect(error.hint).toContain('0:0')
    expect(migErrorOf(() => cdiSpec(withUuid(null), { names: ['uuid'] })).code).toBe(
      'MIG_CDI_INVALID',
    )
    expect(namesOf(cdiSpec(legacy))).toEqual(['0:0', 'all'])
  })
})

describe('wrong options', () => {
  test.each([
    { names: [] },
    { names: ['index', 'index'] },
    { names: ['serial'] },
    { kind: 'gpu' },
    { all: 'yes' },
    { drivers: {} },
    { driver: { version: '1' } },
  ])('cdiSpec refuses %j with a TypeError', (options) => {
    expect(() => cdiSpec(state, options as unknown as CdiOptions)).toThrow(TypeError)
  })

  test('cdiSpec refuses a base together with the driver, because the base has its files', () => {
    expect(() => cdiSpec(state, { base: cdiSpec(state), driver })).toThrow(TypeError)
  })
})

describe('nodes that only a group may use', () => {
  const restricted = {
    ...state,
    deviceNumbers: { ...numbers(), nodes: { mode: 0o660, uid: 0, gid: 44 } },
  }

  test('a container joins the group, and the version allows that', () => {
    const spec = cdiSpec(restricted)
    expect(spec.cdiVersion).toBe('0.7.0')
    expect(spec.containerEdits?.additionalGids).toEqual([44])
    expect(
      spec.devices.every(({ containerEdits }) => containerEdits.additionalGids?.join() === '44'),
    ).toBe(true)
    expect(spec.containerEdits?.deviceNodes?.every(({ gid }) => gid === 44)).toBe(true)
  })

  test('where everybody may use the nodes, a container joins no group', () => {
    const open = {
      ...state,
      deviceNumbers: { ...numbers(), nodes: { mode: 0o666, uid: 0, gid: 44 } },
    }
    expect(cdiSpec(open).containerEdits?.additionalGids).toBeUndefined()
  })

  function numbers(): NonNullable<typeof state.deviceNumbers> {
    if (state.deviceNumbers === undefined) throw new Error('no numbers')
    return state.deviceNumbers
  }
})

const driver: DriverFiles = {
  version: '580.65.06',
  folders: ['/usr/lib64'],
  libraries: [
    {
      hostPath: '/driver/usr/lib64/libcuda.so.580.65.06',
      containerPath: '/usr/lib64/libcuda.so.580.65.06',
      soname: 'libcuda.so.1',
      links: ['libcuda.so', 'libcuda.so.1'],
    },
    {
      hostPath: '/driver/usr/lib64/vdpau/libvdpau_nvidia.so.580.65.06',
      containerPath: '/usr/lib64/vdpau/libvdpau_nvidia.so.580.65.06',
      soname: 'libvdpau_nvidia.so.1',
      links: ['libvdpau_nvidia.so.1'],
    },
  ],
  files: [{ hostPath: '/driver/usr/bin/nvidia-smi', containerPath: '/usr/bin/nvidia-smi' }],
  sockets: [
    {
      hostPath: '/driver/run/nvidia-persistenced/socket',
      containerPath: '/run/nvidia-persistenced/socket',
    },
  ],
}

// What nvidia-ctk 1.20 writes: pkg/nvcdi/driver-nvml.go, internal/discover.
describe('the driver in a specification', () => {
  const { containerEdits } = cdiSpec(state, { driver })

  test('libraries and programs are mounted read-only, sockets without the right to execute', () => {
    const options = new Map(
      containerEdits?.mounts?.map((mount) => [mount.containerPath, mount.options]),
    )
    const readOnly = ['ro', 'nosuid', 'nodev', 'rbind', 'rprivate']
    expect(Object.fromEntries(options)).toEqual({
      '/usr/bin/nvidia-smi': readOnly,
      '/usr/lib64/libcuda.so.580.65.06': readOnly,
      '/usr/lib64/vdpau/libvdpau_nvidia.so.580.65.06': readOnly,
      '/run/nvidia-persistenced/socket': ['nosuid', 'nodev', 'rbind', 'rprivate', 'noexec'],
    })
  })

  test('the hooks of NVIDIA set up links, the cache of libraries and the rest, in its order', () => {
    expect(containerEdits?.hooks?.map(({ args }) => args)).toEqual([
      [
        'nvidia-cdi-hook',
        'create-symlinks',
        ...['--link', 'libcuda.so.1::/usr/lib64/libcuda.so'],
        ...['--link', 'libcuda.so.580.65.06::/usr/lib64/libcuda.so.1'],
        ...['--link', 'libvdpau_nvidia.so.580.65.06::/usr/lib64/vdpau/libvdpau_nvidia.so.1'],
      ],
      ['nvidia-cdi-hook', 'enable-cuda-compat', '--host-driver-version=580.65.06'],
      [
        'nvidia-cdi-hook',
        'update-ldcache',
        ...['--folder', '/usr/lib64', '--folder', '/usr/lib64/vdpau'],
      ],
      ['nvidia-cdi-hook', 'disable-device-node-modification'],
      ['nvidia-cdi-hook', 'update-application-profile'],
    ])
    expect(new Set(containerEdits?.hooks?.map(({ path }) => path))).toEqual(
      new Set(['/usr/bin/nvidia-cdi-hook']),
    )
  })

  test('a library has links where the host has them, and none to itself', () => {
    const library = (name: string, soname: string | null, links: readonly string[]) => ({
      hostPath: `/driver/usr/lib64/${name}`,
      containerPath: `/usr/lib64/${name}`,
      soname,
      links,
    })
    const libraries = [
      library('liba.so.580.65.06', 'liba.so.1', []),
      library('libb.so.580.65.06', 'libb.so.580.65.06', ['libb.so.580.65.06']),
      library('libc.so.580.65.06', 'libc.so.580.65.06', ['libc.so']),
      library('libd.so.580.65.06', 'libd.so.1', ['libd.so', 'libd.so.1']),
      library('libe.so.580.65.06', null, ['libe.so.1']),
    ]
    const { containerEdits: edits } = cdiSpec(state, { driver: { ...driver, libraries } })
    const [, , ...words] = edits?.hooks?.[0]?.args ?? []
    expect(words.filter((word) => word !== '--link')).toEqual([
      'libc.so.580.65.06::/usr/lib64/libc.so',
      'libd.so.580.65.06::/usr/lib64/libd.so.1',
      'libd.so.1::/usr/lib64/libd.so',
    ])
  })

  test('the variables name the folders of libraries, and leave nothing to the legacy runtime', () => {
    expect(containerEdits?.env).toEqual([
      'NVIDIA_CTK_LIBCUDA_DIR=/usr/lib64',
      'NVIDIA_VISIBLE_DEVICES=void',
    ])
  })

  test('nvidia-ctk as the program of the hooks has them below a word of its own', () => {
    const { containerEdits: edits } = cdiSpec(state, {
      driver: { ...driver, hookPath: '/usr/bin/nvidia-ctk', ldconfigPath: '/sbin/ldconfig' },
    })
    expect(edits?.hooks?.[2]?.args?.slice(0, 5)).toEqual([
      ...['nvidia-ctk', 'hook', 'update-ldcache', '--ldconfig-path', '/sbin/ldconfig'],
    ])
  })

  test('without a program for hooks, a specification has no hooks', () => {
    expect(
      cdiSpec(state, { driver: { ...driver, hookPath: null } }).containerEdits?.hooks,
    ).toBeUndefined()
  })

  test('nodes for rendering belong to whole GPUs and to MIG devices with graphics, not to others', () => {
    const graphics = withNumbers(
      stateOf([
        { key: 'rtx-pro-6000-blackwell', instances: ['1g.24gb+gfx@0', '1g.24gb@3'] },
        { key: 'none' },
      ]),
    )
    const rendering = graphics.gpus.map(({ pciBusId, index }) => ({
      pciBusId,
      nodes: [{ path: `/dev/dri/card${index}`, major: 226, minor: index, mode: 0o660, gid: 44 }],
      links: [`../card${index}::/dev/dri/by-path/pci-${pciBusId}-card`],
    }))
    const spec = cdiSpec(graphics, {
      names: ['index'],
      all: false,
      driver: { ...driver, rendering },
    })
    const found = spec.devices.map(
      ({ name, containerEdits: { deviceNodes = [], hooks = [], additionalGids } }) => [
        name,
        deviceNodes.flatMap(({ path }) => (path.startsWith('/dev/dri') ? [path] : [])),
        hooks.length,
        additionalGids,
      ],
    )
    expect(found).toEqual([
      ['0:0', ['/dev/dri/card0'], 1, [44]],
      ['0:1', [], 0, undefined],
      ['1', ['/dev/dri/card1'], 1, [44]],
    ])
  })
})

describe('a base that somebody else made', () => {
  const base: CdiSpec = {
    cdiVersion: '1.0.0',
    kind: 'vendor.com/gpu',
    devices: [
      {
        name: '0:0',
        containerEdits: { deviceNodes: [{ path: '/dev/nvidia-caps/nvidia-cap999' }] },
      },
      {
        name: `${gpuUuid}`,
        containerEdits: {
          deviceNodes: [{ path: '/dev/nvidia1' }, { path: '/dev/dri/card1' }],
          hooks: [{ hookName: 'createContainer', path: '/bin/hook', args: ['hook'] }],
        },
      },
      { name: '7', containerEdits: { deviceNodes: [{ path: '/dev/nvidia7' }] } },
    ],
    containerEdits: {
      env: ['A=b'],
      deviceNodes: [{ path: '/dev/nvidiactl' }, { path: '/dev/other' }],
      mounts: [{ hostPath: '/lib/a', containerPath: '/lib/a' }],
    },
  }
  const merged = cdiSpec(state, { names: ['index'], base })

  test('the base of the caller stays as it is, and can be changed afterwards', () => {
    const own = structuredClone(base)
    const before = structuredClone(own)
    cdiSpec(state, { base: own })
    expect(own).toEqual(before)
    expect(frozenParts(own)).toEqual([])
  })

  test('what the base has for every container stays, with our numbers in the driver’s nodes', () => {
    expect(merged.kind).toBe('vendor.com/gpu')
    expect(merged.containerEdits?.mounts).toEqual(base.containerEdits?.mounts)
    expect(merged.containerEdits?.env).toEqual(['A=b', 'NVIDIA_VISIBLE_DEVICES=void'])
    const nodes = new Map(merged.containerEdits?.deviceNodes?.map((node) => [node.path, node]))
    expect(nodes.get('/dev/other')).toEqual({ path: '/dev/other' })
    expect(nodes.get('/dev/nvidiactl')).toMatchObject({ type: 'c', major: 195, minor: 255 })
  })

  test('devices are those of the machine, and a MIG device has nothing of an older one of its name', () => {
    expect(namesOf(merged)).toEqual(['0:0', '1', 'all'])
    const [mig] = merged.devices
    expect(mig?.containerEdits.deviceNodes?.map(({ path }) => path)).not.toContain(
      '/dev/nvidia-caps/nvidia-cap999',
    )
  })

  test('a whole GPU keeps what the base has for it beside the nodes of the driver', () => {
    const gpu = merged.devices.find(({ name }) => name === '1')
    expect(gpu?.containerEdits.deviceNodes?.map(({ path }) => path)).toEqual([
      '/dev/nvidia1',
      '/dev/dri/card1',
    ])
    expect(gpu?.containerEdits.hooks).toHaveLength(1)
  })

  test('a device of the base whose index is that of another GPU now gives nothing to it', () => {
    const moved = base.devices.map((device) =>
      device.name === gpuUuid
        ? {
            ...device,
            name: '1',
            containerEdits: {
              ...device.containerEdits,
              deviceNodes: [{ path: '/dev/nvidia7' }, { path: '/dev/dri/card7' }],
            },
          }
        : device,
    )
    const gpu = cdiSpec(state, {
      names: ['index'],
      base: { ...base, devices: moved },
    }).devices.find(({ name }) => name === '1')
    expect(gpu?.containerEdits.deviceNodes?.map(({ path }) => path)).toEqual(['/dev/nvidia1'])
    expect(gpu?.containerEdits.hooks).toBeUndefined()
  })

  test('a base that no runtime takes is refused with the place', () => {
    const error = migErrorOf(() => cdiSpec(state, { base: { ...base, devices: [] } }))
    expect(error.code).toBe('MIG_CDI_INVALID')
  })
})

describe('managementCdiSpec', () => {
  test('the device all has every node of the driver, of bare GPU instances as well, and the permissions', () => {
    const spec = managementCdiSpec(state)
    expect(spec.kind).toBe('management.nvidia.com/gpu')
    expect(namesOf(spec)).toEqual(['all'])
    // GPU instances 2 (with a device) and 7 (bare): 21, 22 and 66 by the numbers that drivers were seen to give.
    expect(
      spec.devices[0]?.containerEdits.deviceNodes?.map(({ path, fileMode }) => [path, fileMode]),
    ).toEqual([
      ['/dev/nvidia-modeset', 0o666],
      ['/dev/nvidia-uvm', 0o666],
      ['/dev/nvidia-uvm-tools', 0o666],
      ['/dev/nvidia0', 0o666],
      ['/dev/nvidia1', 0o666],
      ['/dev/nvidiactl', 0o666],
      ['/dev/nvidia-caps/nvidia-cap1', 0o400],
      ['/dev/nvidia-caps/nvidia-cap2', 0o444],
      ['/dev/nvidia-caps/nvidia-cap21', 0o444],
      ['/dev/nvidia-caps/nvidia-cap22', 0o444],
      ['/dev/nvidia-caps/nvidia-cap66', 0o444],
    ])
  })
})

function namesOf({ devices }: CdiSpec): readonly string[] {
  return devices.map(({ name }) => name)
}

test('two devices with one UUID, as only a driver at fault has them, make no specification', () => {
  const twins = withNumbers(stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@0', '3g.20gb@4'] }]))
  const gpus = twins.gpus.map((gpu) => ({
    ...gpu,
    gpuInstances: (gpu.gpuInstances ?? []).map((instance) => ({
      ...instance,
      computeInstances: instance.computeInstances.map((compute) => ({
        ...compute,
        uuid: 'MIG-1' as const,
      })),
    })),
  }))
  const doubled = { ...twins, gpus } as unknown as typeof twins
  const error = migErrorOf(() => cdiSpec(doubled))
  expect([error.code, error.message]).toEqual(['MIG_CDI_INVALID', expect.stringContaining('MIG-1')])
  expect(namesOf(cdiSpec(doubled, { names: ['index'] }))).toEqual(['0:0', '0:1', 'all'])
})

function frozenParts(value: object): readonly object[] {
  const parts = Object.values(value).filter((part) => typeof part === 'object' && part !== null)
  return [...(Object.isFrozen(value) ? [value] : []), ...parts.flatMap(frozenParts)]
}
