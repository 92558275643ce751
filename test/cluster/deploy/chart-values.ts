import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../..', import.meta.url))
export const chart = join(root, 'deploy/mig-nvml-agent')

/** Every value of the agent. */
export const everything = [
  '--set=agent.cdiFile=/var/run/cdi/nvidia.yaml',
  '--set=agent.withReboot=true',
  '--set=agent.dryRun=true',
  '--set=agent.strategy=mixed',
  '--set=agent.layoutIntervalSeconds=120',
  '--set-json=config.document={"version":"v1","mig-configs":{"none":[{"devices":"all","mig-enabled":false}]}}',
]

export const plugin = [
  '--set=devicePlugin.enabled=true',
  '--set=devicePlugin.deviceList=cdi',
  '--set=devicePlugin.mergeCdi=/var/run/cdi/nvidia.yaml',
]

export const rebalancer = [
  '--set=rebalancer.enabled=true',
  '--set=rebalancer.move=true',
  '--set=rebalancer.reserve=1g.5gb=2',
]

export const driver = [
  '--set=draDriver.enabled=true',
  '--set=draDriver.mergeCdi=/var/run/cdi/nvidia.yaml',
]
