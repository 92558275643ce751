import type { CounterSet, SliceDevice } from '../../../types/kubernetes/dra/objects.js'
import type { ResourceSliceOptions } from '../../../types/kubernetes/dra/slices.js'
import type { GpuDevices } from './gpu-devices.js'

/** The content of one slice. */
export interface SliceContent {
  readonly sharedCounters?: readonly CounterSet[]
  readonly devices?: readonly SliceDevice[]
}

// Limits of the API. Source: k8s.io/api v0.37.2, resource/v1/types.go.
const mostCounterSets = 8
const mostDevices = 128
/** Where any of them takes from counters or has a taint. */
const mostSpecialDevices = 64

/**
 * Divides the devices of a node into slices, in one order. A GPU with counters begins a slice, so that it can be read by itself;
 * devices without counters share slices.
 */
export function divideDevices(
  gpus: readonly GpuDevices[],
  form: NonNullable<ResourceSliceOptions['counters']>,
): readonly SliceContent[] {
  const shown = joinPlain(gpus)
  if (form === 'combined') return shown.flatMap(combine)
  const sets = shown.flatMap(({ counterSet }) => (counterSet === null ? [] : [counterSet]))
  return [
    ...chunk(sets, mostCounterSets).map((sharedCounters) => ({ sharedCounters })),
    ...shown.flatMap(({ counterSet, devices }) =>
      chunk(devices, mostTogether(counterSet, devices)).map((part) => ({ devices: part })),
    ),
  ]
}

/** In this form a device may take only from counters of its own slice. */
function combine({ counterSet, devices }: GpuDevices): readonly SliceContent[] {
  if (counterSet === null)
    return chunk(devices, mostTogether(null, devices)).map((part) => ({ devices: part }))
  if (devices.length > mostDevices)
    throw new TypeError(
      `resourceSlices: ${counterSet.name} serves ${devices.length} devices, and a slice has at most ${mostDevices}: only separate counters can serve more`,
    )
  return [{ sharedCounters: [counterSet], devices }]
}

function mostTogether(counterSet: CounterSet | null, devices: readonly SliceDevice[]): number {
  const isSpecial = counterSet !== null || devices.some(({ taints = [] }) => taints.length > 0)
  return isSpecial ? mostSpecialDevices : mostDevices
}

/** GPUs without counters that follow each other, as one. A GPU without devices has nothing that takes from its counters. */
function joinPlain(gpus: readonly GpuDevices[]): readonly GpuDevices[] {
  const joined: GpuDevices[] = []
  for (const gpu of gpus) {
    const last = joined.at(-1)
    if (gpu.counterSet === null && last?.counterSet === null)
      joined[joined.length - 1] = { ...last, devices: [...last.devices, ...gpu.devices] }
    else joined.push(gpu)
  }
  return joined.filter(({ devices }) => devices.length > 0)
}

function chunk<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
