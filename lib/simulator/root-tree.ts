import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { SimulatedDeviceNode, SimulatedMachine } from '../../types/simulator/machine.js'
import { listProcessEntries } from './process-tree.js'
import { makeOwnFolder, placeBelow, readTreeList, refused, statusOf } from './tree-paths.js'

/** Lists what was written, below the folder. */
const manifest = 'root-tree.json'

/** Of `writeRootTree`. */
export interface RootTreeOptions {
  /** Also `/proc/<pid>` of the machine's processes, with the device nodes that each has open. Default false. */
  readonly processes?: boolean
}

/**
 * Writes what a container runtime reads of this machine's file system below `folder`, in the state
 * of this moment: `/proc/driver/nvidia`, `/proc/driver/nvidia-caps`, `/proc/devices` and `/dev`.
 * Device nodes are made where this process may make them, else they are empty regular files; either
 * way `root-tree.json` describes each. What an earlier call wrote there is replaced, and nothing else. A
 * folder that is not there is made for this user alone, since device nodes in it are real ones.
 *
 * @throws MigError MIG_SIMULATOR_INVALID when one of the files is there already, of another origin; when other
 *   users may write to the folder, or a link in it leads elsewhere; when `root-tree.json` is not one of ours.
 */
export function writeRootTree(
  machine: SimulatedMachine,
  folder: string,
  { processes = false }: RootTreeOptions = {},
): void {
  const root = resolve(folder)
  makeOwnFolder(root)
  const entries = [...machine.rootTree(), ...(processes ? listProcessEntries(machine) : [])]
  const listed = readTreeList(join(root, manifest))
  const earlier = new Set(listed.files)
  const foreign = entries.find(({ kind, path }) => {
    const status = earlier.has(path) ? undefined : statusOf(placeBelow(root, path))
    return status !== undefined && !(kind === 'folder' && status.isDirectory())
  })
  if (foreign !== undefined)
    throw refused(
      `${join(root, foreign.path)} exists and was not written by writeRootTree; choose another folder`,
    )
  // All of them, before the first goes.
  const going = listed.files.map((path) => placeBelow(root, path))
  const emptied = listed.folders.map((path) => placeBelow(root, path))
  const folderAmongThem = going.find((path) => statusOf(path)?.isDirectory())
  if (folderAmongThem !== undefined)
    throw refused(`${folderAmongThem} is a folder, where ${manifest} lists a file`)
  for (const path of going) removeFile(root, path)
  for (const path of emptied) if (statusOf(path)?.isDirectory()) removeEmptyFolders(root, path)
  const written = entries.map((entry) =>
    entry.kind === 'device' ? entry : { kind: entry.kind, path: entry.path },
  )
  // First, so that a call that fails half way can be repeated.
  writeManifest(root, `${JSON.stringify(written, null, 2)}\n`)
  for (const entry of entries) {
    const path = placeBelow(root, entry.path)
    const folder = entry.kind === 'folder' ? path : dirname(path)
    mkdirSync(folder, { recursive: true, mode: 0o755 })
    if (entry.kind === 'folder') continue
    if (entry.kind === 'device') makeDevice(path, entry.device)
    else if (entry.kind === 'link') symlinkSync(entry.target, path)
    else writeNew(path, entry.content)
  }
}

function writeManifest(root: string, text: string): void {
  const path = join(root, manifest)
  const draft = `${path}.new`
  rmSync(draft, { force: true })
  writeNew(draft, text)
  renameSync(draft, path)
}

/** Where something is already, it fails; also at a link. */
function writeNew(path: string, content: string): void {
  writeFileSync(path, content, { flag: 'wx', mode: 0o644 })
}

// With the folders that are empty then: a folder of a GPU instance that is gone would mislead.
function removeFile(root: string, path: string): void {
  rmSync(path, { force: true })
  removeEmptyFolders(root, dirname(path))
}

function removeEmptyFolders(root: string, lowest: string): void {
  let folder = lowest
  while (folder !== root && existsSync(folder) && readdirSync(folder).length === 0) {
    rmdirSync(folder)
    folder = dirname(folder)
  }
}

function makeDevice(path: string, device: SimulatedDeviceNode): void {
  if (process.getuid?.() === 0) {
    const { error, status } = spawnSync(
      'mknod',
      ['-m', device.mode.toString(8), path, 'c', `${device.major}`, `${device.minor}`],
      { stdio: 'ignore' },
    )
    if (error === undefined && status === 0) return
  }
  writeNew(path, '')
}
