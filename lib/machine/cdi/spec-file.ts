import { dirname } from 'node:path'
import type { CdiSpec } from '../../../types/containers/cdi.js'
import type { WrittenCdiSpec } from '../../../types/machine/cdi.js'
import type { CdiFileOptions } from '../../../types/machine/cdi-file.js'
import type { MigState } from '../../../types/model/state.js'
import { cdiSpec } from '../../containers/cdi/cdi-spec.js'
import { MigError } from '../../errors.js'
import { mostTextBytes } from '../../model/document-text.js'
import { readDriverFiles } from '../../system/driver-files/read-driver-files.js'
import { failureText, isFailedCall } from '../../system/file-error.js'
import { makeFolder } from '../../system/make-folder.js'
import { readIfThere } from '../../system/read-if-there.js'
import { replaceFile } from '../../system/write-file.js'
import { findConflicts } from './conflicts.js'
import { readBase, readCommonParts } from './read-spec.js'
import { formatCdiSpec, formatOfFile } from './spec-text.js'

/** Where nvidia-ctk's service writes: deployments/systemd of nvidia-container-toolkit. */
export const defaultCdiFile = '/var/run/cdi/nvidia.yaml'

/** Throws a `TypeError` for options that exclude each other. */
export function refuseTwoSources({ merge, driverRoot }: CdiFileOptions): void {
  if (merge !== undefined && driverRoot !== undefined)
    throw new TypeError(
      'merge and driverRoot cannot be combined: both say where the files of the driver are',
    )
}

export function makeSpec(state: MigState, options: CdiFileOptions): CdiSpec {
  refuseTwoSources(options)
  const { kind, names, all, merge, driverRoot } = options
  const addresses = state.gpus.map(({ pciBusId }) => pciBusId)
  return cdiSpec(state, {
    ...(kind === undefined ? {} : { kind }),
    ...(names === undefined ? {} : { names }),
    ...(all === undefined ? {} : { all }),
    ...(merge === undefined ? {} : { base: readBase(merge) }),
    ...(driverRoot === undefined ? {} : { driver: readDriverFiles(driverRoot, addresses) }),
  })
}

/** An apply keeps what its file has for every container, unless its options say what that is. */
export function keepingCommon(options: CdiFileOptions): CdiFileOptions {
  const { file = defaultCdiFile, merge, driverRoot } = options
  if (merge !== undefined || driverRoot !== undefined) return options
  const before = readIfThere(file, mostTextBytes)
  return before !== null && readCommonParts(before).length > 0
    ? { ...options, merge: file }
    : options
}

/** Brings the file to a state that has the numbers of its device nodes. Nothing is written if it has that content. */
export async function updateSpecFile(
  state: MigState,
  options: CdiFileOptions,
): Promise<WrittenCdiSpec> {
  const { file = defaultCdiFile } = options
  const spec = makeSpec(state, options)
  const text = formatCdiSpec(spec, options.format ?? formatOfFile(file))
  try {
    const before = readIfThere(file, mostTextBytes)
    const changed = before !== text
    if (changed) {
      if (before !== null) refuseLoss(file, before, spec)
      makeFolder(dirname(file))
      await replaceFile(file, text, { mode: 0o644, ignoresUmask: true })
    }
    return { file, spec, changed, conflicts: await findConflicts(file, spec) }
  } catch (error) {
    throw unwritten(error, file)
  }
}

/** A file of nvidia-ctk has what a container needs of the driver beside its nodes. */
function refuseLoss(file: string, before: string, { containerEdits = {} }: CdiSpec): void {
  const kept = containerEdits.mounts ?? containerEdits.hooks ?? []
  const parts = kept.length > 0 ? [] : readCommonParts(before)
  if (parts.length === 0) return
  const what = parts.join(' and ')
  throw new MigError('MIG_CDI_FAILED', `${file} has ${what} of the driver, which would be lost`, {
    hint: `keep them: --merge ${file}, or the option \`merge\`; find them again: --driver-root; or write another file`,
  })
}

export function unwritten(error: unknown, file: string): unknown {
  if (!isFailedCall(error)) return error
  return new MigError('MIG_CDI_FAILED', failureText(`cannot write ${file}`, error, file), {
    cause: error,
  })
}

/** An apply must not wait for two programs that write one file in turns, or for a driver that gives other names each time. */
const mostWrites = 20

/**
 * Writes the state, and reads it again until what was written is what is there. Two writers, or a writer and another
 * change, would otherwise leave the older state if it is written last.
 */
export async function writeSettled(
  read: () => Promise<MigState>,
  options: CdiFileOptions,
): Promise<WrittenCdiSpec> {
  let written = await updateSpecFile(await read(), options)
  if (!written.changed) return written
  for (let writes = 1; writes < mostWrites; writes += 1) {
    const again = await updateSpecFile(await read(), options)
    if (!again.changed) return written
    written = again
  }
  throw new MigError(
    'MIG_CDI_FAILED',
    `${written.file} was written ${mostWrites} times, and each time it or the machine was another afterwards`,
    { hint: 'let one program write this file' },
  )
}
