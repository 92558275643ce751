import type { BootRecord } from './boot.js'
import type { PersistedChoice } from './choice.js'
import type { UnitFile, UnitOptions } from './units.js'

/** Options of the functions about the installed service. */
export interface ServiceOptions extends UnitOptions {
  /** The folder of an image that is the root of another machine. Nothing outside of it is touched. Default `/`. */
  readonly root?: string
  /** The folder of the units. Default `/etc/systemd/system`; a package of a distribution takes `/usr/lib/systemd/system`. */
  readonly unitFolder?: string
}

/** Options of `installMigService` and `uninstallMigService`. */
export interface ChangeServiceOptions extends ServiceOptions {
  /** Also replace or remove files that were changed by hand. What is replaced stays beside it, with `.old` at its end. */
  readonly force?: boolean
}

/** A file of the service as it is. */
export interface ServiceFile {
  readonly kind: UnitFile['kind']
  readonly path: string
  /**
   * - `missing`: it is not there.
   * - `current`: it is as `installMigService` with these options writes it.
   * - `outdated`: another version or other options wrote it, and nobody has changed it since.
   * - `changed`: `installMigService` wrote it, and it was changed by hand.
   * - `foreign`: another program wrote it.
   * - `masked`: it is a link to `/dev/null`, by `systemctl mask`.
   */
  readonly state: 'missing' | 'current' | 'outdated' | 'changed' | 'foreign' | 'masked'
}

/** What became of a file of the service. `kept`: it is not ours alone any more, so it stays as it is. */
export interface ChangedServiceFile extends Omit<ServiceFile, 'state'> {
  readonly outcome: 'written' | 'unchanged' | 'replaced' | 'removed' | 'kept' | 'missing'
}

/** What `installMigService` or `uninstallMigService` did. */
export interface ServiceReport {
  readonly files: readonly ChangedServiceFile[]
  /** The links that enable the service, made or removed. */
  readonly links: readonly string[]
  /**
   * Whether `uninstallMigService` has stopped the service, also a boot that was under way. Units that require it run on.
   */
  readonly stopped: boolean
  /** Whether the running systemd has read its units again. */
  readonly reloaded: boolean
  /** What the administrator should know, a sentence each. */
  readonly warnings: readonly string[]
}

/** What `readMigService` found. */
export interface ServiceStatus {
  readonly files: readonly ServiceFile[]
  /** Whether the service starts at boot. */
  readonly enabled: boolean
  /** Files beside the unit that change it, as `systemctl edit` makes them. */
  readonly dropIns: readonly string[]
  /** The variable of the environment file that chooses something, in place of what was persisted; null: none does. */
  readonly override: { readonly variable: string; readonly file: string } | null
  /** What was persisted for boots; null: nothing. */
  readonly choice: PersistedChoice | null
  /** How the last boot ended; null: none has been recorded. */
  readonly lastBoot: BootRecord | null
  readonly warnings: readonly string[]
}
