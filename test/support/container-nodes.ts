import { deviceNodes, driverNodes } from '../../lib/containers.js'
import type { ContainerDevice } from '../../types/containers/device.js'
import type { MigState } from '../../types/model/state.js'

/** A shell script that prints what a container has: a line for each node of the driver, and its variables. */
export const printNodes = `for node in /dev/nvidia* /dev/nvidia-caps/*; do
  [ ! -c "$node" ] || stat -c '%n 0x%t:0x%T %a' "$node"
done
env`

export interface SeenInContainer {
  /** `path major:minor mode`, sorted. */
  readonly nodes: readonly string[]
  readonly env: readonly string[]
}

/** Reads what that script has printed. */
export function readNodes(output: string): SeenInContainer {
  const lines = output.trim().split('\n')
  const nodes = lines.filter((line) => line.startsWith('/dev/')).map(toDecimal)
  return { nodes: nodes.sort(), env: lines.filter((line) => !line.startsWith('/dev/')) }
}

function toDecimal(line: string): string {
  return line.replaceAll(/0x[0-9a-f]+/g, (number) => String(Number(number)))
}

/** The nodes of these devices and those of the driver, as `readNodes` has them. */
export function nodesOf(state: MigState, devices: readonly ContainerDevice[]): readonly string[] {
  const nodes = [...driverNodes(state), ...devices.flatMap((device) => deviceNodes(state, device))]
  const lines = nodes.map(
    ({ path, major, minor, mode }) => `${path} ${major}:${minor} ${mode.toString(8)}`,
  )
  return [...new Set(lines)].sort()
}
