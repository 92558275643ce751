import { release } from 'node:os'
import type { HostPath } from '../../../types/containers/cdi.js'
import type { InstalledTree } from './below-root.js'

// The lists of nvidia-ctk 1.20: pkg/nvcdi/driver-nvml.go, internal/discover/graphics.go and ipc.go.

const programs = [
  'nvidia-smi',
  'nvidia-debugdump',
  'nvidia-persistenced',
  'nvidia-cuda-mps-control',
  'nvidia-cuda-mps-server',
  'nvidia-imex',
  'nvidia-imex-ctl',
]
const programFolders = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
]
const settings = [
  'glvnd/egl_vendor.d/10_nvidia.json',
  'egl/egl_external_platform.d/15_nvidia_gbm.json',
  'egl/egl_external_platform.d/10_nvidia_wayland.json',
  'egl/egl_external_platform.d/09_nvidia_wayland2.json',
  'nvidia/nvoptix.bin',
  'X11/xorg.conf.d/10-nvidia.conf',
  'X11/xorg.conf.d/nvidia-drm-outputclass.conf',
  'OpenCL/vendors/nvidia.icd',
]
const vulkan = [
  'vulkan/icd.d/nvidia_icd.json',
  'vulkan/icd.d/nvidia_layers.json',
  'vulkan/implicit_layer.d/nvidia_layers.json',
  `vulkan/icd.d/nvidia_icd.${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.json`,
]
const settingFolders = ['/etc', '/usr/local/share', '/usr/share']

/** Programs, firmware and configuration files of a driver. */
export function findFiles(tree: InstalledTree, version: string): readonly HostPath[] {
  const isFile = (path: string): boolean => tree.status(path)?.isFile() ?? false
  const isProgram = (path: string): boolean =>
    isFile(path) && ((tree.status(path)?.mode ?? 0) & 0o111) !== 0
  const same = (path: string): HostPath => ({ hostPath: tree.hostPath(path), containerPath: path })
  const firmware = [`updates/${release()}`, 'updates', release(), '']
    .map((folder) => `/lib/firmware/${folder}/nvidia/${version}`.replaceAll('//', '/'))
    .flatMap((folder) => tree.list(folder, /^gsp.*\.bin$/))
  return [
    ...firmware.map(same),
    ...programs.flatMap((name) =>
      firstOf(
        programFolders.map((folder) => `${folder}/${name}`),
        isProgram,
      ).map(same),
    ),
    ...settings
      .flatMap((name) => settingFolders.map((folder) => `${folder}/${name}`))
      .filter(isFile)
      .map(same),
    // A container looks for these in /etc, wherever the host has them.
    ...vulkan.flatMap((name) =>
      firstOf(
        [...settingFolders, ''].map((folder) => `${folder}/${name}`),
        isFile,
      ).map((path) => ({
        hostPath: tree.hostPath(path),
        containerPath: `/etc/${name}`,
      })),
    ),
  ]
}

/** Sockets of the driver's services. nvidia-ctk also looks for the folder of MPS, but takes no folder. */
export function findSockets(tree: InstalledTree): readonly HostPath[] {
  const isThere = (path: string): boolean => tree.status(path)?.isDirectory() === false
  const services = ['nvidia-persistenced/socket', 'nvidia-fabricmanager/socket']
  return services
    .flatMap((name) => firstOf([`/run/${name}`, `/var/run/${name}`], isThere))
    .map((path) => ({ hostPath: tree.hostPath(path), containerPath: path }))
}

function firstOf(paths: readonly string[], accepts: (path: string) => boolean): readonly string[] {
  const found = paths.find(accepts)
  return found === undefined ? [] : [found]
}
