/** What the units of systemd contain. Paths are absolute, and those of the machine on which the units run. */
export interface UnitOptions {
  /** The program `node`. Default: the one that runs. */
  readonly nodePath?: string
  /** The folder of this package, with its `dist`. Default: the one that runs. */
  readonly packagePath?: string
  /** Default `/etc/mig-nvml/boot.env`. */
  readonly environmentFile?: string
  /** Folder of the persisted choice. Default `/var/lib/mig-nvml`; for `readMigService` that of the installed service. */
  readonly stateFolder?: string
  /**
   * How long a boot may take, in seconds. Then it stops, undoes what it has begun, and ends with status 124. systemd kills
   * it a minute later. Default 540.
   */
  readonly timeoutSeconds?: number
  /** Units that start only when the boot has ended, such as `kubelet.service`. Default none. */
  readonly before?: readonly string[]
}

/** A file of the service, as text. */
export interface UnitFile {
  /**
   * - `service`: the unit that runs `mig-nvml boot`.
   * - `target`: `nvidia-gpu-reset.target`, after which NVIDIA's own services start. mig-parted installs one too.
   * - `environment`: variables for the service, which the administrator edits.
   */
  readonly kind: 'service' | 'target' | 'environment'
  /** Absolute. */
  readonly path: string
  readonly text: string
}
