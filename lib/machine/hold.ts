import { rm } from 'node:fs/promises'
import type { MigConfigInput } from '../../types/config/config.js'
import type { MigRequest } from '../../types/config/request.js'
import type { HeldMigConfig, HoldOptions } from '../../types/machine/hold.js'
import type { DriverOptions } from '../../types/machine/options.js'
import type { ApplyReport, CompletedApply } from '../../types/machine/report.js'
import type { ListedMigState } from '../../types/model/state.js'
import { isMigError, MigError, toError } from '../errors.js'
import { isSystemError } from '../system/system-error.js'
import { createFile } from '../system/write-file.js'
import { applyMigConfig } from './apply.js'
import { checkpointText, takeCheckpoint } from './checkpoint/take-checkpoint.js'
import { checkpointMig } from './checkpoint.js'
import { recoverMig } from './recover.js'
import { bringBackCheckpoint } from './restore.js'

export async function holdMigConfig(
  input: MigConfigInput | MigRequest,
  options: HoldOptions = {},
): Promise<HeldMigConfig> {
  const { checkpointFile } = options
  // What a crash has left half done must not come back.
  const { recovered } = await recoverMig(options)
  if (checkpointFile !== undefined) await keepCheckpoint(checkpointFile, options)

  async function forget(): Promise<void> {
    if (checkpointFile !== undefined) await rm(checkpointFile, { force: true })
  }

  async function bringBack(report: ApplyReport): Promise<CompletedApply> {
    const done = await bringBackCheckpoint(takeCheckpoint(changedPart(report)), {
      ...options,
      // It brings back the instances of a GPU, and not the mode alone.
      modeOnly: false,
      // What an abort has stopped must be taken back, too.
      signal: new AbortController().signal,
    }).catch(async (error: unknown) => {
      const end = isMigError(error) ? error.report?.outcome : undefined
      // If the machine is restored, only a listener or a hook has failed.
      if (end !== 'applied' && end !== 'unchanged')
        throw restoreFailed(report.plan.config, toError(error))
      await forget()
      throw error
    })
    await forget()
    return done
  }

  const applied = await applyMigConfig(input, options).catch(async (error: unknown) => {
    const report = isMigError(error) ? error.report : undefined
    // A failed undo is not restored here: its journals are for the next call.
    if (report?.outcome === 'applied' || report?.outcome === 'partial')
      await bringBack(report).catch((second: unknown) => throwBoth(toError(error), second))
    else if (report?.outcome !== 'failed') await forget()
    throw error
  })
  const report = { ...applied, recovered: [...recovered, ...applied.recovered] }
  let restored: Promise<CompletedApply> | undefined

  function restore(): Promise<CompletedApply> {
    restored ??= bringBack(report)
    return restored
  }
  return { report, restore, [Symbol.asyncDispose]: async () => void (await restore()) }
}

export async function withMigConfig<T>(
  input: MigConfigInput | MigRequest,
  work: (report: CompletedApply) => T | Promise<T>,
  options: HoldOptions = {},
): Promise<T> {
  const held = await holdMigConfig(input, options)
  let result: T
  try {
    result = await work(held.report)
  } catch (thrown) {
    await held.restore().catch((second: unknown) => throwBoth(toError(thrown), second))
    throw thrown
  }
  await held.restore()
  return result
}

/** A file of an earlier run stays: it may be the only record of the state before that run. */
async function keepCheckpoint(file: string | URL, options: DriverOptions): Promise<void> {
  try {
    await createFile(file, checkpointText(await checkpointMig(options)))
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error
    throw new MigError('MIG_CHECKPOINT_EXISTS', `the checkpoint file ${file} already exists`, {
      cause: error,
      hint: 'an interrupted run left it: restore it with restoreMig, then remove it',
    })
  }
}

/** The GPUs that the configuration names, as they were. */
function changedPart({ before, plan }: ApplyReport): ListedMigState {
  const named = new Set(plan.gpus.map(({ gpu }) => gpu))
  return { ...before, gpus: before.gpus.filter(({ uuid }) => named.has(uuid)), lostGpus: [] }
}

function restoreFailed(config: string, cause: Error): MigError {
  const report = isMigError(cause) ? cause.report : undefined
  return new MigError(
    'MIG_RESTORE_FAILED',
    `restoring the machine to its state before "${config}" failed: ${cause.message}`,
    {
      cause,
      errors: [cause],
      ...(report === undefined ? {} : { report }),
      hint: 'if there is a checkpoint file, give it to restoreMig; `before` in the report of the apply shows the state',
    },
  )
}

/** Throws both as one error. Throws nothing if the restore succeeded and only a listener or a hook failed. */
function throwBoth(first: Error, second: unknown): void {
  if (!isMigError(second) || second.code !== 'MIG_RESTORE_FAILED') return
  const { message, report, cause, hint } = second
  throw new MigError('MIG_RESTORE_FAILED', `${first.message}; then ${message}`, {
    cause: first,
    errors: [first, toError(cause)],
    ...(report === undefined ? {} : { report }),
    ...(hint === undefined ? {} : { hint }),
  })
}
