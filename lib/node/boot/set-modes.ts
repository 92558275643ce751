import type { PciModeReport } from '../../../types/machine/pci.js'
import type { BootOptions } from '../../../types/node/boot.js'
import { resolveLibrary, rootOf } from '../../driver/connection/open-library.js'
import { isMigError } from '../../errors.js'
import { setSelectedModes } from '../../machine/set-pci-modes.js'
import type { ReadChoice } from '../state/choice.js'
import { notReady } from './driver-not-ready.js'
import { needsReboot, type RebootFor } from './reboot-once.js'
import type { DriverWait } from './wait-for-driver.js'

interface ModeOptions extends Pick<BootOptions, 'library' | 'signal' | 'reset'> {
  readonly reboot: RebootFor
  /** Called when modes are about to be set. */
  readonly onModes: () => void
}

/**
 * Sets the modes in the registers of the GPUs where no driver has come. Null: the machine reboots. Rejects with
 * `MIG_DRIVER_NOT_READY` afterwards if the choice also wants instances, or modes that only a driver can set.
 */
export async function setModes(
  chosen: ReadChoice,
  found: DriverWait,
  { library, signal, reset, reboot, onModes }: ModeOptions,
): Promise<PciModeReport | null> {
  // Only a document says what GPUs without a driver are to be.
  if (chosen.kind !== 'config' || rootOf(resolveLibrary(library)) === null) throw notReady(found)
  const set = (skipReset: boolean): Promise<PciModeReport> =>
    setSelectedModes(chosen.selected, {
      ...(library === undefined ? {} : { library }),
      ...(signal === undefined ? {} : { signal }),
      skipReset,
    })
  onModes()
  let report: PciModeReport
  try {
    report = await set(reset === 'none')
  } catch (error) {
    if (needsReboot(error)) {
      await reboot(error, async () =>
        (await set(true)).gpus.flatMap(({ gpu, outcome }) =>
          outcome === 'pending' ? [gpu.index] : [],
        ),
      )
      return null
    }
    throw isMigError(error) && error.code !== 'ABORT_ERR' ? notReady(found, error) : error
  }
  const left = report.skipped.some(({ supportsMig }) => supportsMig === true)
  if (!chosen.modeOnly || left) throw notReady(found)
  return report
}
