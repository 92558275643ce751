import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { release } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readDriverFiles } from '../../../lib/system/driver-files/read-driver-files.js'
import { fakeRoot, putFile } from '../../support/root-tree.js'

// The places are those of nvidia-ctk 1.20: pkg/lookup/library.go, pkg/nvcdi/driver-nvml.go, internal/discover/graphics.go
// and ipc.go.

const version = '580.65.06'
const libraries = 'usr/lib/x86_64-linux-gnu'

function rootWith(...files: readonly string[]): string {
  const root = fakeRoot()
  for (const file of [`${libraries}/libcuda.so.${version}`, ...files]) putFile(root, file, '')
  return root
}

function link(root: string, path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  symlinkSync(target, join(root, path))
}

const pathsOf = (files: readonly { readonly containerPath: string }[]): readonly string[] =>
  files.map(({ containerPath }) => containerPath)

describe('libraries of a driver', () => {
  test('the version is that of libnvidia-ml where there is no libcuda, and of libcuda where both are', () => {
    const root = fakeRoot()
    putFile(root, 'usr/lib64/libnvidia-ml.so.570.1.2', '')
    expect(readDriverFiles(root, []).version).toBe('570.1.2')
    putFile(root, `lib/libcuda.so.${version}`, '')
    expect(readDriverFiles(root, [])).toMatchObject({ version, folders: ['/lib'] })
  })

  test('a library of another version, or with a name alike, is not of this driver', () => {
    const root = rootWith(
      `${libraries}/libnvidia-opencl.so.${version}`,
      `${libraries}/libnvidia-opencl.so.${version}.bak`,
      `${libraries}/libnvidia-opencl.so.580x65x06`,
      `${libraries}/libnvidia-opencl.so.1580.65.06`,
    )
    expect(pathsOf(readDriverFiles(root, []).libraries)).toEqual([
      `/${libraries}/libcuda.so.${version}`,
      `/${libraries}/libnvidia-opencl.so.${version}`,
    ])
  })

  test('each folder with libraries of the driver counts, and nvvm of any version beside them', () => {
    const root = rootWith(
      `usr/lib64/libnvidia-ml.so.${version}`,
      'usr/lib64/libnvidia-nvvm70.so.12',
      // In a folder without libraries of the driver.
      'lib64/libnvidia-nvvm70.so.4',
    )
    const found = readDriverFiles(root, [])
    expect(found.folders).toEqual(['/usr/lib64', `/${libraries}`])
    expect(pathsOf(found.libraries)).toEqual([
      `/usr/lib64/libnvidia-ml.so.${version}`,
      `/${libraries}/libcuda.so.${version}`,
      '/usr/lib64/libnvidia-nvvm70.so.12',
    ])
  })

  test('the links of a library are those of its own name', () => {
    const root = rootWith(`${libraries}/libnvidia-ml.so.${version}`)
    link(root, `${libraries}/libcuda.so.1`, `libcuda.so.${version}`)
    link(root, `${libraries}/libcuda.so`, 'libcuda.so.1')
    link(root, `${libraries}/libnvidia-ml.so.1`, `libnvidia-ml.so.${version}`)
    expect(readDriverFiles(root, []).libraries.map(({ links }) => links)).toEqual([
      ['libcuda.so', 'libcuda.so.1'],
      ['libnvidia-ml.so.1'],
    ])
  })

  test('graphics have the platforms of EGL and the modules of X, each module from the first folder that has it', () => {
    const root = rootWith(
      `${libraries}/libnvidia-egl-gbm.so.1.1.2`,
      `${libraries}/libnvidia-egl-wayland2.so.1.0.0`,
      `${libraries}/libnvidia-egl-other.so.1.0.0`,
      `${libraries}/nvidia/xorg/nvidia_drv.so`,
      'usr/lib/xorg/modules/drivers/nvidia_drv.so',
      `usr/lib/xorg/modules/extensions/libglxserver_nvidia.so.${version}`,
      'usr/lib/xorg/modules/extensions/libglxserver_nvidia.so.1.2',
    )
    const { graphics = [] } = readDriverFiles(root, [])
    expect(pathsOf(graphics)).toEqual([
      `/${libraries}/libnvidia-egl-gbm.so.1.1.2`,
      `/${libraries}/libnvidia-egl-wayland2.so.1.0.0`,
      `/${libraries}/nvidia/xorg/nvidia_drv.so`,
      `/usr/lib/xorg/modules/extensions/libglxserver_nvidia.so.${version}`,
    ])
    for (const { hostPath, containerPath } of graphics) expect(hostPath).toBe(root + containerPath)
  })
})

