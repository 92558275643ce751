import { existsSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ChoiceOptions } from '../../../types/node/choice.js'
import { MigError, toError } from '../../errors.js'
import { syncFolderOf } from '../../system/durable-file.js'
import { failureText } from '../../system/file-error.js'
import { makeFolder } from '../../system/make-folder.js'
import { isSystemError } from '../../system/system-error.js'
import { readTrusted } from '../../system/trusted-file.js'
import { checkFolder, type TrustedFolder } from '../../system/trusted-folder.js'
import { refuseUnwritable, replaceFile } from '../../system/write-file.js'
import { defaultStateFolder } from '../units/units.js'

/** A file with states that boots leave to each other. */
export type StateFile = 'choice.json' | 'last-boot.json' | 'reboot.json'

/** Larger than any document that is read. */
const largestBytes = 4 * 2 ** 20

export function stateFolderOf({ stateFolder }: ChoiceOptions): string {
  return stateFolder ?? (process.env['MIG_NVML_STATE_DIR'] || defaultStateFolder)
}

/** What stands in a file; undefined: there is no such file. Rejects with `MIG_STATE_FAILED`. */
export async function readState(folder: string, name: StateFile): Promise<unknown> {
  const file = join(folder, name)
  let text: string | null
  try {
    refuseShared(folder)
    text = await readTrusted(file, largestBytes)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw stateError(failureText(`cannot use ${file}`, error, file), error)
  }
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw contentError(`${file} is damaged: ${toError(error).message}`, error)
  }
}

/** Removes a file, if it is there. Rejects with `MIG_STATE_FAILED`. */
export async function removeState(folder: string, name: StateFile): Promise<void> {
  const file = join(folder, name)
  try {
    if (!existsSync(file)) return
    refuseShared(folder)
    await rm(file)
    await syncFolderOf(file)
  } catch (error) {
    throw stateError(failureText(`cannot remove ${file}`, error, file), error)
  }
}

/** Writes a file. It is on the disk when this resolves. Rejects with `MIG_STATE_FAILED`. */
export async function writeState(folder: string, name: StateFile, value: object): Promise<void> {
  const file = join(folder, name)
  try {
    prepare(folder)
    await replaceFile(file, `${JSON.stringify(value, null, 2)}\n`, {
      mode: 0o644,
      ignoresUmask: true,
    })
  } catch (error) {
    throw stateError(failureText(`cannot write ${file}`, error, file), error)
  }
}

/** Rejects with `MIG_STATE_FAILED` if a file could not be written, so that nothing is changed before. */
export async function checkState(folder: string, name: StateFile): Promise<void> {
  const file = join(folder, name)
  try {
    prepare(folder)
    await refuseUnwritable(file)
  } catch (error) {
    throw stateError(failureText(`cannot write ${file}`, error, file), error)
  }
}

function prepare(folder: string): void {
  refuseUntrusted(dirname(folder))
  makeFolder(folder)
  if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`)
  refuseShared(folder)
}

/** What root does at boot must come from no other user. */
function refuseUntrusted(folder: string): TrustedFolder {
  const checked = checkFolder(folder)
  if ('reason' in checked) throw new Error(checked.reason)
  return checked
}

/** A group that may write to the folder could take a request for a reboot away, and so have the machine reboot again. */
function refuseShared(folder: string): void {
  if (refuseUntrusted(folder).isShared) throw new Error(`a group may write to ${folder}`)
}

/** What stands in a file cannot be used, though the folder can. */
export function contentError(message: string, cause?: unknown): MigError {
  return new MigError('MIG_STATE_FAILED', message, {
    cause,
    hint: 'apply --persist, or restore --persist, writes another choice; without the file, nothing is chosen',
  })
}

export function stateError(message: string, cause?: unknown): MigError {
  return new MigError('MIG_STATE_FAILED', message, {
    cause,
    hint: 'run it as root; or name another folder to which no other user may write: --state-dir, MIG_NVML_STATE_DIR',
  })
}
