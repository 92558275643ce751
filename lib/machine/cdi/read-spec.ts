import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { CdiSpec } from '../../../types/containers/cdi.js'
import { checkCdiSpec } from '../../containers/cdi/check-spec.js'
import { MigError, toError } from '../../errors.js'
import { mostTextBytes } from '../../model/document-text.js'
import { fileError, isFailedCall } from '../../system/file-error.js'
import { readIfThere } from '../../system/read-if-there.js'
import { checkFolder, isForeign } from '../../system/trusted-folder.js'
import { parseSpecText } from './spec-text.js'

/**
 * A specification that is merged. Its hooks run as root in every container, so root refuses one that another user could
 * have written.
 */
export function readBase(file: string): CdiSpec {
  try {
    const text = readIfThere(file, mostTextBytes + 1)
    if (text === null)
      throw refused(file, existsSync(file) ? 'it is not a regular file' : 'there is no such file')
    const reason = whyUntrusted(file)
    if (reason !== null) throw refused(file, reason)
    if (text.length > mostTextBytes)
      throw refused(file, `it is longer than ${mostTextBytes / 2 ** 20} MiB`)
    return checkCdiSpec(parseSpecText(text))
  } catch (error) {
    if (error instanceof MigError && error.code === 'MIG_CDI_FAILED') throw error
    const cause = isFailedCall(error)
      ? fileError(`cannot merge ${file}`, error, file)
      : toError(error)
    throw refused(file, cause.message, error)
  }
}

function whyUntrusted(file: string): string | null {
  const folder = checkFolder(dirname(file))
  if ('reason' in folder) return folder.reason
  const status = statSync(file)
  if (isForeign(status)) return `it belongs to another user (${status.uid})`
  return (status.mode & 0o022) === 0 ? null : 'other users may write to it'
}

function refused(file: string, reason: string, cause?: unknown): MigError {
  const text = reason.startsWith('cannot ') ? reason : `cannot merge ${file}: ${reason}`
  return new MigError('MIG_CDI_FAILED', text, cause === undefined ? {} : { cause })
}

/** What a file has for every container beside nodes and variables. Empty for a file that is no specification. */
export function readCommonParts(text: string): readonly string[] {
  try {
    const { containerEdits = {} } = checkCdiSpec(parseSpecText(text))
    const { mounts = [], hooks = [] } = containerEdits
    return [...(mounts.length > 0 ? ['mounts'] : []), ...(hooks.length > 0 ? ['hooks'] : [])]
  } catch {
    return []
  }
}
