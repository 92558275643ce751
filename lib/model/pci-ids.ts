const nvidiaVendor = 0x10de
const lowHalf = 0x10000

/** PCI ids as NVML packs them: device in the high half, vendor in the low half. */
export interface PciIds {
  readonly device: number
  /** Null: any. */
  readonly subsystem: number | null
}

export type PciIdsResult =
  | { readonly kind: 'ids'; readonly ids: PciIds }
  | { readonly kind: 'malformed'; readonly problem: string }

/**
 * Reads `0x<device><vendor>[:0x<subsystem device><subsystem vendor>]`. Each half is an integer of 32
 * bits in the spellings of Go's `strconv.ParseUint(text, 0, 32)`, which NVIDIA's files may use:
 * hexadecimal, `0b`, `0o` or a leading 0, decimal, `_` between digits.
 */
export function parsePciIds(text: string): PciIdsResult {
  const [deviceText = '', subsystemText, ...rest] = text.split(':')
  if (rest.length > 0) return malformed('has more than two parts')
  const device = parseInteger(deviceText)
  if (device === null) {
    return malformed(
      /^[0-9a-f]{8}$/i.test(deviceText)
        ? `lacks its 0x: write 0x${deviceText.toUpperCase()}`
        : 'is not of the form 0x<device><vendor>, such as 0x20B010DE',
    )
  }
  const vendor = device % lowHalf
  const high = Math.floor(device / lowHalf)
  if (vendor !== nvidiaVendor) {
    return malformed(
      high === nvidiaVendor
        ? `has its halves swapped: write ${formatPciId(vendor * lowHalf + nvidiaVendor)}`
        : 'does not end with the vendor 10DE: it takes the device and the vendor, such as 0x20B010DE',
    )
  }
  if (subsystemText === undefined) return { kind: 'ids', ids: { device, subsystem: null } }
  const subsystem = parseInteger(subsystemText)
  if (subsystem === null) return malformed('has a second part that is not an integer of 32 bits')
  return { kind: 'ids', ids: { device, subsystem } }
}

function malformed(problem: string): PciIdsResult {
  return { kind: 'malformed', problem }
}

const integerForms = [
  /^0x(?:_?[\da-f])+$/i,
  /^0b(?:_?[01])+$/i,
  /^0o(?:_?[0-7])+$/i,
  /^0(?:_?[0-7])*$/,
  /^[1-9](?:_?\d)*$/,
]

function parseInteger(text: string): number | null {
  if (!integerForms.some((form) => form.test(text))) return null
  const digits = text.replaceAll('_', '')
  const value = Number(/^0\d/.test(digits) ? `0o${digits}` : digits)
  return value <= 0xffffffff ? value : null
}

/** `0x20B010DE` */
export function formatPciId(id: number): string {
  return `0x${id.toString(16).toUpperCase().padStart(8, '0')}`
}

/** `0x20B010DE`, or with a subsystem `0x20B010DE:0x134F10DE` */
export function formatPciIds({ device, subsystem }: PciIds): string {
  return subsystem === null
    ? formatPciId(device)
    : `${formatPciId(device)}:${formatPciId(subsystem)}`
}

export function matchesPciIds(
  ids: PciIds,
  gpu: { readonly pciDeviceId: number; readonly pciSubsystemId: number },
): boolean {
  return (
    ids.device === gpu.pciDeviceId &&
    (ids.subsystem === null || ids.subsystem === gpu.pciSubsystemId)
  )
}
