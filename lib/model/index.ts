export {
  type CatalogGpu,
  catalogGeometry,
  describeAmbiguity,
  findCatalogGpu,
  findCatalogModel,
  listCatalogGpus,
} from './catalog.js'
export { deepFreeze } from './freeze.js'
export { completeGeometry } from './geometry.js'
export { describeGpus, formatGpus } from './gpu-text.js'
export { groupBy } from './group-by.js'
export { formatIndexRanges } from './index-ranges.js'
export { findNearest } from './nearest.js'
export { nvmlProfileName } from './nvml-profile-name.js'
export {
  formatPciId,
  formatPciIds,
  matchesPciIds,
  type PciIds,
  type PciIdsResult,
  parsePciIds,
} from './pci-ids.js'
export {
  compareProfileNames,
  computeInstanceName,
  formatProfileName,
  normaliseProfileName,
  type ProfileNameParts,
  parseProfileName,
  stripMigPrefix,
} from './profile-names.js'
export { countMigDevices, findGpu, listMigDevices, type MigDevice } from './state.js'
