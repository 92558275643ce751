import type { ApplyOptions, PlanOptions } from '../../../types/machine/options.js'
import type { ListedMigState } from '../../../types/model/state.js'
import type { SelectedConfig } from '../../config/document/select.js'
import { resolveConfig } from '../../config/resolve/resolve.js'
import type { DriverSession } from '../../driver/session.js'
import { requireListedMachine, type WantedMachine } from '../../model/wanted.js'
import { type FoundScope, findScope } from './lock-scope.js'

/** What an apply is asked for: a configuration, or a checkpoint. */
export interface ApplyRequest {
  /** Of the configuration. */
  readonly name: string
  /** The GPUs that it can change, and maybe more. */
  findScope(session: DriverSession, options: PlanOptions): Promise<FoundScope>
  /** What it wants of a machine; throws where it is not for it. */
  resolve(state: ListedMigState): WantedMachine
  /** What it wants is how the machine was before a configuration that was held for a time. */
  readonly returns?: boolean
  /** mig-parted's flags, as its hooks get them. */
  readonly hookEnvs: Readonly<Record<string, string>>
}

export function requestOf(
  config: SelectedConfig,
  { modeOnly = false, skipReset = false }: ApplyOptions = {},
): ApplyRequest {
  return {
    name: config.name,
    findScope: (session, options) => findScope(session, config, options),
    resolve: (state) => requireListedMachine(resolveConfig(config, state)),
    hookEnvs: {
      MIG_PARTED_CONFIG_FILE: '',
      MIG_PARTED_SELECTED_CONFIG: config.name,
      MIG_PARTED_HOOKS_FILE: '',
      MIG_PARTED_SKIP_RESET: String(skipReset),
      MIG_PARTED_MODE_CHANGE_ONLY: String(modeOnly),
    },
  }
}
