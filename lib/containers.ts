// The parts of lib/containers:
//
//   devices   what a container can get, with every name and the numbers of its nodes; all others stand on it
//   cdi       specifications of the Container Device Interface
//   visible   NVIDIA_VISIBLE_DEVICES and docker --gpus, in the dialects of NVIDIA's runtimes
//   runtimes  the same devices for runtimes without CDI, Docker, systemd and Slurm
//   planned   what of all this is known before a plan runs
export type * from '../types/containers/cdi.js'
export type * from '../types/containers/device.js'
export type * from '../types/containers/planned.js'
export type * from '../types/containers/runtimes.js'
export type * from '../types/containers/visible.js'
export { cdiSpec } from './containers/cdi/cdi-spec.js'
export { checkCdiSpec } from './containers/cdi/check-spec.js'
export { managementCdiSpec } from './containers/cdi/management-spec.js'
export { deviceNodes, driverNodes } from './containers/devices/device-nodes.js'
export { listContainerDevices } from './containers/devices/list-devices.js'
export { plannedState } from './containers/planned/planned-state.js'
export { deviceCgroupRules, systemdDeviceAllow } from './containers/runtimes/device-rules.js'
export { dockerArguments } from './containers/runtimes/docker.js'
export { ociEdits } from './containers/runtimes/oci-edits.js'
export { slurmGres } from './containers/runtimes/slurm.js'
export { parseGpusOption, parseVisibleDevices } from './containers/visible/parse-visible.js'
export { resolveVisibleDevices } from './containers/visible/resolve-visible.js'
export { isMigError, MigError } from './errors.js'
export { parseAccessFile, parseDeviceMajors, parseMigMinors } from './model/device-files.js'
