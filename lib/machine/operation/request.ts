import type { ApplyOptions } from '../../../types/machine/options.js'
import type { GpuUuid } from '../../../types/model/state.js'
import type { SelectedConfig } from '../../config/document/select.js'
import { resolveConfig } from '../../config/resolve/resolve.js'
import { isNvmlError } from '../../errors.js'
import { untilAborted } from '../../model/abort.js'
import { isListedState } from '../../model/unlisted.js'
import { listCandidates } from '../../model/wanted.js'
import type { ApplyRequest, FoundScope, Operation } from './operation.js'

export function configRequest(
  config: SelectedConfig,
  { modeOnly = false, skipReset = false }: ApplyOptions = {},
): ApplyRequest {
  return {
    name: config.name,
    findScope: (operation) => findScope(operation, config),
    resolve: (state) => resolveConfig(config, state),
    returns: false,
    hookEnvs: {
      MIG_PARTED_CONFIG_FILE: '',
      MIG_PARTED_SELECTED_CONFIG: config.name,
      MIG_PARTED_HOOKS_FILE: '',
      MIG_PARTED_SKIP_RESET: String(skipReset),
      MIG_PARTED_MODE_CHANGE_ONLY: String(modeOnly),
    },
  }
}

/**
 * The GPUs that a configuration can change, and maybe more. That is known without a read of the machine where it
 * names all GPUs, and costs a call or two for each GPU that it names by its index; otherwise the machine is read.
 * Other GPUs may match by the time that the lock is taken: the caller compares.
 */
async function findScope(
  { session, control: { signal } }: Operation,
  config: SelectedConfig,
): Promise<FoundScope> {
  if (config.entries.some(namesAll)) return { scope: 'machine' }
  const selectors = config.entries.flatMap(selectorsOf)
  try {
    if (selectors.every((selector) => selector !== null))
      return {
        // One listener on the signal: Node warns of more than ten.
        scope: await untilAborted(
          Promise.all(
            selectors.map(async (selector) =>
              typeof selector === 'number' ? session.readUuid(selector) : selector,
            ),
          ),
          signal,
        ),
      }
  } catch (error) {
    // A GPU that is not there or cannot be read: planning finds the right words for it.
    if (!isNvmlError(error)) throw error
    return { scope: 'machine' }
  }
  const state = await session.readState({ signal })
  const wanted = resolveConfig(config, state)
  const named = [...wanted.gpus, ...listCandidates(wanted)]
  const scope = named.map(({ gpu }) => gpu.uuid)
  return isListedState(state) ? { scope, state } : { scope }
}

type Entry = SelectedConfig['entries'][number]

/** Filters only narrow what the rest of an entry names. */
function namesAll({ devices, filters }: Entry): boolean {
  return !Array.isArray(devices) && filters.length === 0
}

/** Indexes and UUIDs; null for a selector that only a state of the machine resolves. */
function selectorsOf({ devices }: Entry): readonly (number | GpuUuid | null)[] {
  if (devices === 'all' || devices === 'others') return [null]
  return devices.map((selector) => {
    if (selector.kind === 'index') return selector.index
    return selector.kind === 'uuid' && isGpuUuid(selector.uuid) ? selector.uuid : null
  })
}

/** As drivers write it, because it becomes part of a file's name. */
function isGpuUuid(text: string): text is GpuUuid {
  return /^GPU-[0-9a-f-]+$/.test(text)
}
