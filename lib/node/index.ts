import type { BootOptions, BootReport } from '../../types/node/boot.js'
import type { ChoiceOptions, MigChoice, PersistedChoice } from '../../types/node/choice.js'
import type {
  ChangeServiceOptions,
  ServiceOptions,
  ServiceReport,
  ServiceStatus,
} from '../../types/node/service.js'
import type { UnitFile } from '../../types/node/units.js'
import { checkOptions } from '../model/checks/check-options.js'
import { optionRules } from './option-rules.js'

// Each function loads its implementation when it is called for the first time.

/**
 * Brings the machine to what was chosen for every boot, as often as it is called: cleans up after an interrupted apply,
 * waits for the driver, and changes as little as possible. Resets only GPUs that need it for their MIG mode. How it ended
 * is written into the folder of states.
 *
 * @throws MigError `MIG_DRIVER_NOT_READY`, `MIG_REBOOT_REQUIRED`, `MIG_STATE_FAILED`; what `applyMigConfig` and
 *   `restoreMig` throw; TypeError for wrong options.
 */
export async function bootMig(options: BootOptions = {}): Promise<BootReport> {
  checkOptions('bootMig', options, optionRules.bootMig)
  return (await import('./boot.js')).bootMig(options)
}

/**
 * Writes down what the machine is to be at later boots. The document or checkpoint itself is kept, of a document only
 * the chosen configuration. It is on the disk when this resolves.
 *
 * @throws MigError `MIG_STATE_FAILED`, and the errors of a document or checkpoint; TypeError for wrong options.
 */
export async function persistMigChoice(
  choice: MigChoice,
  options: ChoiceOptions = {},
): Promise<PersistedChoice> {
  checkOptions('persistMigChoice', options, optionRules.persistMigChoice)
  return (await import('./state/choice.js')).persistChoice(choice, options)
}

/**
 * Returns what was persisted; null: nothing.
 *
 * @throws MigError `MIG_STATE_FAILED` if the file is damaged, or another user may write to it.
 */
export async function readMigChoice(options: ChoiceOptions = {}): Promise<PersistedChoice | null> {
  checkOptions('readMigChoice', options, optionRules.readMigChoice)
  return (await import('./state/choice.js')).readPersisted(options)
}

/**
 * Forgets what was persisted, so that later boots change nothing.
 *
 * @throws MigError `MIG_STATE_FAILED`.
 */
export async function forgetMigChoice(options: ChoiceOptions = {}): Promise<void> {
  checkOptions('forgetMigChoice', options, optionRules.forgetMigChoice)
  return (await import('./state/choice.js')).forgetChoice(options)
}

/**
 * Returns the files that `installMigService` writes, as text, for an image or another installer.
 *
 * @throws MigError `MIG_SERVICE_FAILED` for a path that cannot stand in a unit; TypeError for wrong options.
 */
export async function systemdUnits(options: ServiceOptions = {}): Promise<readonly UnitFile[]> {
  checkOptions('systemdUnits', options, optionRules.systemdUnits)
  const { fullOptions, sealedFiles } = await import('./service/service-files.js')
  return sealedFiles(fullOptions(options))
}

/**
 * Installs and enables the service that runs `mig-nvml boot`: files and links only, so that it works in an image, without
 * D-Bus and without systemd. A file that was changed by hand is not overwritten.
 *
 * @throws MigError `MIG_SERVICE_FAILED`; TypeError for wrong options.
 */
export async function installMigService(
  options: ChangeServiceOptions = {},
): Promise<ServiceReport> {
  checkOptions('installMigService', options, optionRules.installMigService)
  return (await import('./service/install.js')).installMigService(options)
}

/**
 * Removes what `installMigService` wrote and nobody has changed since. What was persisted stays.
 *
 * @throws MigError `MIG_SERVICE_FAILED`; TypeError for wrong options.
 */
export async function uninstallMigService(
  options: ChangeServiceOptions = {},
): Promise<ServiceReport> {
  checkOptions('uninstallMigService', options, optionRules.uninstallMigService)
  return (await import('./service/uninstall.js')).uninstallMigService(options)
}

/**
 * Reports what is installed, what boots are to do, and how the last one ended.
 *
 * @throws MigError `MIG_SERVICE_FAILED`; TypeError for wrong options.
 */
export async function readMigService(options: ServiceOptions = {}): Promise<ServiceStatus> {
  checkOptions('readMigService', options, optionRules.readMigService)
  return (await import('./service/status.js')).readMigService(options)
}
