import type { CompletedApply } from '../../../types/machine/report.js'
import type { MigChoice } from '../../../types/node/choice.js'
import type { SelectedConfig } from '../../config/document/select.js'
import { MigError } from '../../errors.js'
import { takeCheckpoint } from '../../machine/checkpoint/take-checkpoint.js'
import { requireListedState } from '../../model/unlisted.js'
import { checkPersistable, persistChoice } from '../../node/state/choice.js'
import { findOverride } from '../../node/state/override.js'
import { forgetReboot } from '../../node/state/reboot-request.js'
import { given, textOf } from '../parse/option-values.js'
import { type OptionValues, type Terminal, UsageError } from '../parse/verb.js'

/** Writes down for later boots what has been applied. Its argument is the report; null: no driver is loaded. */
export type Persist = (report: CompletedApply | null) => Promise<void>

/**
 * Null without `--persist`. Rejects if the choice could not be written, before anything is changed. `config`: what is
 * applied; null: a checkpoint.
 */
export async function preparePersist(
  values: OptionValues,
  { out, err }: Terminal,
): Promise<((config: SelectedConfig | null) => Persist) | null> {
  const folder = textOf(values, 'state-dir')
  if (values['persist'] !== true) return null
  for (const name of ['dry-run', 'add'])
    if (values[name] === true) throw new UsageError(`--persist and --${name} cannot be combined`)
  const options = given('stateFolder', folder)
  await checkPersistable(options)
  const modeOnly = values['mode-only'] === true
  return (config) => async (report) => {
    await persistChoice(choiceOf(config, report, modeOnly), options)
    // A mode has come by other means than a reboot, so that the next one may need one.
    await forgetReboot(options)
    if (values['json'] !== true) out('Persisted: mig-nvml boot brings it back.\n')
    const override = findOverride()
    if (override !== null)
      err(
        `warning: ${override.variable} in ${override.file} decides at boot, and not what was persisted\n`,
      )
  }
}

function choiceOf(
  config: SelectedConfig | null,
  report: CompletedApply | null,
  modeOnly: boolean,
): MigChoice {
  if (config?.document != null)
    return {
      kind: 'config',
      document: config.document,
      config: config.name,
      matching: config.lenient ? 'lenient' : 'strict',
      modeOnly,
    }
  if (report === null)
    throw new MigError('MIG_STATE_FAILED', 'without a driver, only a document can be persisted')
  const checkpoint = takeCheckpoint(requireListedState(report.after))
  return { kind: 'checkpoint', checkpoint, modeOnly }
}
