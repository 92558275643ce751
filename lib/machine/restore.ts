import type {
  CheckpointInput,
  MigCheckpoint,
  RestoreOptions,
} from '../../types/machine/checkpoint.js'
import type { CompletedApply } from '../../types/machine/report.js'
import { requireListedState } from '../model/unlisted.js'
import { applyRequest } from './apply.js'
import { type ReadCheckpoint, readCheckpoint } from './checkpoint/read-checkpoint.js'
import { resolveCheckpoint, uuidsOf } from './checkpoint/resolve-checkpoint.js'
import type { ApplyRequest } from './operation/operation.js'

export async function restoreMig(
  input: CheckpointInput,
  options: RestoreOptions = {},
): Promise<CompletedApply> {
  const read = await readCheckpoint(input, options.signal)
  const file = typeof input === 'string' ? input : ''
  return applyRequest(checkpointRequest(read, options, { file }), options)
}

/**
 * Brings back what a configuration replaced that was held for a time. A failure does not lead back to that
 * configuration, which is not wanted any more: the next call goes on. A mode that waited for a reset waits again.
 */
export function bringBackCheckpoint(
  checkpoint: MigCheckpoint,
  options: RestoreOptions,
): Promise<CompletedApply> {
  const request = checkpointRequest({ kind: 'own', checkpoint }, options, { returns: true })
  return applyRequest(request, options)
}

function checkpointRequest(
  read: ReadCheckpoint,
  { modeOnly = false }: RestoreOptions,
  { file = '', returns = false }: { readonly file?: string; readonly returns?: boolean },
): ApplyRequest {
  return {
    name: 'checkpoint',
    findScope: async () => ({ scope: uuidsOf(read) }),
    resolve: (state) => resolveCheckpoint(read, requireListedState(state), returns),
    returns,
    hookEnvs: {
      MIG_PARTED_CHECKPOINT_FILE: file,
      MIG_PARTED_HOOKS_FILE: '',
      MIG_PARTED_MODE_CHANGE_ONLY: String(modeOnly),
    },
  }
}
