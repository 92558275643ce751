import type { GpuSelector } from './mig-nvml-config.js'

/**
 * What GPUs get, without a document: `{ gpu: 0, migDevices: { '3g.20gb': 2 } }`. Like an entry of a document, it says all
 * that each GPU then has. With `add`, it says what each GPU gets beside what is there.
 */
export interface MigRequest {
  /** One GPU or several: by NVML index, by UUID or by PCI address. `'all'`: every GPU that can do MIG. */
  readonly gpu: 'all' | GpuSelector | readonly GpuSelector[]
  /**
   * How many MIG devices of each size each GPU gets, by name (`1g.5gb`, `1c.3g.20gb`) or by NVML's id of the profile
   * (`id:19`). `{}`: none, and without `migEnabled` the MIG mode stays as it is. May be absent only where `migEnabled` is
   * false.
   */
  readonly migDevices?: Readonly<Record<string, number>>
  /** The MIG mode. Default: true where devices are wanted. */
  readonly migEnabled?: boolean
  /**
   * True: the devices come beside what is there. All instances of the GPU stay where they are. New compute instances take
   * room in GPU instances that are there before new GPU instances come. MIG must be on. What an interrupted apply has left
   * on the machine is cleaned up first, as `recoverMig` does; otherwise it would count as being there. Default: false.
   */
  readonly add?: boolean
}
