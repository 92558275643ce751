import { basename, dirname } from 'node:path'
import type { DriverLibrary, HostPath } from '../../../types/containers/cdi.js'
import type { InstalledTree } from './below-root.js'
import { readSoname } from './elf-soname.js'

// Where nvidia-ctk 1.20 looks (pkg/lookup/library.go), and /usr/lib and /lib, which it finds by the cache of libraries.
const searched = [
  '/',
  '/usr/lib64',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu/nvidia/current',
  '/usr/lib/aarch64-linux-gnu/nvidia/current',
  '/lib64',
  '/lib/x86_64-linux-gnu',
  '/lib/aarch64-linux-gnu',
  '/lib/x86_64-linux-gnu/nvidia/current',
  '/lib/aarch64-linux-gnu/nvidia/current',
  '/usr/lib',
  '/lib',
]

/** The libraries of an installed driver. */
export interface FoundLibraries {
  /** The end of their names: `580.65.06`. */
  readonly version: string
  /** The folders that have some of them. */
  readonly folders: readonly string[]
  readonly libraries: readonly DriverLibrary[]
  readonly graphics: readonly HostPath[]
}

/** Null: there is neither libcuda nor libnvidia-ml with a version in its name. */
export function findLibraries(tree: InstalledTree): FoundLibraries | null {
  const version = findVersion(tree)
  if (version === null) return null
  const end = version.replaceAll('.', '\\.')
  const folders = unique(find(tree, searched, new RegExp(`^lib.*\\.so\\.${end}$`)).map(dirname))
  const withPlugins = [...folders, ...folders.map((folder) => `${folder}/vdpau`)]
  const files = unique([
    ...find(tree, withPlugins, new RegExp(`^.*\\.so\\.${end}$`)),
    ...find(tree, folders, /^libnvidia-nvvm70\.so\..*$/),
  ])
  const more = unique([
    ...find(tree, searched, /^libnvidia-egl-(?:gbm|wayland2?)\.so\..*\..*$/),
    ...xorgFolders(folders)
      .flatMap((folder) => [
        `${folder}/nvidia_drv.so`,
        `${folder}/libglxserver_nvidia.so.${version}`,
      ])
      .filter((path) => tree.status(path)?.isFile())
      // The first of each name.
      .filter(
        (path, index, all) => all.findIndex((each) => basename(each) === basename(path)) === index,
      ),
  ]).filter((path) => !files.includes(path))
  return {
    version,
    folders,
    libraries: files.map((path) => describe(tree, path)),
    graphics: more.map((path) => ({ hostPath: tree.hostPath(path), containerPath: path })),
  }
}

function findVersion(tree: InstalledTree): string | null {
  for (const library of ['libcuda.so.', 'libnvidia-ml.so.']) {
    const [path] = find(tree, searched, new RegExp(`^${library.replaceAll('.', '\\.')}.+\\..+$`))
    if (path !== undefined) return basename(path).slice(library.length)
  }
  return null
}

/** Files with such names in these folders, by where their links lead, each once. */
function find(tree: InstalledTree, folders: readonly string[], names: RegExp): readonly string[] {
  return unique(
    folders
      .flatMap((folder) => tree.list(folder, names))
      .flatMap((path) => tree.resolve(path) ?? [])
      .filter((path) => tree.status(path)?.isFile()),
  )
}

function describe(tree: InstalledTree, path: string): DriverLibrary {
  const hostPath = tree.hostPath(path)
  const stem = basename(path).split('.so', 1)[0] ?? ''
  const links = tree
    .list(dirname(path), /\.so/)
    .filter((other) => basename(other).startsWith(stem) && tree.isLink(other))
    .map((other) => basename(other))
  return { hostPath, containerPath: path, soname: readSoname(hostPath), links }
}

/** As nvidia-ctk has them (internal/discover/graphics.go). */
function xorgFolders(folders: readonly string[]): readonly string[] {
  const modules = [
    'modules/drivers',
    'modules/extensions',
    'modules/updates/drivers',
    'modules/updates/extensions',
  ]
  const bases = ['/usr/lib/xorg', '/usr/lib64/xorg', '/usr/X11R6/lib', '/usr/X11R6/lib64']
  return [
    ...folders.flatMap((folder) => [
      `${folder}/nvidia/xorg`,
      ...modules.map((each) => `${folder}/xorg/${each}`),
    ]),
    ...bases.flatMap((base) => modules.map((each) => `${base}/${each}`)),
  ]
}

function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)]
}
