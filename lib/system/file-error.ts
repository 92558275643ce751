import { toError } from '../errors.js'

/** `cannot read the checkpoint x.json: it is a folder (EISDIR)`, with the system's own error as its cause. */
export function fileError(what: string, error: NodeJS.ErrnoException, path: string | URL): Error {
  const { code, errno, syscall } = error
  const reason = reasons[code ?? ''] ?? error.message
  const text = reason === error.message ? reason : `${reason} (${code})`
  const described = new Error(`${what}: ${text}`, { cause: error })
  return Object.assign(described, { code, errno, syscall, path })
}

/** Whether a system call failed, and not the code around it. */
export function isFailedCall(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error
}

/** `cannot write x.json: the disk is full (ENOSPC)`. What `fileError` has described already stays as it is. */
export function failureText(what: string, error: unknown, path: string): string {
  if (!isFailedCall(error)) return `${what}: ${toError(error).message}`
  return error.message.startsWith('cannot ') ? error.message : fileError(what, error, path).message
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user has no permission',
  EEXIST: 'there is such a file',
  EINVAL: 'it is a device, a FIFO or a socket',
  EISDIR: 'it is a folder',
  ELOOP: 'its path has too many links',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is not a folder',
  EPERM: 'the system does not permit it',
  EROFS: 'its file system is read-only',
}
