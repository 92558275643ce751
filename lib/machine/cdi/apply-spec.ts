import { dirname } from 'node:path'
import type { CdiFileOptions } from '../../../types/machine/cdi-file.js'
import type { ApplyOptions } from '../../../types/machine/options.js'
import type { ApplyReport } from '../../../types/machine/report.js'
import type { MigState } from '../../../types/model/state.js'
import { isMigError, MigError, toError } from '../../errors.js'
import { makeFolder } from '../../system/make-folder.js'
import { refuseUnwritable } from '../../system/write-file.js'
import { withDeviceNumbers } from '../operation/device-numbers.js'
import type { Operation } from '../operation/operation.js'
import {
  defaultCdiFile,
  keepingCommon,
  makeSpec,
  refuseTwoSources,
  unwritten,
  writeSettled,
} from './spec-file.js'

/** The CDI specification that an apply keeps up to date. */
export interface ApplySpec {
  /** Before the first change. Rejects if the file cannot be written, or the machine has no numbers of device nodes. */
  check(state: MigState): Promise<void>
  /** Rejects with the report of the apply, which has succeeded. */
  writeAfter(report: ApplyReport): Promise<void>
  /** Writes what is there now, if the apply has changed anything. Never rejects: the apply fails with its own error. */
  writeAfterFailure(error: unknown): Promise<void>
}

export function createApplySpec(
  { session }: Operation,
  cdi: NonNullable<ApplyOptions['cdi']>,
  library: ApplyOptions['library'],
): ApplySpec {
  const options: CdiFileOptions = typeof cdi === 'string' ? { file: cdi } : cdi
  // Before any hook runs.
  refuseTwoSources(options)
  const { file = defaultCdiFile, root } = options
  const where = {
    ...(library === undefined ? {} : { library }),
    ...(root === undefined ? {} : { root }),
  }
  const write = async (): Promise<void> => {
    await writeSettled(
      async () => withDeviceNumbers(await session.readState(), where),
      keepingCommon(options),
    )
  }

  return {
    async check(state) {
      makeSpec(withDeviceNumbers(state, where), keepingCommon(options))
      try {
        makeFolder(dirname(file))
        await refuseUnwritable(file)
      } catch (error) {
        throw unwritten(error, file)
      }
    },
    writeAfter: (report) =>
      write().catch((error: unknown) => {
        const failure = isMigError(error) ? error : unread(file, error)
        const { code, message, cause, hint } = failure
        throw new MigError(code, `${message}; the machine is as wanted`, {
          cause,
          report,
          ...(hint === undefined ? {} : { hint }),
        })
      }),
    async writeAfterFailure(error) {
      // A machine that could not be read is not read once more: the driver may hang.
      const after = isMigError(error) ? error.report?.after : undefined
      if (after != null) await write().catch(() => {})
    },
  }
}

/** The driver fails in the read after the changes. */
function unread(file: string, error: unknown): MigError {
  return new MigError(
    'MIG_CDI_FAILED',
    `${file} was not written, because the machine could not be read: ${toError(error).message}`,
    { cause: error },
  )
}
