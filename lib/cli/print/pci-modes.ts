import type { PciGpu, PciModeChange } from '../../../types/machine/pci.js'
import { formatIndexRanges } from '../../model/gpu-text.js'
import { onOff } from '../../model/mode-text.js'
import { formatPciId } from '../../model/pci-ids.js'

/** `GPU 0 at 0000:07:00.0, NVIDIA A100-SXM4-40GB: MIG off, on after a reset` */
export function describePciGpu(gpu: PciGpu): string {
  const { mig, whyUnknown } = gpu
  if (mig === null) return `${subjectOf(gpu)}: MIG mode unknown: ${whyUnknown}`
  const pending = mig.pending === mig.enabled ? '' : `, ${onOff(mig.pending)} after a reset`
  return `${subjectOf(gpu)}: MIG ${onOff(mig.enabled)}${pending}`
}

/** `GPU 0 at 0000:07:00.0, NVIDIA A100-SXM4-40GB: MIG on, by a reset of the GPU` */
export function describePciChange({ gpu, enabled, outcome, reset }: PciModeChange): string {
  const mode = onOff(enabled)
  const texts = {
    unchanged: `MIG ${mode} already`,
    changed: reset
      ? `MIG ${mode}, by a reset of the GPU`
      : `MIG ${mode}, a pending change taken back`,
    pending: `MIG ${mode} after a reset of the GPU, or a reboot`,
    planned: `would turn MIG ${mode}`,
  }
  return `${subjectOf(gpu)}: ${texts[outcome]}`
}

/** `GPU 0-3, 6` */
export function formatPciGpus(gpus: readonly PciGpu[]): string {
  return `GPU ${formatIndexRanges(gpus.map(({ index }) => index))}`
}

function subjectOf({ index, pciBusId, pciDeviceId, name }: PciGpu): string {
  return `GPU ${index} at ${pciBusId}, ${name ?? formatPciId(pciDeviceId)}`
}
