import { flag, many, type PackageMessages, text } from './descriptor.js'

/** How the kubelet finds plugins by their sockets. Source: k8s.io/kubelet v0.37, pkg/apis/pluginregistration/v1. */
export const registrationMessages: PackageMessages = {
  nested: {
    pluginregistration: {
      nested: {
        Registration: {
          methods: {
            GetInfo: { requestType: 'Nothing', responseType: 'Info' },
            NotifyRegistrationStatus: { requestType: 'Status', responseType: 'Nothing' },
          },
        },
        Nothing: { fields: {} },
        Info: {
          fields: { type: text(1), name: text(2), endpoint: text(3), versions: many('string', 4) },
        },
        Status: { fields: { registered: flag(1), error: text(2) } },
      },
    },
  },
}
