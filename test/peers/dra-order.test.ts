// What the scheduler's own allocator refuses of devices that are published in the order of deviceOrder.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  deviceClasses,
  deviceOrder,
  type ResourceSlice,
  resourceClaim,
  resourceSlices,
} from '../../lib/kubernetes.js'
import type { DevicePlace } from '../../types/kubernetes/dra/slices.js'
import type { Geometry } from '../../types/model/geometry.js'
import type { MigState } from '../../types/model/state.js'
import { futuresOf } from '../support/naive-futures.js'
import { countsOf, distinctGpus, layoutOf, type NaiveGpu, spotsOf } from '../support/naive-gpu.js'
import { seeded } from '../support/random.js'
import { stateOf } from '../support/state.js'
import { type DraAllocator, startDraAllocator } from './dra-allocator.js'
import { isMissing } from './peer.js'

type Order = (geometry: Geometry) => readonly DevicePlace[]

describe.skipIf(isMissing('dra-allocator'))("the scheduler's allocator, by published order", () => {
  let allocator: DraAllocator
  beforeAll(() => {
    allocator = startDraAllocator()
  })
  afterAll(() => allocator[Symbol.asyncDispose]())

  /** How many of these sequences of profiles it does not place as a whole, beside what is allocated. */
  async function countRefused(
    slices: readonly ResourceSlice[],
    sequences: readonly (readonly string[])[],
    taken: readonly string[] = [],
  ): Promise<number> {
    const allocated = taken.map((device) => ({ driver: 'gpu.nvidia.com', pool: 'n', device }))
    let refused = 0
    for (const [index, sequence] of sequences.entries()) {
      const pods = sequence.map((profile) => [resourceClaim({ gpu: { profile } }, { name: 'c' })])
      const known = index === 0 ? { slices, classes: deviceClasses([]) } : {}
      const answer = await allocator.ask({ ...known, node: 'n', allocated, pods })
      if (answer.includes(null)) refused += 1
    }
    return refused
  }

  describe('on an empty A100-40GB', () => {
    const publish = (order: Order | null): readonly ResourceSlice[] =>
      resourceSlices(stateOf([{ key: 'a100-40gb', migEnabled: true }]), {
        node: 'n',
        partitions: 'all',
        ...(order === null ? {} : { order }),
      })
    const hami: Order = ({ profiles }) =>
      profiles.flatMap(({ name, placements }) => {
        const places = placements.map(({ start }) => ({ profile: name, start }))
        return /^[13]g/.test(name) ? places.reverse() : places
      })

    const byName = null
    const forThree: Order = (geometry) => deviceOrder(geometry, { requests: 3 }).placements
    const ours: Order = (geometry) => deviceOrder(geometry).placements
    test.each<{ by: string; order: Order | null; most: number; fit: number; refused: number }>([
      { by: 'in the order of names', order: byName, most: 3, fit: 175, refused: 40 },
      { by: 'in the order for three requests', order: forThree, most: 3, fit: 175, refused: 2 },
      { by: 'in the order of names', order: byName, most: 4, fit: 503, refused: 125 },
      { by: "by HAMi's rule", order: hami, most: 4, fit: 503, refused: 82 },
      { by: 'in our order', order: ours, most: 4, fit: 503, refused: 41 },
    ])(
      'it refuses $refused of the $fit sequences of two to $most requests $by',
      async ({ order, most, fit, refused }) => {
        const gpu = distinctGpus.find(({ key }) => key === 'a100-40gb')
        if (gpu === undefined) throw new Error('no A100-40GB')
        const sequences = listSequences(gpu, 0, most).filter(({ length }) => length > 1)
        expect(sequences.length).toBe(fit)
        expect(await countRefused(publish(order), sequences)).toBe(refused)
      },
    )
  })

  test.each(distinctGpus)(
    'on $key it refuses as many sequences as deviceOrder says, from random layouts too',
    async (gpu) => {
      const { geometry } = gpu
      const below = seeded(31)
      for (let round = 0; round < 3; round += 1) {
        const set = round === 0 ? 0 : (gpu.sets[below(gpu.sets.length)] ?? 0)
        const layout = layoutOf(gpu, set)
        const most = round === 0 ? 3 : 4
        const { placements, sequences } = deviceOrder(geometry, { layout, requests: most })
        const slices = resourceSlices(machineOf(geometry), {
          node: 'n',
          partitions: 'all',
          order: () => placements,
        })
        const taken = spotsOf(gpu, set).map(({ profile, start }) =>
          deviceAt(slices, geometry.profiles[profile]?.name ?? '', start),
        )
        const all = listSequences(gpu, set, most)
        expect(sequences.reduce((sum, { fitting }) => sum + fitting, 0)).toBe(all.length)
        const drawn = all.length <= 100 ? all : all.filter(() => below(all.length) < 100)
        const refused = await countRefused(slices, drawn, taken)
        if (drawn.length === all.length) {
          expect(refused).toBe(sequences.reduce((sum, { order }) => sum + order, 0))
        } else {
          expect(refused).toBe(drawn.filter((each) => !isPlaced(gpu, placements, set, each)).length)
        }
      }
    },
  )
})

/** A machine with one empty GPU of a geometry, whether or not the catalog knows enough to simulate the model. */
function machineOf(geometry: Geometry): MigState {
  const state = stateOf([{ key: 'a30-24gb', migEnabled: true }])
  return { ...state, gpus: state.gpus.map((gpu) => ({ ...gpu, geometry })) } as MigState
}

/** Every sequence of profiles, from one on, that fits beside a layout if all instances could move. */
function listSequences(gpu: NaiveGpu, there: number, most: number): readonly (readonly string[])[] {
  const futures = futuresOf(gpu)
  const names = gpu.geometry.profiles.map(({ name }) => name)
  const listed: (readonly string[])[] = []
  const walk = (sequence: readonly string[], counts: readonly number[]): void => {
    if (sequence.length > 0) listed.push(sequence)
    if (sequence.length === most) return
    for (const [profile, name] of names.entries()) {
      const more = counts.with(profile, (counts[profile] ?? 0) + 1)
      if (futures.canAdd(0, more)) walk([...sequence, name], more)
    }
  }
  walk([], countsOf(gpu, there))
  return listed
}

/** Whether each request finds the first free place of its profile. */
function isPlaced(
  gpu: NaiveGpu,
  placements: readonly DevicePlace[],
  there: number,
  sequence: readonly string[],
): boolean {
  const legal = new Set(gpu.sets)
  let set = there
  for (const name of sequence) {
    const bits = placements
      .filter(({ profile }) => profile === name)
      .map(({ start }) => {
        const spot = gpu.spots.findIndex(
          (each) => gpu.geometry.profiles[each.profile]?.name === name && each.start === start,
        )
        return 1 << spot
      })
    const bit = bits.find((each) => (set & each) === 0 && legal.has(set | each))
    if (bit === undefined) return false
    set |= bit
  }
  return true
}

/** The name of the device that is published for a placement. */
function deviceAt(slices: readonly ResourceSlice[], profile: string, start: number): string {
  const name = slices
    .flatMap(({ spec }) => spec.devices ?? [])
    .find(
      (device) =>
        device.name.endsWith(`-${start}`) &&
        JSON.stringify(device.attributes ?? {}).includes(JSON.stringify(profile)),
    )?.name
  if (name === undefined) throw new Error(`no device for ${profile} at ${start}`)
  return name
}
