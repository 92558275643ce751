import type { SimulatedGpu, SimulatedMachine } from '../../types/simulator/machine.js'
import type { GpuInWords } from './case.js'

/** Every GPU of a machine in words, from the simulator and not from the driver. */
export function describeMachine(machine: SimulatedMachine): readonly GpuInWords[] {
  return machine.describe().gpus.map(describeGpu)
}

function describeGpu({ mig, gpuInstances }: SimulatedGpu): GpuInWords {
  if (mig === null) return 'no MIG'
  if (!mig.enabled) return mig.pending ? 'off, on after reset' : 'off'
  return gpuInstances
    .toSorted((a, b) => a.placement.start - b.placement.start)
    .map(({ profileName, placement, computeInstances }) => {
      const sizes = computeInstances.map((part) => part.placement.size).sort((a, b) => b - a)
      const whole = Number.parseInt(profileName, 10)
      const inside = sizes.length === 0 ? ' bare' : ` ${sizes.map((size) => `${size}c`).join('+')}`
      return `${profileName}@${placement.start}${sizes.join() === `${whole}` ? '' : inside}`
    })
}

/** The GPU instances of a machine, by profile and placement. */
export function listInstances(machine: SimulatedMachine): readonly string[] {
  return machine
    .describe()
    .gpus.flatMap(({ index, gpuInstances }) =>
      gpuInstances.map(({ id, placement }) => `${index} ${id} ${placement.start}`),
    )
}

/** What was done to a machine since an entry of its journal. */
export interface Deeds {
  /** GPU instances that were destroyed, as `<GPU> <id>`. */
  readonly destroyed: ReadonlySet<string>
  readonly resets: readonly number[]
}

export function deedsSince(machine: SimulatedMachine, entry: number): Deeds {
  const entries = machine.journal({ control: true }).slice(entry)
  const destroyed = new Set<string>()
  const resets = new Set<number>()
  for (const each of entries) {
    if (each.kind === 'control') {
      const [, gpu] = /^reset-gpu gpu=(\d+)/.exec(each.command) ?? []
      if (gpu !== undefined) resets.add(Number(gpu))
    } else if (each.fn === 'nvmlGpuInstanceDestroy' && each.ret === 0) {
      destroyed.add(`${each.gpu} ${each.gpuInstanceId}`)
    }
  }
  return { destroyed, resets: [...resets].sort() }
}
