import { lstatSync, mkdirSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { MigError } from '../../errors.js'
import { openTree } from '../../system/driver-files/below-root.js'
import { failureText } from '../../system/file-error.js'
import { isSystemError } from '../../system/system-error.js'
import { checkFolder } from '../../system/trusted-folder.js'

/** The files of a machine below its root. Links of an image are meant inside it, and lead nowhere else. */
export interface MachineTree {
  /** Whether it is this machine, and not an image. */
  readonly isOwn: boolean
  /** The path on this host of a file whose folder is there. Null: the folder is missing. */
  find(path: string): string | null
  /** The path on this host of what a path leads to. Null: it leads to nothing. */
  resolve(path: string): string | null
  /** The path on this host of a file, whose folder is made if it is missing. Throws `MIG_SERVICE_FAILED`. */
  place(path: string): string
  /** Null: no such file. Throws `MIG_SERVICE_FAILED`. */
  read(path: string): string | null
  /** Where a link points to; null: there is none. */
  readLink(path: string): string | null
  /** Whether anything is there; links are followed. */
  has(path: string): boolean
  /** The files of a folder with this end of their names; empty if it is missing. */
  list(folder: string, end: string): readonly string[]
}

export function openMachineTree(root: string): MachineTree {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw serviceError(`the root ${root} is not a folder`)
  const tree = openTree(root)

  function find(path: string): string | null {
    const folder = tree.resolve(dirname(path))
    return folder === null ? null : join(tree.hostPath(folder), basename(path))
  }

  /** Makes one folder after the other, so that no link on the way leads out of the tree. */
  function makeFolder(folder: string): string {
    if (folder === '/') return '/'
    const path = join(makeFolder(dirname(folder)), basename(folder))
    const resolved = tree.resolve(path)
    if (resolved !== null) return resolved
    if (tree.isLink(path)) throw serviceError(`${path} is a link to nothing`)
    mkdirSync(tree.hostPath(path), { mode: 0o755 })
    return path
  }

  return {
    isOwn: root === '/',
    find,
    resolve(path) {
      const resolved = tree.resolve(path)
      return resolved === null ? null : tree.hostPath(resolved)
    },
    place(path) {
      try {
        const folder = tree.hostPath(makeFolder(dirname(path)))
        const checked = checkFolder(folder)
        if ('reason' in checked) throw serviceError(checked.reason)
        return join(folder, basename(path))
      } catch (error) {
        throw asServiceError('make', path, error)
      }
    },
    read(path) {
      const file = find(path)
      if (file === null || statusOf(file)?.isFile() !== true) return null
      try {
        return readFileSync(file, 'utf8')
      } catch (error) {
        throw asServiceError('read', path, error)
      }
    },
    readLink(path) {
      const file = find(path)
      return file !== null && statusOf(file)?.isSymbolicLink() ? readlinkSync(file) : null
    },
    has: (path) => tree.status(path) !== null,
    list: (folder, end) => tree.list(folder, /./).filter((path) => path.endsWith(end)),
  }
}

/** Undefined: there is no such file, also where a file is in the place of its folder. */
function statusOf(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false })
  } catch (error) {
    if (isSystemError(error, 'ENOTDIR')) return undefined
    throw error
  }
}

export function serviceError(message: string, hint?: string, cause?: unknown): MigError {
  return new MigError('MIG_SERVICE_FAILED', message, {
    ...(cause === undefined ? {} : { cause }),
    ...(hint === undefined ? {} : { hint }),
  })
}

/** `what` is what failed, as a verb before the path: `write`, `make the link`. */
export function asServiceError(what: string, path: string, error: unknown): MigError {
  return error instanceof MigError
    ? error
    : serviceError(failureText(`cannot ${what} ${path}`, error, path), undefined, error)
}
