import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { SimulatedDeviceNode, SimulatedMachine } from '../../types/simulator/machine.js'
import type { SimulatedRegister, SimulatedRootEntry } from '../../types/simulator/state.js'
import { listProcessEntries } from './process-tree.js'
import { makeRegisterFile, setRegisters } from './register-file.js'
import {
  makeOwnFolder,
  placeBelow,
  readTreeList,
  refused,
  statusOf,
  type TreeList,
} from './tree-paths.js'
import { isRequestFile, takeRequests } from './tree-requests.js'

/** The list of what `writeRootTree` wrote, in the root folder. */
const manifest = 'root-tree.json'

/** Options of `writeRootTree`. */
export interface RootTreeOptions {
  /** Also write `/proc/<pid>` of the machine's processes, with the open device nodes of each. Default false. */
  readonly processes?: boolean
}

/**
 * Writes the files of this machine that other programs read below `folder`, in their current state:
 * `/proc/driver/nvidia`, `/proc/driver/nvidia-caps`, `/proc/devices`, `/proc/modules`, `/sys/bus/pci` and `/dev`.
 * Device nodes are real if this process may create them, otherwise empty regular files; `root-tree.json` describes
 * each in both cases. A call replaces what an earlier call wrote there, and nothing else. First the GPUs take what
 * programs have written into `resource0` and `reset` since then. A missing folder is made for this user alone,
 * because device nodes in it are real.
 *
 * @throws MigError MIG_SIMULATOR_INVALID when a file to write exists and is not from an earlier call; when other
 *   users may write to the folder, or a link in it leads elsewhere; when `root-tree.json` is not such a list; when
 *   a reset is refused, which is not tried again.
 */
export function writeRootTree(
  machine: SimulatedMachine,
  folder: string,
  { processes = false }: RootTreeOptions = {},
): void {
  const root = resolve(folder)
  makeOwnFolder(root)
  const listed = readManifest(root)
  const refusals = takeRequests(machine, root, listed)
  const entries = [...machine.rootTree(), ...(processes ? listProcessEntries(machine) : [])]
  writeEntries(root, entries, listed)
  // Only now, so that a request that was refused is not there for ever.
  if (refusals[0] !== undefined) throw refusals[0]
}

/** The list of what an earlier call wrote. */
export function readManifest(root: string): TreeList {
  return readTreeList(join(root, manifest))
}

function writeEntries(
  root: string,
  entries: readonly SimulatedRootEntry[],
  listed: TreeList,
): void {
  const earlier = new Set(listed.files)
  const foreign = entries.find(({ kind, path }) => {
    const status = earlier.has(path) ? undefined : statusOf(placeBelow(root, path))
    return status !== undefined && !(kind === 'folder' && status.isDirectory())
  })
  if (foreign !== undefined)
    throw refused(
      `${join(root, foreign.path)} exists and was not written by writeRootTree; choose another folder`,
    )
  // Other programs may be reading, and may have mapped the registers of a GPU.
  const staying = new Set(
    entries
      .filter((entry) => earlier.has(entry.path) && isThere(placeBelow(root, entry.path), entry))
      .map(({ path }) => path),
  )
  // Check all of them before any file is removed.
  const gone = listed.files.filter((path) => !staying.has(path))
  const going = gone.map((path) => placeBelow(root, path))
  const emptied = listed.folders.map((path) => placeBelow(root, path))
  const folderAmongThem = going.find((path) => statusOf(path)?.isDirectory())
  if (folderAmongThem !== undefined)
    throw refused(`${folderAmongThem} is a folder, where ${manifest} lists a file`)
  for (const path of going) removeFile(root, path)
  for (const path of emptied) if (statusOf(path)?.isDirectory()) removeEmptyFolders(root, path)
  const written = entries.map((entry) =>
    entry.kind === 'device' || entry.kind === 'registers'
      ? entry
      : { kind: entry.kind, path: entry.path },
  )
  // Written first, so that a call that fails half way can be repeated.
  writeManifest(root, `${JSON.stringify(written, null, 2)}\n`)
  for (const entry of entries) {
    const path = placeBelow(root, entry.path)
    const folder = entry.kind === 'folder' ? path : dirname(path)
    mkdirSync(folder, { recursive: true, mode: 0o755 })
    if (!staying.has(entry.path)) makeEntry(path, entry)
    else if (entry.kind === 'registers')
      setRegisters(path, changedRegisters(entry.registers, listed.registers.get(entry.path)))
  }
}

/** Whether a file is there already; of a file of registers, whether it has the size. */
function isThere(path: string, entry: SimulatedRootEntry): boolean {
  const status = statusOf(path)
  if (entry.kind === 'link')
    return status?.isSymbolicLink() === true && readlinkSync(path) === entry.target
  if (status?.isFile() !== true || status.nlink > 1) return false
  if (entry.kind === 'registers') return status.size === entry.size
  // What a program has written since the requests were taken is for the next call.
  if (isRequestFile(entry.path)) return true
  return (
    entry.kind === 'file' &&
    status.size === Buffer.byteLength(entry.content) &&
    readFileSync(path, 'utf8') === entry.content
  )
}

/** A register that has not changed is not written: a program may write a request into it at this moment. */
function changedRegisters(
  registers: readonly SimulatedRegister[],
  before: ReadonlyMap<number, number> = new Map(),
): readonly SimulatedRegister[] {
  return registers.filter(({ offset, value }) => before.get(offset) !== value)
}

function makeEntry(path: string, entry: SimulatedRootEntry): void {
  if (entry.kind === 'file') writeNew(path, entry.content)
  else if (entry.kind === 'link') symlinkSync(entry.target, path)
  else if (entry.kind === 'device') makeDevice(path, entry.device)
  else if (entry.kind === 'registers') makeRegisterFile(path, entry.size, entry.registers)
}

function writeManifest(root: string, text: string): void {
  const path = join(root, manifest)
  const draft = `${path}.new`
  rmSync(draft, { force: true })
  writeNew(draft, text)
  renameSync(draft, path)
}

/** Fails if the path exists, also as a link. */
function writeNew(path: string, content: string): void {
  writeFileSync(path, content, { flag: 'wx', mode: 0o644 })
}

// Removes folders that become empty, too: the folder of a destroyed GPU instance would mislead.
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