test.each(['/usr/lib/xorg', '/usr/lib64/xorg', '/usr/X11R6/lib', '/usr/X11R6/lib64'])(
  'the driver of X is found below %s',
  (folder) => {
    const path = `${folder}/modules/updates/drivers/nvidia_drv.so`
    const { graphics = [] } = readDriverFiles(rootWith(path.slice(1)), [])
    expect(pathsOf(graphics)).toEqual([path])
  },
)

test('libraries of a folder come in the order of their names, however the file system lists them', () => {
  const names = Array.from({ length: 40 }, (_, number) => `lib${(number * 17) % 40}.so.${version}`)
  const root = rootWith(...names.map((name) => `${libraries}/${name}`))
  const paths = pathsOf(readDriverFiles(root, []).libraries)
  expect(paths).toEqual(paths.toSorted())
  expect(paths).toHaveLength(41)
})

describe('other files of a driver', () => {
  test('firmware of this version comes from each folder for it, and only that for GPUs', () => {
    const firmware = `nvidia/${version}`
    const root = rootWith(
      `lib/firmware/${firmware}/gsp_ga10x.bin`,
      `lib/firmware/${firmware}/readme.txt`,
      `lib/firmware/updates/${release()}/${firmware}/gsp_tu10x.bin`,
      'lib/firmware/nvidia/535.1.1/gsp_ga10x.bin',
    )
    expect(pathsOf(readDriverFiles(root, []).files)).toEqual([
      `/lib/firmware/updates/${release()}/${firmware}/gsp_tu10x.bin`,
      `/lib/firmware/${firmware}/gsp_ga10x.bin`,
    ])
  })

  test('a setting comes from every folder that has it, one of Vulkan from the first, and a folder is none', () => {
    const root = rootWith(
      'etc/OpenCL/vendors/nvidia.icd',
      'usr/share/OpenCL/vendors/nvidia.icd',
      'usr/share/nvidia/nvoptix.bin/part',
      'usr/local/share/vulkan/icd.d/nvidia_layers.json',
      'usr/share/vulkan/icd.d/nvidia_layers.json',
    )
    const { files } = readDriverFiles(root, [])
    expect(files.map(({ hostPath }) => hostPath.slice(root.length))).toEqual([
      '/etc/OpenCL/vendors/nvidia.icd',
      '/usr/share/OpenCL/vendors/nvidia.icd',
      '/usr/local/share/vulkan/icd.d/nvidia_layers.json',
    ])
  })

  test('all programs of the driver are found, in their order', () => {
    const names = ['nvidia-smi', 'nvidia-persistenced', 'nvidia-cuda-mps-server', 'nvidia-imex']
    const root = rootWith(...names.toReversed().map((name) => `usr/bin/${name}`))
    for (const name of names) chmodSync(join(root, 'usr/bin', name), 0o755)
    expect(pathsOf(readDriverFiles(root, []).files)).toEqual(
      names.map((name) => `/usr/bin/${name}`),
    )
  })

  test('a socket of a service is taken from /run before /var/run, and a folder is no socket', () => {
    const root = rootWith(
      'run/nvidia-persistenced/socket',
      'var/run/nvidia-persistenced/socket',
      'run/nvidia-fabricmanager/socket/file',
      'var/run/nvidia-fabricmanager/socket',
    )
    expect(readDriverFiles(root, []).sockets).toEqual(
      ['/run/nvidia-persistenced/socket', '/var/run/nvidia-fabricmanager/socket'].map((path) => ({
        hostPath: root + path,
        containerPath: path,
      })),
    )
  })
})

test('nodes for rendering are found in PCI domains beyond the first, and without numbers there is none', () => {
  const device = 'sys/bus/pci/devices/10000:01:00.0/drm'
  const root = rootWith('dev/dri/card1', 'dev/dri/card2', 'dev/dri/renderD128', 'dev/dri/version')
  putFile(root, `${device}/card1/dev`, '226:1\n')
  putFile(root, `${device}/card2/dev`, 'nothing\n')
  putFile(root, `${device}/renderD128/dev`, '226:128\n')
  putFile(root, `${device}/version/dev`, '226:9\n')
  link(root, 'dev/dri/by-path/pci-10000:01:00.0-card', '/dev/dri/card1')
  link(root, 'dev/dri/by-path/pci-10000:01:00.0-render', '../card9')
  const { rendering = [] } = readDriverFiles(root, ['00010000:01:00.0'])
  const [gpu, ...others] = rendering
  expect(others).toEqual([])
  expect(gpu?.nodes.map(({ path, minor }) => [path, minor])).toEqual([
    ['/dev/dri/card1', 1],
    ['/dev/dri/renderD128', 128],
  ])
  expect(gpu?.links).toEqual(['/dev/dri/card1::/dev/dri/by-path/pci-10000:01:00.0-card'])
})
