// What tests of boots expect of a machine and of the service.
import { expect, vi } from 'vitest'
import { type Box, patience } from './box.js'
import { service, showService, target } from './service.js'
import { writeClient } from './units.js'

export const up = { kind: 'up', state: 'running' }
/** A unit has failed. */
export const degraded = { kind: 'up', state: 'degraded' }
/** The container wants to be started again (systemd-nspawn(1)). */
export const rebooting = { kind: 'ended', status: 133 }
export const active = { ActiveState: 'active', Result: 'success', ExecMainStatus: '0' }
export const failed = { ActiveState: 'failed', Result: 'exit-code' }
export const balanced = { MIG_PARTED_SELECTED_CONFIG: 'all-balanced' }
export const balancedDevices = [true, '1g.5gb', '1g.5gb', '2g.10gb', '3g.20gb']

/** The mode of each GPU, and its instances by size. */
export function devicesOf({ machine }: Box): unknown {
  return machine
    .describe()
    .gpus.map(({ mig, gpuInstances }) => [
      mig?.enabled,
      ...gpuInstances.map(({ profileName }) => profileName).sort(),
    ])
}

/** The instances with their places. */
export function placesOf({ machine }: Box): readonly string[] {
  return machine
    .describe()
    .gpus.flatMap(({ index, gpuInstances }) =>
      gpuInstances.map(
        ({ profileName, placement }) => `${index} ${profileName} ${placement.start}`,
      ),
    )
    .sort()
}

/** Whether the process of a unit works in a MIG device; null: there is none. */
export function worksInDevice({ machine }: Box, unit: string): boolean | null {
  const processes = machine.describe().gpus.flatMap((gpu) => gpu.processes)
  const found = processes.find(({ name }) => name === unit)
  return found === undefined ? null : found.gpuInstanceId !== undefined
}

export function resetsOf({ machine }: Box): readonly string[] {
  return machine
    .journal({ control: true })
    .flatMap((entry) =>
      entry.kind === 'control' && /^reset-gpu/.test(entry.command) ? [entry.command] : [],
    )
}

/** Waits until the service shows this line. */
export async function untilStatus(box: Box, text: string | RegExp): Promise<void> {
  await vi.waitFor(async () => {
    expect((await showService(box))['StatusText']).toMatch(text)
  }, patience)
}

/** A unit that starts where the service has succeeded, and one that only starts after it. */
export function writeDependents(box: Box): void {
  writeClient(box, 'requiring.service', { unit: [`After=${service}`, `Requires=${service}`] })
  writeClient(box, 'after-target.service', { unit: [`After=${target}`, `Wants=${target}`] })
  for (const unit of ['requiring.service', 'after-target.service']) box.enable(unit)
}
