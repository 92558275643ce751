import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SimulatedDeviceNode, SimulatedMachine } from '../../types/simulator.js'
import { MigError } from '../errors.js'

/** Lists the device nodes of a written tree, below its folder. */
const deviceList = 'device-nodes.json'

/**
 * Writes what a container runtime reads of this machine's file system below `folder`, in the state
 * of this moment: `/proc/driver`, `/proc/devices`, `/proc/modules` and `/dev`.
 * Device nodes are made where this process may make them, else they are empty regular files; either
 * way `device-nodes.json` describes each. What an earlier call wrote there is replaced.
 *
 * @throws MigError MIG_SIMULATOR_INVALID when the folder has a `proc` or `dev` of another origin.
 */
export function writeRootTree(machine: SimulatedMachine, folder: string): void {
  const entries = machine.rootTree()
  removeEarlierTree(folder)
  const devices: ({ path: string } & SimulatedDeviceNode)[] = []
  for (const entry of entries) {
    const path = join(folder, entry.path)
    mkdirSync(dirname(path), { recursive: true })
    if (entry.kind === 'device') {
      devices.push({ path: entry.path, ...entry.device })
      makeDevice(path, entry.device)
    } else {
      writeFileSync(path, entry.content)
    }
  }
  writeFileSync(join(folder, deviceList), `${JSON.stringify(devices, null, 2)}\n`)
}

// A folder named by mistake, `/` above all, must not lose its files.
function removeEarlierTree(folder: string): void {
  const ours = existsSync(join(folder, deviceList))
  for (const part of ['proc', 'dev']) {
    const path = join(folder, part)
    if (!existsSync(path)) continue
    if (!ours) {
      throw new MigError(
        'MIG_SIMULATOR_INVALID',
        `${path} exists and was not written by writeRootTree; choose an empty folder`,
      )
    }
    rmSync(path, { recursive: true })
  }
}

function makeDevice(path: string, device: SimulatedDeviceNode): void {
  if (process.getuid?.() === 0) {
    const { error, status } = spawnSync(
      'mknod',
      ['-m', device.mode.toString(8), path, 'c', `${device.major}`, `${device.minor}`],
      { stdio: 'ignore' },
    )
    if (error === undefined && status === 0) return
  }
  writeFileSync(path, '')
}
