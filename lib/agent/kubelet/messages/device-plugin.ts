import { flag, many, one, type PackageMessages, text } from './descriptor.js'

/** The device plugin API v1beta1. Source: k8s.io/kubelet v0.37, pkg/apis/deviceplugin/v1beta1. */
export const devicePluginMessages: PackageMessages = {
  nested: {
    v1beta1: {
      nested: {
        Registration: {
          methods: { Register: { requestType: 'Registering', responseType: 'Nothing' } },
        },
        DevicePlugin: {
          methods: {
            GetDevicePluginOptions: { requestType: 'Nothing', responseType: 'Options' },
            ListAndWatch: { requestType: 'Nothing', responseType: 'List', responseStream: true },
            GetPreferredAllocation: { requestType: 'Preferring', responseType: 'Preferred' },
            Allocate: { requestType: 'Allocating', responseType: 'Allocated' },
            PreStartContainer: { requestType: 'Nothing', responseType: 'Nothing' },
          },
        },
        Nothing: { fields: {} },
        Options: { fields: { preStartRequired: flag(1), preferredAllocation: flag(2) } },
        Registering: {
          fields: {
            version: text(1),
            endpoint: text(2),
            resource: text(3),
            options: one('Options', 4),
          },
        },
        List: { fields: { devices: many('Device', 1) } },
        Device: { fields: { id: text(1), health: text(2), topology: one('Topology', 3) } },
        Topology: { fields: { nodes: many('NumaNode', 1) } },
        NumaNode: { fields: { id: one('int64', 1) } },
        Preferring: { fields: { containers: many('PreferringContainer', 1) } },
        PreferringContainer: {
          fields: {
            available: many('string', 1),
            mustInclude: many('string', 2),
            size: one('int32', 3),
          },
        },
        Preferred: { fields: { containers: many('PreferredContainer', 1) } },
        PreferredContainer: { fields: { ids: many('string', 1) } },
        Allocating: { fields: { containers: many('AllocatingContainer', 1) } },
        AllocatingContainer: { fields: { ids: many('string', 1) } },
        Allocated: { fields: { containers: many('AllocatedContainer', 1) } },
        AllocatedContainer: {
          fields: {
            envs: { keyType: 'string', type: 'string', id: 1 },
            devices: many('DeviceNode', 3),
            cdiDevices: many('CdiDevice', 5),
          },
        },
        DeviceNode: { fields: { containerPath: text(1), hostPath: text(2), permissions: text(3) } },
        CdiDevice: { fields: { name: text(1) } },
      },
    },
  },
}
