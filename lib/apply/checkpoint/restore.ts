import type { CheckpointInput, RestoreOptions } from '../../../types/checkpoint.js'
import type { CompletedApply } from '../../../types/report.js'
import { applyRequest } from '../apply.js'
import { readCheckpoint } from './read-checkpoint.js'
import { resolveCheckpoint, uuidsOf } from './resolve-checkpoint.js'

export async function restoreMig(
  input: CheckpointInput,
  options: RestoreOptions = {},
): Promise<CompletedApply> {
  const read = await readCheckpoint(input, options.signal)
  const { modeOnly = false } = options
  return applyRequest(
    {
      name: 'checkpoint',
      findScope: async () => ({ scope: uuidsOf(read) }),
      resolve: (state) => resolveCheckpoint(read, state),
      hookEnvs: {
        MIG_PARTED_CHECKPOINT_FILE: typeof input === 'string' ? input : '',
        MIG_PARTED_HOOKS_FILE: '',
        MIG_PARTED_MODE_CHANGE_ONLY: String(modeOnly),
      },
    },
    options,
  )
}
