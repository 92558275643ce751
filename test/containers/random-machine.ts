import { applyMigConfig } from '../../lib/index.js'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { readSimulatedCatalog } from '../peers/catalog.js'
import { type Random, randomPartition } from '../peers/random-partition.js'

/** Six models: names of simulated GPUs, by the keys of the catalog. */
const models: Readonly<Record<string, string>> = {
  'a30-24gb': 'A30',
  'a100-40gb': 'A100-SXM4-40GB',
  'h100-80gb-sxm': 'H100 80GB HBM3',
  'h200-141gb-sxm': 'H200',
  'b200-180gb': 'B200',
  'rtx-pro-6000-blackwell': 'RTX PRO 6000 Blackwell Server Edition',
}

const gpusOfModel = 2

export const sixModels: string = Object.values(models)
  .map((name) => `${gpusOfModel}x ${name}`)
  .join(', ')
export const gpuCount: number = Object.keys(models).length * gpusOfModel

const catalog = readSimulatedCatalog()

/** Gives every GPU of a machine of `sixModels` another layout; some get no MIG device, some have MIG off. */
export async function scrambleMachine(machine: SimulatedMachine, random: Random): Promise<void> {
  const entries = Object.keys(models).flatMap((key, position) => {
    const gpu = catalog.find((each) => each.key === key)
    if (gpu === undefined) throw new Error(`no ${key} in the catalog`)
    return Array.from({ length: gpusOfModel }, (_, copy) => ({
      devices: [position * gpusOfModel + copy],
      'mig-enabled': random() < 0.9,
      'mig-devices': random() < 0.9 ? randomPartition(gpu, random) : {},
    }))
  })
  const configs = entries.map((entry) =>
    entry['mig-enabled'] ? entry : { ...entry, 'mig-devices': {} },
  )
  await applyMigConfig(
    { version: 'v1', 'mig-configs': { scrambled: configs } },
    { library: machine.library },
  )
}
