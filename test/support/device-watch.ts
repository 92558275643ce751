import type { SimulatedJournalEntry, SimulatedMachine } from '../../types/simulator/machine.js'

/** A part of a machine that a pod has been given. Null ids: the whole GPU. */
export interface GivenDevice {
  readonly gpu: number
  readonly gpuInstanceId: number | null
  readonly computeInstanceId: number | null
}

/**
 * Compares what pods had with every change that the simulated driver has made, by the driver's own journal. It knows nothing of the
 * code under test.
 */
export interface DeviceWatch {
  /** From the driver's next change on, the pod has it. */
  give(pod: string, device: GivenDevice): void
  /** The pod has ended before the driver's next change. */
  release(pod: string): void
  /** The pod has not started: its device went while it was given. */
  refuse(pod: string): void
  /** Each change that took a device from a pod that had it. */
  losses(): readonly string[]
  /** The changes that succeeded, so that a test sees that something has happened. */
  changes(): number
}

interface Holding {
  readonly pod: string
  readonly device: GivenDevice
  readonly since: number
  until: number
}

export function watchDevices(machine: SimulatedMachine): DeviceWatch {
  let holdings: readonly Holding[] = []
  const entries = (): readonly SimulatedJournalEntry[] => machine.journal({ control: true })
  const now = (): number => entries().at(-1)?.sequence ?? 0
  return {
    give(pod, device) {
      const holding = { pod, device, since: now(), until: Number.POSITIVE_INFINITY }
      holdings = [...holdings, holding]
    },
    release(pod) {
      const until = now()
      for (const holding of holdings)
        if (holding.pod === pod) holding.until = Math.min(holding.until, until)
    },
    refuse(pod) {
      holdings = holdings.filter((holding) => holding.pod !== pod)
    },
    losses() {
      return entries().flatMap((entry) =>
        holdings
          .filter(({ since, until }) => since < entry.sequence && entry.sequence <= until)
          .filter(({ device }) => takes(entry, device))
          .map(({ pod }) => `${pod} lost its device to ${describe(entry)}`),
      )
    },
    changes: () => entries().filter((entry) => entry.kind === 'call' && entry.ret === 0).length,
  }
}

function takes(entry: SimulatedJournalEntry, { gpu, ...device }: GivenDevice): boolean {
  if (entry.kind === 'control')
    return entry.command === 'reboot' || entry.command === `reset-gpu gpu=${gpu}`
  if (entry.ret !== 0 || entry.gpu !== gpu) return false
  switch (entry.fn.replace(/_v\d+$/, '')) {
    case 'nvmlDeviceSetMigMode':
      return entry.activation === 0
    case 'nvmlGpuInstanceDestroy':
      return device.gpuInstanceId === entry.gpuInstanceId
    case 'nvmlComputeInstanceDestroy':
      return (
        device.gpuInstanceId === entry.gpuInstanceId &&
        device.computeInstanceId === entry.computeInstanceId
      )
    default:
      return false
  }
}

function describe(entry: SimulatedJournalEntry): string {
  if (entry.kind === 'control') return entry.command
  const { fn, gpu, gpuInstanceId, pid, sequence } = entry
  return `${fn} on GPU ${gpu}, instance ${gpuInstanceId}, by process ${pid} (change ${sequence})`
}
