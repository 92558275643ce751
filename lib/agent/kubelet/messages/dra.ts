import { many, type PackageMessages, text } from './descriptor.js'

/** What the kubelet calls of a DRA driver. Source: k8s.io/kubelet v0.37, pkg/apis/dra/v1. */
export const draMessages: PackageMessages = {
  nested: {
    'k8s.io.kubelet.pkg.apis.dra.v1': {
      nested: {
        DRAPlugin: {
          methods: {
            NodePrepareResources: { requestType: 'Claims', responseType: 'Prepared' },
            NodeUnprepareResources: { requestType: 'Claims', responseType: 'Unprepared' },
          },
        },
        Claims: { fields: { claims: many('Claim', 1) } },
        Claim: { fields: { namespace: text(1), uid: text(2), name: text(3) } },
        Prepared: {
          fields: { claims: { keyType: 'string', type: 'PreparedClaim', id: 1 } },
        },
        PreparedClaim: { fields: { devices: many('Device', 1), error: text(2) } },
        Device: {
          fields: {
            requests: many('string', 1),
            pool: text(2),
            device: text(3),
            cdiDevices: many('string', 4),
          },
        },
        Unprepared: {
          fields: { claims: { keyType: 'string', type: 'UnpreparedClaim', id: 1 } },
        },
        UnpreparedClaim: { fields: { error: text(1) } },
      },
    },
  },
}
