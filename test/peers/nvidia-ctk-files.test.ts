import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { cdiSpec } from '../../lib/containers.js'
import { readMigState } from '../../lib/index.js'
import { readDriverFiles } from '../../lib/system/driver-files/read-driver-files.js'
import type { CdiEdits, CdiSpec } from '../../types/containers/cdi.js'
import { createHost } from './host.js'
import { isMissing, peerPath } from './peer.js'

const libraryFolder = 'usr/lib/x86_64-linux-gnu'

describe.skipIf(isMissing('nvidia-ctk') || !inject('mounts'))('the files of a driver', () => {
  test('a specification has the mounts, hooks and variables that nvidia-ctk cdi generate finds', async () => {
    using host = await createHost('A100-SXM4-40GB, Tesla T4')
    const root = host.writeTree()
    const version = host.machine.describe().driver
    install(root, version)
    // nvidia-ctk asks the NVML that it finds there.
    copyFileSync(host.machine.library.path, join(root, libraryFolder, `libnvidia-ml.so.${version}`))
    const done = await host.run(peerPath('nvidia-ctk'), [
      ...['cdi', 'generate', '--mode', 'nvml', '--format', 'json'],
      ...['--driver-root', root, '--dev-root', root],
      ...['--nvidia-cdi-hook-path', '/usr/bin/nvidia-cdi-hook'],
    ])
    expect(done.status, done.stderr).toBe(0)
    const theirs = JSON.parse(done.stdout) as CdiSpec
    const state = await readMigState({ library: host.machine.library, root })
    const found = readDriverFiles(
      root,
      state.gpus.map(({ pciBusId }) => pciBusId),
    )
    const ours = cdiSpec(state, { driver: { ...found, hookPath: '/usr/bin/nvidia-cdi-hook' } })
    expect(found.version).toBe(version)
    expect(ours.containerEdits?.mounts?.length).toBeGreaterThan(15)
    expect(comparable(ours.containerEdits)).toEqual(comparable(theirs.containerEdits))
    expect(ours.devices.map(({ name }) => name)).toEqual(theirs.devices.map(({ name }) => name))
  })
})

/** Without device nodes, which another test compares. */
function comparable(edits: CdiEdits = {}): object {
  const { env = [], hooks = [], mounts = [] } = edits
  return {
    env: env.toSorted(),
    hooks,
    mounts: mounts.toSorted((a, b) => (a.containerPath < b.containerPath ? -1 : 1)),
  }
}

/** What packages of the driver lay down, as small files. */
function install(root: string, version: string): void {
  const libraries = [
    ['libcuda.so', '1', true],
    ['libnvidia-ml.so', '1', true],
    ['libnvidia-ptxjitcompiler.so', '1', false],
    ['libnvidia-opticalflow.so', '1', true],
    ['libGLX_nvidia.so', '0', false],
    ['libnvidia-allocator.so', '1', true],
    ['vdpau/libvdpau_nvidia.so', '1', true],
  ] as const
  for (const [name, major, hasPlain] of libraries) {
    const file = join(root, libraryFolder, `${name}.${version}`)
    const stem = name.slice(name.lastIndexOf('/') + 1)
    makeLibrary(file, `${stem}.${major}`)
    symlinkSync(`${stem}.${version}`, join(root, libraryFolder, `${name}.${major}`))
    if (hasPlain) symlinkSync(`${stem}.${major}`, join(root, libraryFolder, name))
  }
  // Without a name of its own, and one that is no library at all.
  makeLibrary(join(root, libraryFolder, `libnvidia-tls.so.${version}`), null)
  put(root, `${libraryFolder}/libnvidia-empty.so.${version}`)
  makeLibrary(join(root, libraryFolder, 'libnvidia-egl-gbm.so.1.1.2'), 'libnvidia-egl-gbm.so.1')
  makeLibrary(join(root, libraryFolder, 'libnvidia-nvvm70.so.4'), 'libnvidia-nvvm70.so.4')
  put(root, `usr/lib/xorg/modules/drivers/nvidia_drv.so`)
  put(root, `usr/lib/xorg/modules/extensions/libglxserver_nvidia.so.${version}`)
  put(root, `lib/firmware/nvidia/${version}/gsp_ga10x.bin`)
  put(root, `lib/firmware/nvidia/${version}/gsp_tu10x.bin`)
  put(root, `lib/firmware/nvidia/${version}/other.txt`)
  put(root, 'usr/share/nvidia/nvoptix.bin')
  put(root, 'etc/vulkan/icd.d/nvidia_icd.json')
  put(root, 'usr/share/glvnd/egl_vendor.d/10_nvidia.json')
  put(root, 'etc/OpenCL/vendors/nvidia.icd')
  put(root, 'run/nvidia-persistenced/socket')
  mkdirSync(join(root, 'tmp/nvidia-mps'), { recursive: true })
  for (const program of [
    'usr/bin/nvidia-smi',
    'usr/bin/nvidia-cuda-mps-control',
    'sbin/nvidia-persistenced',
  ])
    chmodSync(put(root, program), 0o755)
  // Not executable, so no program.
  put(root, 'usr/bin/nvidia-debugdump')
}

function makeLibrary(file: string, soname: string | null): void {
  mkdirSync(dirname(file), { recursive: true })
  const name = soname === null ? [] : [`-Wl,-soname,${soname}`]
  execFileSync('cc', ['-shared', '-nostdlib', '-x', 'c', '/dev/null', ...name, '-o', file])
}

function put(root: string, path: string): string {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '')
  return file
}
