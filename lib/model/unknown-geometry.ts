import type { GpuInfo } from '../../types/model/state.js'
import { catalogGeometry, contradictsCatalog, findCatalogGpu } from './catalog.js'
import { reportsProfilesWithoutMig } from './driver-version.js'

/** Why the geometry of a GPU is not known. */
export function describeUnknownGeometry(gpu: GpuInfo, driverVersion?: string): string {
  return `${describeSilence(gpu, driverVersion)}, and ${describeCatalog(gpu)}`
}

/** What the driver does not report. */
export function describeSilence(gpu: GpuInfo, driverVersion?: string): string {
  if (gpu.mig?.enabled === true) return 'the driver reports no sizes, though MIG mode is on'
  return waitsForMig(gpu, driverVersion)
    ? `this driver (${driverVersion}) reports the sizes only with MIG mode on`
    : 'the driver reports no sizes'
}

/** Whether the driver would report the sizes if MIG were on. */
export function waitsForMig({ mig }: GpuInfo, driverVersion?: string): boolean {
  return (
    mig?.enabled === false &&
    driverVersion !== undefined &&
    !reportsProfilesWithoutMig(driverVersion)
  )
}

function describeCatalog(gpu: GpuInfo): string {
  const entry = findCatalogGpu(gpu.pciDeviceId, gpu.name)
  if (entry === null) return 'the catalog lacks this model'
  const product =
    entry.products.find(({ pciDeviceId }) => pciDeviceId === gpu.pciDeviceId)?.name ?? entry.key
  if (!contradictsCatalog(gpu, entry) && catalogGeometry(entry) !== null)
    return 'without them it does not list instances'
  return contradictsCatalog(gpu, entry)
    ? `its PCI id is that of ${product} with ${entry.memoryMiB} MiB, while it has ${gpu.memoryMiB} MiB`
    : `the catalog lacks the sizes of ${product}`
}
