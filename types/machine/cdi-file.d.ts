import type { CdiOptions } from '../containers/cdi.js'

/** How a CDI specification is written. */
export type CdiFormat = 'yaml' | 'json'

/** Which CDI specification to write, and where. */
export interface CdiFileOptions extends Pick<CdiOptions, 'kind' | 'names' | 'all'> {
  /**
   * Default `/var/run/cdi/nvidia.yaml`, where nvidia-ctk's own service writes. Its folder is made if it is missing, but not
   * the folder above it.
   */
  readonly file?: string
  /** Default: `json` if the name of the file ends in `.json`, else `yaml`. */
  readonly format?: CdiFormat
  /**
   * A specification whose common part is kept: libraries, hooks and mounts of the driver, as nvidia-ctk has found them. Its
   * devices of this kind are replaced. It may be `file` itself.
   */
  readonly merge?: string
  /**
   * Folder in which the driver is installed, such as `/`. Its libraries, programs and sockets become part of the
   * specification, found as nvidia-ctk finds them. Not together with `merge`. Absent: device nodes alone.
   */
  readonly driverRoot?: string
  /**
   * Folder below which the driver's files in `proc` lie, for the numbers of its device nodes. Default: the `root` of the
   * library.
   */
  readonly root?: string
}
