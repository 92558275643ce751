import { type BigIntStats, lstatSync, readlinkSync, type Stats } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'

const sticky = 0o1000
const groupWrites = 0o020
const othersWrite = 0o002
const othersEnter = 0o001

/** As many as the kernel follows (path_resolution(7)). */
const mostLinks = 40

export interface TrustedFolder {
  /** Its group may write to it: the folder's owner trusts them. */
  readonly isShared: boolean
  /** Others may come as far as a file in it: then the file's own mode counts. */
  readonly isOpen: boolean
}

/** What makes a folder unfit for files by which this process acts. */
export interface Untrusted {
  readonly reason: string
}

/**
 * Checks a folder and the way to it, link by link. It is trusted when only root, this user, and the groups
 * that they let write can replace anything on that way, or make files in the folder. Throws the system's
 * error where the way leads nowhere.
 */
export function checkFolder(path: string): TrustedFolder | Untrusted {
  const rest = stepsOf(isAbsolute(path) ? path : `${process.cwd()}/${path}`)
  let folder = '/'
  let links = 0
  let isOpen = true
  for (let step = rest.shift(); step !== undefined; step = rest.shift()) {
    const holder = lstatSync(folder)
    const reason = whyReplaceable(folder, holder)
    if (reason !== null) return { reason }
    isOpen &&= (holder.mode & othersEnter) !== 0
    const next = join(folder, step)
    const status = lstatSync(next)
    if (!status.isSymbolicLink()) {
      folder = next
      continue
    }
    if (isForeign(status)) return { reason: `${next} belongs to another user (${status.uid})` }
    links += 1
    if (links > mostLinks) throw tooManyLinks(path)
    const target = readlinkSync(next)
    if (isAbsolute(target)) folder = '/'
    rest.unshift(...stepsOf(target))
  }
  const status = lstatSync(folder)
  const reason = whyForeign(folder, status) ?? whyWritable(folder, status)
  if (reason !== null) return { reason }
  return {
    isShared: (status.mode & groupWrites) !== 0,
    isOpen: isOpen && (status.mode & othersEnter) !== 0,
  }
}

/** Whether a file or folder is another user's, who is not root. */
export function isForeign({ uid }: Stats | BigIntStats): boolean {
  return Number(uid) !== 0 && Number(uid) !== (process.geteuid?.() ?? 0)
}

function stepsOf(path: string): string[] {
  return path.split('/').filter((step) => step !== '' && step !== '.')
}

/**
 * The system's folder for temporary files is taken as it is: where it lacks the sticky bit, as in some
 * container images, every program of the machine has to live with that.
 */
function whyReplaceable(folder: string, status: Stats): string | null {
  const isTemporary = ['/tmp', '/var/tmp', tmpdir()].includes(folder)
  if ((status.mode & sticky) !== 0 || isTemporary) return whyForeign(folder, status)
  return whyForeign(folder, status) ?? whyWritable(folder, status)
}

function whyForeign(folder: string, status: Stats): string | null {
  return isForeign(status) ? `${folder} belongs to another user (${status.uid})` : null
}

function whyWritable(folder: string, { mode }: Stats): string | null {
  return (mode & othersWrite) === 0 ? null : `other users may write to ${folder}`
}

function tooManyLinks(path: string): Error {
  const error = new Error(`ELOOP: too many symbolic links encountered, open '${path}'`)
  return Object.assign(error, { code: 'ELOOP', path })
}
