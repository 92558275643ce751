// The parts of lib/containers, each standing on those before it:
//
//   devices   what a container can get, with every name and the numbers of its nodes
//   cdi       specifications of the Container Device Interface
export type * from '../types/containers/cdi.js'
export type * from '../types/containers/device.js'
export { cdiSpec } from './containers/cdi/cdi-spec.js'
export { deviceNodes, driverNodes } from './containers/devices/device-nodes.js'
export { listContainerDevices } from './containers/devices/list-devices.js'
export { parseAccessFile, parseDeviceMajors, parseMigMinors } from './model/device-files.js'
