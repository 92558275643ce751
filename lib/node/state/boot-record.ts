import type { BootOptions, BootRecord, BootReport } from '../../../types/node/boot.js'
import type { ChoiceOptions } from '../../../types/node/choice.js'
import { isMigError, isNvmlError } from '../../errors.js'
import { readState, stateFolderOf, writeState } from './state-folder.js'

const file = 'last-boot.json'
const version = 'mig-nvml/boot/v1'

type End = { readonly choice: string | null } & (
  | { readonly outcome: BootReport['outcome'] }
  | { readonly error: Error }
)

/** Never rejects: how a boot ended does not depend on whether that can be written. */
export async function recordBoot(
  options: BootOptions,
  bootId: string | null,
  end: End,
): Promise<void> {
  const failure = 'error' in end ? end.error : null
  const record: BootRecord = {
    version,
    bootId,
    endedAt: new Date().toISOString(),
    outcome: 'outcome' in end ? end.outcome : 'failed',
    choice: end.choice,
    error: failure === null ? null : { code: codeOf(failure), message: failure.message },
  }
  await writeState(stateFolderOf(options), file, record).catch(() => {})
}

function codeOf(error: Error): string | null {
  return isMigError(error) || isNvmlError(error) ? error.code : null
}

/** Null: no boot was recorded. Rejects with `MIG_STATE_FAILED`. */
export async function readBootRecord(options: ChoiceOptions): Promise<BootRecord | null> {
  const value = await readState(stateFolderOf(options), file)
  const isOurs = Reflect.get(Object(value ?? {}), 'version') === version
  return isOurs ? (value as BootRecord) : null
}
