import { compareGpuInstances } from './compare-instances.js'
import { listDifferences } from './list-differences.js'

const bytesPerMiB = 2 ** 20
const resetlessMig = 184
const notSupported = 3

/**
 * Where a driver and the catalog disagree: `{ gpu, what, catalog, driver }`. A null on the catalog's
 * side is something that it does not know. `catalog` and `others` are the `gpus` of catalog/mig-gpus.json and catalog/other-gpus.json.
 */
export function compareWithCatalog(gpus, catalog, others) {
  return gpus.flatMap((gpu) => {
    const entry = findEntry(gpu, [...catalog, ...others])
    if (gpu.name?.value === undefined) return []
    if (entry === null) {
      return [difference(gpu, 'model', null, `${gpu.name.value}, ${pciIdOf(gpu) ?? 'no PCI id'}`)]
    }
    const found = [...compareIdentity(gpu, entry), ...compareProfiles(gpu, entry)]
    const inside = compareGpuInstances(gpu, entry)
    return [...found, ...inside].map((each) =>
      difference(gpu, each.what, each.catalog, each.driver),
    )
  })
}

function difference(gpu, what, catalog, driver) {
  return { gpu: gpu.index, what, catalog, driver }
}

/** By PCI id; by name too where boards with different geometries share an id. */
function findEntry(gpu, entries) {
  const matching = (test) => entries.filter(({ products }) => products.some(test))
  const isNamed = ({ nvmlName }) => nvmlName === gpu.name?.value
  const byId = matching(({ nvmlPciDeviceId }) => nvmlPciDeviceId === pciIdOf(gpu))
  if (byId.length === 1) return byId[0]
  const named = (byId.length > 1 ? byId : entries).filter(({ products }) => products.some(isNamed))
  return named.length === 1 ? named[0] : null
}

/** `0x20B010DE` */
function pciIdOf({ pci }) {
  const id = pci?.value?.pciDeviceId
  return id === undefined ? null : `0x${id.toString(16).toUpperCase().padStart(8, '0')}`
}

function compareIdentity(gpu, entry) {
  const product = entry.products.find(({ nvmlPciDeviceId }) => nvmlPciDeviceId === pciIdOf(gpu))
  const names = entry.products
    .filter(({ nvmlPciDeviceId }) => nvmlPciDeviceId === product?.nvmlPciDeviceId)
    .map(({ nvmlName }) => nvmlName)
  const { major, minor } = gpu.computeCapability.value ?? {}
  const migCapable = entry.gpuInstanceProfiles !== undefined
  return listDifferences([
    ['name', names.includes(gpu.name.value) ? gpu.name.value : names.join(' or '), gpu.name.value],
    ['PCI id', product === undefined ? null : pciIdOf(gpu), pciIdOf(gpu)],
    ['memory in MiB', entry.memoryTotalMiB.value, totalMiB(gpu.memory)],
    ['architecture', entry.nvmlArchitecture, gpu.architecture.value],
    ['compute capability', entry.computeCapability, major && `${major}.${minor}`],
    ['MIG', migCapable, isMigCapable(gpu.migMode)],
    ...(migCapable ? compareMode(gpu, entry) : []),
  ])
}

/** Undefined where the answer is about something else: no permission, a lost GPU. */
function isMigCapable({ value, ret }) {
  if (value !== undefined) return true
  return ret === notSupported ? false : undefined
}

function compareMode({ fields, migMode, maxMigDeviceCount }, entry) {
  const resetless = fields.value?.find(({ fieldId }) => fieldId === resetlessMig)
  const needsReset = resetless?.ret === 0 ? resetless.value === 0 : undefined
  const most = migMode.value?.current === 1 ? maxMigDeviceCount.value : undefined
  return [
    ['mode change needs a reset', entry.modeChangeNeedsReset.value, needsReset],
    ['most MIG devices', entry.maxMigDevices.value, most],
  ]
}

/** Drivers before R510 take the reserved memory off the total; what they say is not comparable. */
function totalMiB({ value }) {
  if (value === undefined || value.reserved === null) return undefined
  return Math.floor(value.total / bytesPerMiB)
}

function compareProfiles(gpu, { gpuInstanceProfiles = [] }) {
  const answered = gpu.profiles.filter(({ info }) => info.value !== undefined)
  // A driver before R550 answers only with MIG on: silence says nothing then.
  if (answered.length === 0 && gpu.migMode.value?.current !== 1) return []
  const known = gpuInstanceProfiles.flatMap((profile) => {
    const twin = answered.find(({ index }) => index === profile.enumIndex)
    if (twin === undefined)
      return [{ what: `profile ${profile.name}`, catalog: true, driver: false }]
    return compareProfile(profile, twin)
  })
  const unknown = answered
    .filter(({ index }) => !gpuInstanceProfiles.some(({ enumIndex }) => enumIndex === index))
    .map(({ index, info }) => ({
      what: `profile index ${index}`,
      catalog: null,
      driver: info.value,
    }))
  return [...known, ...unknown]
}

const sameName = [
  'id',
  'sliceCount',
  'instanceCount',
  'multiprocessorCount',
  'copyEngineCount',
  'decoderCount',
  'encoderCount',
  'jpegCount',
  'ofaCount',
  'memorySizeMB',
]

function compareProfile(profile, { info: { value: info }, infoById, placements }) {
  const { isP2pSupported, capabilities, name } = info
  const hasP2p = isP2pSupported ?? (capabilities ?? 0) & 1
  const found = listDifferences([
    ...sameName.map((field) => [field, profile[field], info[field]]),
    ['isP2pSupported', profile.isP2pSupported, hasP2p],
    [
      'graphics',
      profile.capabilities.includes('GFX'),
      capabilities === null ? null : (capabilities & 2) !== 0,
    ],
    ['name', profile.name, name?.replace(/^MIG /, '')],
    ['placements', profile.placements, placements.value],
    ['info by id', info, infoById.value],
  ])
  return found.map((each) => ({ ...each, what: `profile ${profile.name}: ${each.what}` }))
}
