import { spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { SimulatedDeviceNode, SimulatedMachine } from '../../types/simulator.js'
import { MigError } from '../errors.js'
import { listProcessEntries } from './process-tree.js'

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
 * way `root-tree.json` describes each. What an earlier call wrote there is replaced, and nothing else.
 *
 * @throws MigError MIG_SIMULATOR_INVALID when one of the files is there already, of another origin.
 */
export function writeRootTree(
  machine: SimulatedMachine,
  folder: string,
  { processes = false }: RootTreeOptions = {},
): void {
  const root = resolve(folder)
  const entries = [...machine.rootTree(), ...(processes ? listProcessEntries(machine) : [])]
  const earlier = new Set(readManifest(root))
  const foreign = entries.find(({ path }) => !earlier.has(path) && isThere(join(root, path)))
  if (foreign !== undefined) {
    throw new MigError(
      'MIG_SIMULATOR_INVALID',
      `${join(root, foreign.path)} exists and was not written by writeRootTree; choose another folder`,
    )
  }
  for (const path of earlier) removeFile(root, join(root, path))
  mkdirSync(root, { recursive: true })
  const listed = entries.map((entry) =>
    entry.kind === 'device' ? entry : { kind: entry.kind, path: entry.path },
  )
  // First, so that a call that fails half way can be repeated.
  writeFileSync(join(root, manifest), `${JSON.stringify(listed, null, 2)}\n`)
  for (const entry of entries) {
    const path = join(root, entry.path)
    mkdirSync(dirname(path), { recursive: true })
    if (entry.kind === 'device') makeDevice(path, entry.device)
    else if (entry.kind === 'link') symlinkSync(entry.target, path)
    else writeFileSync(path, entry.content)
  }
}

/** Also a link that leads nowhere. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function readManifest(root: string): readonly string[] {
  const path = join(root, manifest)
  if (!existsSync(path)) return []
  const entries: readonly { readonly path: string }[] = JSON.parse(readFileSync(path, 'utf8'))
  return entries.map((entry) => entry.path)
}

// With the folders that are empty then: a folder of a GPU instance that is gone would mislead.
function removeFile(root: string, path: string): void {
  rmSync(path, { force: true })
  let folder = dirname(path)
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
  writeFileSync(path, '')
}
