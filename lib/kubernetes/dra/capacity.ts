import type { CounterSet, SliceDevice } from '../../../types/kubernetes/dra/objects.js'
import type { Geometry, GpuInstanceProfile, Placement } from '../../../types/model/geometry.js'
import { mebibytes, quantity } from './quantity.js'

type Capacity = SliceDevice['capacity']
type Counters = CounterSet['counters']

interface Figure {
  /** As a capacity, and as a counter. */
  readonly names: readonly [string, string]
  readonly of: (profile: GpuInstanceProfile) => number
  readonly write: (value: number) => string
}

const figures: readonly Figure[] = [
  {
    names: ['multiprocessors', 'multiprocessors'],
    of: ({ multiprocessorCount }) => multiprocessorCount,
    write: quantity,
  },
  { names: ['copyEngines', 'copy-engines'], of: ({ engines }) => engines.copy, write: quantity },
  { names: ['decoders', 'decoders'], of: ({ engines }) => engines.decoder, write: quantity },
  { names: ['encoders', 'encoders'], of: ({ engines }) => engines.encoder, write: quantity },
  { names: ['jpegEngines', 'jpeg-engines'], of: ({ engines }) => engines.jpeg, write: quantity },
  { names: ['ofaEngines', 'ofa-engines'], of: ({ engines }) => engines.ofa, write: quantity },
  { names: ['memory', 'memory'], of: ({ memoryMiB }) => memoryMiB, write: mebibytes },
]

/** What a MIG device of this profile has, zeros included. */
export function capacityOf(profile: GpuInstanceProfile): Capacity {
  return Object.fromEntries(
    figures.map(({ names: [name], of, write }) => [name, { value: write(of(profile)) }]),
  )
}

/** The same with the memory units where the device lies, if not too much: so NVIDIA's driver shows MIG devices that are there. */
export function capacityAt(
  profile: GpuInstanceProfile,
  placement: Placement,
  most: number,
): Capacity {
  const units = unitsOf(placement).map((unit) => [`memorySlice${unit}`, one] as const)
  return {
    ...capacityOf(profile),
    ...(units.length + figures.length > most ? {} : Object.fromEntries(units)),
  }
}

const one = { value: '1' } as const

/** The most that any profile has of each figure, and each memory unit once. */
export function countersOf({ profiles }: Geometry): Counters {
  const units = Math.max(
    ...profiles.flatMap(({ placements }) => placements.map(({ start, size }) => start + size)),
  )
  return {
    ...nonZero(({ of }) => Math.max(...profiles.map(of))),
    ...unitCounters({ start: 0, size: units }),
  }
}

/** What an instance takes of them. */
export function consumptionOf(profile: GpuInstanceProfile): Counters {
  return nonZero(({ of }) => of(profile))
}

export function unitCounters(placement: Placement): Counters {
  return Object.fromEntries(unitsOf(placement).map((unit) => [`memory-slice-${unit}`, one]))
}

/** Counters of zero are left out: no device would take from them. */
function nonZero(value: (figure: Figure) => number): Counters {
  return Object.fromEntries(
    figures
      .filter((figure) => value(figure) > 0)
      .map((figure) => [figure.names[1], { value: figure.write(value(figure)) }]),
  )
}

function unitsOf({ start, size }: Placement): readonly number[] {
  return Array.from({ length: size }, (_, index) => start + index)
}
