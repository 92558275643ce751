import { type BigIntStats, lstatSync, readlinkSync, type Stats } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'

const sticky = 0o1000
const groupWrites = 0o020
const othersWrite = 0o002
const othersEnter = 0o001

/** The kernel follows as many (path_resolution(7)). */
const mostLinks = 40

export interface TrustedFolder {
  /** Its group may write to it, because its owner trusts the group. */
  readonly isShared: boolean
  /** Other users may reach the files in it, so that each file's own mode counts. */
  readonly isOpen: boolean
}

/** Why a folder is unfit for files that decide what this process does. */
export interface Untrusted {
  readonly reason: string
}

/**
 * Checks a folder and the path to it, link by link. The folder is trusted if only root, this user, and groups
 * that they allow can replace a part of the path, or make files in the folder. Throws the system's error if
 * the path leads nowhere.
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

/** Whether a file or folder belongs to a user other than this one and root. */
export function isForeign({ uid }: Stats | BigIntStats): boolean {
  return Number(uid) !== 0 && Number(uid) !== (process.geteuid?.() ?? 0)
}

function stepsOf(path: string): string[] {
  return path.split('/').filter((step) => step !== '' && step !== '.')
}

/**
 * The system's folder for temporary files may lack the sticky bit, as in some container images. Every program
 * of such a machine depends on it, so it is trusted all the same.
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
