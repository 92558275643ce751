import type { MigConfigInput } from '../../../types/config/config.js'
import type { MigRequest } from '../../../types/config/request.js'
import type { ConfigOptions } from '../../../types/machine/options.js'
import { MigError } from '../../errors.js'
import { nowhere } from '../../model/document-path.js'
import { checkDocument, isConfigMap } from './check-document.js'
import { isRequest, requestConfig } from './request.js'
import { type SelectedConfig, selectConfig } from './select.js'

type InputOptions = Pick<ConfigOptions, 'config' | 'matching'>

/**
 * The configuration to use: one of a document, or a request. Rejects with `MIG_CONFIG_INVALID` or `MIG_CONFIG_NOT_FOUND`.
 * An object is read before the call returns.
 */
export async function readInput(
  input: MigConfigInput | MigRequest,
  options: InputOptions,
): Promise<SelectedConfig> {
  if (!isRequest(input)) return readDocument(input, options)
  if (options.config !== undefined)
    throw new MigError(
      'MIG_CONFIG_NOT_FOUND',
      `A request has no MIG configurations, so it has no "${options.config}"`,
      { hint: 'leave out the option config' },
    )
  return requestConfig(input, options.matching === 'lenient')
}

/** The same for a document alone. */
export async function readDocument(
  input: MigConfigInput,
  { config, matching }: InputOptions,
): Promise<SelectedConfig> {
  const isPlain = typeof input === 'object' && !ArrayBuffer.isView(input) && !isConfigMap(input)
  if (isPlain)
    return selectConfig(checkDocument(input, nowhere, matching === 'lenient', []), config)
  // Only texts need the parser of YAML, which takes longer to load than the rest.
  const { parseConfig } = await import('./parse.js')
  return selectConfig(parseConfig(input, matching === undefined ? {} : { matching }), config)
}
