import type { DeviceNode } from '../../../types/containers/device.js'

/**
 * Rules that let a device cgroup through to nodes: `c 195:0 rwm`, as Docker's `--device-cgroup-rule` and the file
 * `devices.allow` take them.
 */
export function deviceCgroupRules(nodes: readonly DeviceNode[]): readonly string[] {
  return [...new Set(nodes.map(({ major, minor }) => `c ${major}:${minor} rwm`))]
}

/**
 * Lines for the `[Service]` section of a systemd unit that lets through to these nodes, and to no other device but those
 * that every service has. Source: systemd.resource-control(5).
 */
export function systemdDeviceAllow(nodes: readonly DeviceNode[]): readonly string[] {
  const paths = [...new Set(nodes.map(({ path, mode }) => `${path} ${accessFor(mode)}`))]
  return ['DevicePolicy=closed', ...paths.map((path) => `DeviceAllow=${path}`)]
}

/** A node that nobody may write, such as those of instances, is only opened to read. */
function accessFor(mode: number): string {
  return (mode & 0o222) === 0 ? 'r' : 'rw'
}
