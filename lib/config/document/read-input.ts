import type { MigConfigInput } from '../../../types/config/config.js'
import type { MigRequest } from '../../../types/config/request.js'
import type { ConfigOptions } from '../../../types/machine/options.js'
import { MigError } from '../../errors.js'
import { parseConfig } from './parse.js'
import { isRequest, requestConfig } from './request.js'
import { type SelectedConfig, selectConfig } from './select.js'

/** The configuration to use: one of a document, or a request. Throws `MIG_CONFIG_INVALID` or `MIG_CONFIG_NOT_FOUND`. */
export function readInput(
  input: MigConfigInput | MigRequest,
  options: Pick<ConfigOptions, 'config' | 'matching'>,
): SelectedConfig {
  if (!isRequest(input)) return selectConfig(parseConfig(input, options), options.config)
  if (options.config !== undefined)
    throw new MigError(
      'MIG_CONFIG_NOT_FOUND',
      `A request has no MIG configurations, so it has no "${options.config}"`,
      { hint: 'leave out the option config' },
    )
  return requestConfig(input, options.matching === 'lenient')
}
