import { many, one, type PackageMessages, text } from './descriptor.js'

/** What the kubelet serves of its podresources API v1. Source: k8s.io/kubelet v0.37, pkg/apis/podresources/v1. */
export const podResourcesMessages: PackageMessages = {
  nested: {
    v1: {
      nested: {
        PodResourcesLister: {
          methods: {
            List: { requestType: 'Nothing', responseType: 'Pods' },
            Get: { requestType: 'PodName', responseType: 'OnePod' },
            GetAllocatableResources: { requestType: 'Nothing', responseType: 'Allocatable' },
          },
        },
        Nothing: { fields: {} },
        PodName: { fields: { name: text(1), namespace: text(2) } },
        Pods: { fields: { pods: many('Pod', 1) } },
        OnePod: { fields: { pod: one('Pod', 1) } },
        Allocatable: { fields: { devices: many('Devices', 1) } },
        Pod: {
          fields: { name: text(1), namespace: text(2), containers: many('Container', 3) },
        },
        Container: {
          fields: { name: text(1), devices: many('Devices', 2), claims: many('Claim', 5) },
        },
        Devices: {
          fields: { resource: text(1), ids: many('string', 2), topology: one('Topology', 3) },
        },
        Topology: { fields: { nodes: many('NumaNode', 1) } },
        NumaNode: { fields: { id: one('int64', 1) } },
        Claim: {
          fields: { name: text(2), namespace: text(3), devices: many('ClaimedDevice', 4) },
        },
        ClaimedDevice: {
          fields: {
            cdiDevices: many('CdiDevice', 1),
            driver: text(2),
            pool: text(3),
            device: text(4),
          },
        },
        CdiDevice: { fields: { name: text(1) } },
      },
    },
  },
}
