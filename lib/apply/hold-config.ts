import { rm } from 'node:fs/promises'
import type { MigConfigInput } from '../../types/config.js'
import type { HeldMigConfig, HoldOptions } from '../../types/hold.js'
import type { CompletedApply } from '../../types/report.js'
import type { MigState } from '../../types/state.js'
import { isMigError, MigError, toError } from '../errors.js'
import { applyMigConfig } from './apply.js'
import { checkpointMig, takeCheckpoint } from './checkpoint.js'
import { restoreMig } from './restore.js'

export async function holdMigConfig(
  input: MigConfigInput,
  { checkpointFile, ...options }: HoldOptions = {},
): Promise<HeldMigConfig> {
  const { library, signal, ...rest } = options
  if (checkpointFile !== undefined)
    await checkpointMig({
      file: checkpointFile,
      ...(library && { library }),
      ...(signal && { signal }),
    })
  const forget = async (): Promise<void> => {
    if (checkpointFile !== undefined) await rm(checkpointFile, { force: true })
  }
  // What fails is undone, so that nothing is left to restore; or the error says what is.
  const report = await applyMigConfig(input, options).catch(async (error: unknown) => {
    if (!isMigError(error) || error.report?.outcome === 'undone' || !error.report) await forget()
    throw error
  })
  const { config: _, ...restoring } = rest
  let restored: Promise<CompletedApply> | undefined

  async function restoreNow(): Promise<CompletedApply> {
    // Without the signal: what was stopped must be taken back, too.
    const done = await restoreMig(takeCheckpoint(changedPart(report)), {
      ...restoring,
      ...(library && { library }),
    }).catch((error: unknown) => {
      throw restoreFailed(report.plan.config, toError(error))
    })
    await forget()
    return done
  }

  function restore(): Promise<CompletedApply> {
    restored ??= restoreNow()
    return restored
  }
  return { report, restore, [Symbol.asyncDispose]: async () => void (await restore()) }
}

export async function withMigConfig<T>(
  input: MigConfigInput,
  work: (report: CompletedApply) => T | Promise<T>,
  options: HoldOptions = {},
): Promise<T> {
  const held = await holdMigConfig(input, options)
  let result: T
  try {
    result = await work(held.report)
  } catch (thrown) {
    await held.restore().catch((error: MigError) => {
      throw both(toError(thrown), error)
    })
    throw thrown
  }
  await held.restore()
  return result
}

/** The GPUs that the configuration is about, as they were. */
function changedPart({ before, plan }: CompletedApply): MigState {
  const named = new Set(plan.gpus.map(({ gpu }) => gpu))
  return { ...before, gpus: before.gpus.filter(({ uuid }) => named.has(uuid)), lostGpus: [] }
}

function restoreFailed(config: string, cause: Error): MigError {
  const report = isMigError(cause) ? cause.report : undefined
  return new MigError(
    'MIG_RESTORE_FAILED',
    `the machine could not be brought back to how it was before "${config}": ${cause.message}`,
    {
      cause,
      errors: [cause],
      ...(report === undefined ? {} : { report }),
      hint: 'the report of the apply, and the checkpoint file if there is one, say how it was: restoreMig takes either',
    },
  )
}

function both(first: Error, { message, report, cause, hint }: MigError): MigError {
  return new MigError('MIG_RESTORE_FAILED', `${first.message}; then ${message}`, {
    cause: first,
    errors: [first, toError(cause)],
    ...(report === undefined ? {} : { report }),
    ...(hint === undefined ? {} : { hint }),
  })
}
