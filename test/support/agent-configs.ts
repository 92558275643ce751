/** Configurations for an A100 with 40 GB. */
export const agentConfigs = `
version: v1
mig-configs:
  none: [{devices: all, mig-enabled: false, mig-devices: {}}]
  halves: [{devices: all, mig-enabled: true, mig-devices: {3g.20gb: 2}}]
  small: [{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}}]
  mixed: [{devices: all, mig-enabled: true, mig-devices: {3g.20gb: 1, 1g.5gb: 4}}]
  impossible: [{devices: all, mig-enabled: true, mig-devices: {7g.40gb: 2}}]
`
