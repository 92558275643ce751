import { resolve } from 'node:path'
import type { CompletedApply } from '../../../types/machine/report.js'
import type { MigChoice } from '../../../types/node/choice.js'
import type { SelectedConfig } from '../../config/document/select.js'
import { MigError } from '../../errors.js'
import { takeCheckpoint } from '../../machine/checkpoint/take-checkpoint.js'
import { requireListedState } from '../../model/unlisted.js'
import { checkPersistable, persistChoice } from '../../node/state/choice.js'
import { lockChoice } from '../../node/state/choice-lock.js'
import { installedStateFolder } from '../../node/state/installed-state-folder.js'
import { findOverride } from '../../node/state/override.js'
import { forgetReboot } from '../../node/state/reboot-request.js'
import { stateFolderOf } from '../../node/state/state-folder.js'
import { given, textOf } from '../parse/option-values.js'
import { type OptionValues, type Terminal, UsageError } from '../parse/verb.js'

/** Writes down for later boots what has been applied. Its argument is the report; null: no driver is loaded. */
export type Persist = (report: CompletedApply | null) => Promise<void>

/** How an apply runs that may be persisted. */
export interface Persistence {
  /**
   * With `--persist`, keeps others that persist waiting until the apply has ended and its choice is written. `config`:
   * what is applied; null: a checkpoint. Without `--persist`, the apply gets null.
   */
  around<T>(
    config: SelectedConfig | null,
    apply: (persist: Persist | null) => Promise<T>,
  ): Promise<T>
}

/** Rejects if the choice could not be written, before anything is changed. */
export async function preparePersist(
  values: OptionValues,
  { out, err, signal }: Terminal,
): Promise<Persistence> {
  const folder = textOf(values, 'state-dir')
  if (values['persist'] !== true) return { around: (_, apply) => apply(null) }
  for (const name of ['dry-run', 'add'])
    if (values[name] === true) throw new UsageError(`--persist and --${name} cannot be combined`)
  const options = given('stateFolder', folder)
  await checkPersistable(options)
  const modeOnly = values['mode-only'] === true
  const isText = values['json'] !== true

  async function persist(
    config: SelectedConfig | null,
    report: CompletedApply | null,
  ): Promise<void> {
    await persistChoice(choiceOf(config, report, modeOnly), options)
    // A mode has come by other means than a reboot, so that the next one may need one.
    await forgetReboot(options)
    if (isText) out('Persisted: mig-nvml boot brings it back.\n')
    const [own, installed] = [stateFolderOf(options), installedStateFolder()]
    if (installed !== null && resolve(installed) !== resolve(own))
      err(
        `warning: mig-nvml.service boots with what is persisted in ${installed}, and not in ${own}: --state-dir\n`,
      )
    const override = findOverride()
    if (override !== null)
      err(
        `warning: ${override.variable} in ${override.file} decides at boot, and not what was persisted\n`,
      )
  }

  return {
    async around(config, apply) {
      const lock = await lockChoice({
        ...options,
        signal,
        onWaiting(holder) {
          const by = holder === null ? '' : `, ${holder}`
          if (isText) err(`waiting for another apply that persists${by}\n`)
        },
      })
      try {
        return await apply((report) => persist(config, report))
      } finally {
        lock.release()
      }
    },
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
