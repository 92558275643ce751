import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  type Stats,
} from 'node:fs'
import { join } from 'node:path'
import { MigError } from '../errors.js'
import { checkFolder, isForeign } from '../system/trusted-folder.js'

// Root writes and removes the files of a list in a folder. So another user must have made neither the list
// nor the folder, and no name may lead out of the folder.

const largestListBytes = 16 * 2 ** 20
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants

/**
 * Makes a missing folder, for this user alone. Throws `MIG_SIMULATOR_INVALID` if another user could create
 * or replace files in it.
 */
export function makeOwnFolder(root: string): void {
  if (whyForeign(root) === undefined) mkdirSync(root, { recursive: true, mode: 0o700 })
  const reason = whyForeign(root)
  if (typeof reason === 'string') throw refused(`${reason}; choose another folder`)
}

/** Null: no other user can change it. Undefined: it is missing, and no other user can create it. */
function whyForeign(root: string): string | null | undefined {
  try {
    const checked = checkFolder(root)
    return 'reason' in checked ? checked.reason : null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * The path of a file of the tree below its root. Throws `MIG_SIMULATOR_INVALID` unless all folders on the
 * way are real ones that no other user may write to.
 */
export function placeBelow(root: string, path: string): string {
  const [first, ...steps] = path.split('/')
  const leadsOut = steps.length === 0 || steps.some((step) => ['', '.', '..'].includes(step))
  if (first !== '' || leadsOut || path.includes('\0'))
    throw refused(`${JSON.stringify(path)} is not the path of a file inside ${root}`)
  let folder = root
  for (const step of steps.slice(0, -1)) {
    folder = join(folder, step)
    const status = statusOf(folder)
    if (status === undefined) break
    if (!status.isDirectory()) throw refused(`${folder} is not a folder; links are refused`)
    if (!isOurs(status)) throw refused(`other users may write to ${folder}`)
  }
  return join(root, path)
}

/** The status of the path itself, also of a dangling link. */
export function statusOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

/** What a list in a tree says about the files and folders there. */
export interface TreeList {
  readonly files: readonly string[]
  readonly folders: readonly string[]
  /** The words that were written into each file of registers, by its path and their offsets. */
  readonly registers: ReadonlyMap<string, ReadonlyMap<number, number>>
}

/** The list that this user or root wrote; an empty one if there is no list. */
export function readTreeList(file: string): TreeList {
  const files: string[] = []
  const folders: string[] = []
  const registers = new Map<string, ReadonlyMap<number, number>>()
  if (statusOf(file) === undefined) return { files, folders, registers }
  for (const entry of parseList(file, readOwnFile(file))) {
    const { kind, path, registers: words } = Object(entry)
    if (typeof path !== 'string') throw refused(`${file} has an entry without a path`)
    ;(kind === 'folder' ? folders : files).push(path)
    if (kind === 'registers' && Array.isArray(words)) registers.set(path, readWords(words))
  }
  return { files, folders, registers }
}

function readWords(words: readonly unknown[]): ReadonlyMap<number, number> {
  return new Map(
    words.map((word) => {
      const { offset, value } = Object(word)
      return [Number(offset), Number(value)]
    }),
  )
}

function parseList(file: string, text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list)) return list
  } catch {}
  throw refused(`${file} is not a list that writeRootTree wrote`)
}

function readOwnFile(file: string): string {
  return withOwnFile(file, O_RDONLY, (descriptor, { size }) => {
    if (size > largestListBytes) throw refused(`${file} is too large for a list of files`)
    return readFileSync(descriptor, 'utf8')
  })
}

/** Opens a file that only this user or root may write to, and that has no second name. */
export function withOwnFile<T>(
  file: string,
  flags: number,
  work: (descriptor: number, status: Stats) => T,
): T {
  if (statusOf(file)?.isSymbolicLink()) throw refused(`${file} is a link`)
  const descriptor = openSync(file, flags | O_NOFOLLOW | O_NONBLOCK)
  try {
    const status = fstatSync(descriptor)
    if (!status.isFile() || status.nlink > 1 || !isOurs(status))
      throw refused(`${file} is not a file that this user alone may write to`)
    return work(descriptor, status)
  } finally {
    closeSync(descriptor)
  }
}

function isOurs(status: Stats): boolean {
  return !isForeign(status) && (status.mode & 0o002) === 0
}

export function refused(message: string): MigError {
  return new MigError('MIG_SIMULATOR_INVALID', message)
}
