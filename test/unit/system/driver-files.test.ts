import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readDriverFiles as readFilesOf } from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import { openTree } from '../../../lib/system/driver-files/below-root.js'
import { readSoname } from '../../../lib/system/driver-files/elf-soname.js'
import { readDriverFiles } from '../../../lib/system/driver-files/read-driver-files.js'
import { migErrorOf, reasonOf } from '../../support/errors.js'
import { fakeRoot, putFile } from '../../support/root-tree.js'
import { stateOf } from '../../support/state.js'

const folder = 'usr/lib64'
const version = '580.65.06'

// That mounts, hooks and variables are those of nvidia-ctk: test/peers/nvidia-ctk-files.test.ts.
describe('readDriverFiles', () => {
  test('a root without libraries of a driver is refused, and the error names the missing files', () => {
    const root = fakeRoot()
    const error = migErrorOf(() => readDriverFiles(root, []))
    expect(error.code).toBe('MIG_DRIVER_NOT_FOUND')
    expect(error.message).toContain('libcuda.so')
    expect(error.message).toContain(root)
  })

  test('readDriverFiles of the package takes a state and the folder of the driver', async () => {
    const root = fakeRoot()
    putFile(root, `${folder}/libcuda.so.${version}`, '')
    const state = stateOf([{ key: 'none' }])
    expect(await readFilesOf(state, root)).toEqual(readDriverFiles(root, ['00000000:00:00.0']))
    expect(await reasonOf(readFilesOf(state, ''))).toBeInstanceOf(TypeError)
  })

  test('libraries have the version of libcuda, each once, wherever links lead to it', () => {
    const root = fakeRoot()
    for (const name of ['libcuda.so', 'libnvidia-tls.so', 'vdpau/libvdpau_nvidia.so'])
      putFile(root, `${folder}/${name}.${version}`, '')
    putFile(root, `${folder}/libnvidia-old.so.535.1.1`, '')
    link(root, `${folder}/libcuda.so.1`, `libcuda.so.${version}`)
    link(root, 'lib64', '/usr/lib64')
    const found = readDriverFiles(root, [])
    expect(found.version).toBe(version)
    expect(found.folders).toEqual(['/usr/lib64'])
    expect(found.libraries.map(({ containerPath }) => containerPath)).toEqual([
      `/usr/lib64/libcuda.so.${version}`,
      `/usr/lib64/libnvidia-tls.so.${version}`,
      `/usr/lib64/vdpau/libvdpau_nvidia.so.${version}`,
    ])
    expect(
      found.libraries.map(({ hostPath, containerPath }) => hostPath === root + containerPath),
    ).toEqual([...[true, true, true]])
    expect(found.libraries[0]?.links).toEqual(['libcuda.so.1'])
  })

  test('a program counts where it is executable, in the first folder that has it', () => {
    const root = fakeRoot()
    putFile(root, `${folder}/libcuda.so.${version}`, '')
    putFile(root, 'usr/local/bin/nvidia-smi', '')
    for (const path of ['usr/bin/nvidia-smi', 'sbin/nvidia-smi']) {
      putFile(root, path, '')
      chmodSync(join(root, path), 0o755)
    }
    expect(readDriverFiles(root, []).files.map(({ containerPath }) => containerPath)).toEqual([
      '/usr/bin/nvidia-smi',
    ])
  })

  test('a container finds the settings of Vulkan in /etc, wherever the host has them', () => {
    const root = fakeRoot()
    putFile(root, `${folder}/libcuda.so.${version}`, '')
    putFile(root, 'usr/share/vulkan/icd.d/nvidia_icd.json', '')
    expect(readDriverFiles(root, []).files).toEqual([
      {
        hostPath: join(root, 'usr/share/vulkan/icd.d/nvidia_icd.json'),
        containerPath: '/etc/vulkan/icd.d/nvidia_icd.json',
      },
    ])
  })

  test('nodes for rendering have the numbers of the kernel and the rights of the node', () => {
    const root = fakeRoot()
    putFile(root, `${folder}/libcuda.so.${version}`, '')
    putFile(root, 'sys/bus/pci/devices/0000:07:00.0/drm/card1/dev', '226:1\n')
    putFile(root, 'sys/bus/pci/devices/0000:07:00.0/drm/renderD128/dev', '226:128\n')
    putFile(root, 'dev/dri/card1', '')
    chmodSync(join(root, 'dev/dri/card1'), 0o660)
    link(root, 'dev/dri/by-path/pci-0000:07:00.0-card', '../card1')
    link(root, 'dev/dri/by-path/pci-0000:07:00.0-render', '../renderD128')
    const group = process.getgid?.() ?? 0
    const rendering = readDriverFiles(root, ['00000000:07:00.0', '00000000:0F:00.0']).rendering
    expect(rendering).toEqual([
      {
        pciBusId: '00000000:07:00.0',
        nodes: [
          {
            path: '/dev/dri/card1',
            major: 226,
            minor: 1,
            mode: 0o660,
            ...(group === 0 ? {} : { gid: group }),
          },
        ],
        links: ['../card1::/dev/dri/by-path/pci-0000:07:00.0-card'],
      },
    ])
  })
})

describe('links in the tree of a driver', () => {
  test('an absolute link means a place below the root, and no link leads out of it', () => {
    const root = fakeRoot()
    putFile(root, 'usr/lib64/real', '')
    link(root, 'absolute', '/usr/lib64/real')
    link(root, 'upward', '../../../../usr/lib64/real')
    link(root, 'folder', '/usr/./lib64/../lib64')
    const tree = openTree(root)
    for (const path of ['/absolute', '/upward', '/folder/real'])
      expect(tree.resolve(path)).toBe('/usr/lib64/real')
  })

  test('a link in a circle, and one to nothing, lead to nothing', () => {
    const root = fakeRoot()
    link(root, 'a', 'b')
    link(root, 'b', 'a')
    link(root, 'c', '/etc/passwd')
    const tree = openTree(root)
    expect([tree.resolve('/a'), tree.resolve('/c'), tree.status('/c')]).toEqual([null, null, null])
    expect(tree.list('/a', /./)).toEqual([])
  })
})

describe('readSoname', () => {
  test('the name of a library is the one that it gives itself', () => {
    using machine = createSimulatedMachine('Tesla T4')
    const copy = join(fakeRoot(), 'other-name.so.1.2')
    copyFileSync(machine.library.path, copy)
    expect(readSoname(copy)).toBe('libnvidia-ml.so.1')
  })

  test('no file, no library, and a library that is cut off have no name', () => {
    using machine = createSimulatedMachine('Tesla T4')
    const root = fakeRoot()
    writeFileSync(join(root, 'text'), 'text')
    expect(readSoname(join(root, 'text'))).toBeNull()
    expect(readSoname(join(root, 'none'))).toBeNull()
    for (const length of [0, 5, 63, 64, 1000, 50_000]) {
      const copy = join(root, `cut-${length}`)
      copyFileSync(machine.library.path, copy)
      truncateSync(copy, length)
      expect(readSoname(copy)).toBeNull()
    }
  })
})

function link(root: string, path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  symlinkSync(target, join(root, path))
}
