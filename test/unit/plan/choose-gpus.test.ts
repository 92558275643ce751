import { describe, expect, test } from 'vitest'
import type { WantedChoice } from '../../../lib/model/wanted.js'
import { planMachine } from '../../../lib/plan/plan-machine.js'
import type { GpuProcess, GpuState, GpuUuid } from '../../../types/model/state.js'
import { want } from '../../support/devices.js'
import { migErrorOf } from '../../support/errors.js'
import { machineOf, wantedOf } from '../../support/planning.js'
import { stateOf } from '../../support/state.js'

type Devices = Readonly<Record<string, number>> | 'off'

function choice(
  entry: number,
  count: number | null,
  gpus: readonly GpuState[],
  devices: Devices,
): WantedChoice {
  return {
    kind: 'choice',
    entry,
    count,
    gpus: gpus.map((gpu) =>
      wantedOf(gpu, {
        entry,
        migEnabled: devices !== 'off',
        wanted: devices === 'off' ? [] : want(gpu.geometry ?? { profiles: [] }, devices),
      }),
    ),
  }
}

/** Which GPU belongs to which entry. */
function chosen(
  groups: readonly WantedChoice[],
  processes?: ReadonlyMap<GpuUuid, readonly GpuProcess[]>,
): Record<number, number> {
  const machine = machineOf({ config: 'x', groups })
  return Object.fromEntries(
    planMachine(machine, processes).gpus.map(({ gpuIndex, entry }) => [gpuIndex, entry]),
  )
}

const { gpus } = stateOf([
  { key: 'a100-40gb', instances: ['3g.20gb@0', '3g.20gb@4'] },
  { key: 'a100-40gb', migEnabled: false },
  { key: 'a100-40gb', instances: [] },
  { key: 'a100-40gb', instances: ['7g.40gb@0'] },
])
const seven = { '7g.40gb': 1 }

describe('an entry with count', () => {
  test('an entry with count takes GPUs that are as wanted, then empty ones, then those with MIG off', () => {
    expect(chosen([choice(0, 1, gpus, seven)])).toEqual({ 3: 0 })
    expect(chosen([choice(0, 2, gpus, seven)])).toEqual({ 2: 0, 3: 0 })
    expect(chosen([choice(0, 3, gpus, seven)])).toEqual({ 1: 0, 2: 0, 3: 0 })
  })

  test('an entry with count takes the first of equal GPUs', () => {
    const alike = stateOf([{ key: 'a100-40gb', count: 4 }]).gpus
    expect(chosen([choice(0, 2, alike, seven)])).toEqual({ 0: 0, 1: 0 })
  })

  test('an entry with count avoids GPUs in use as long as there are others', () => {
    const [first, second, ...rest] = stateOf([
      { key: 'a100-40gb', instances: ['1g.5gb@0'], count: 3 },
    ]).gpus
    if (first === undefined || second === undefined) throw new Error('no GPU')
    const user = {
      pid: 1,
      command: 'train',
      kind: 'compute',
      usedMemoryMiB: null,
      gpuInstanceId: first.gpuInstances[0]?.id ?? null,
      computeInstanceId: 0,
    } as GpuProcess
    const users = new Map([[first.uuid, [user]]])
    const all = [first, second, ...rest]
    expect(chosen([choice(0, 2, all, seven)], users)).toEqual({ 1: 0, 2: 0 })
    expect(migErrorOf(() => chosen([choice(0, 3, all, seven)], users)).code).toBe('MIG_IN_USE')
  })

  test('several entries with count share the GPUs so that the least changes on the whole', () => {
    // Each entry alone would choose GPU 3 or the empty GPU.
    expect(
      chosen([
        choice(0, 1, gpus, seven),
        choice(1, 1, gpus, { '3g.20gb': 2 }),
        choice(2, 1, gpus, 'off'),
      ]),
    ).toEqual({ 3: 0, 0: 1, 1: 2 })
  })

  test('an entry with count leaves to others the GPU on which they cost the least', () => {
    const sevens = [0, 1, 2, 3, 4, 5, 6].map((start) => `1g.5gb@${start}`)
    const two = stateOf([
      { key: 'a100-40gb', instances: [] },
      { key: 'a100-40gb', instances: sevens },
    ]).gpus
    const four = { '1g.5gb': 4 }
    expect(chosen([choice(0, 1, two, four)])).toEqual({ 0: 0 })
    // This loses three devices instead of seven.
    expect(chosen([choice(0, 1, two, four), choice(1, null, two, seven)])).toEqual({ 0: 1, 1: 0 })
  })

  test('entries with count are refused if there are not enough GPUs for all', () => {
    const two = gpus.slice(0, 2)
    const error = migErrorOf(() => chosen([choice(0, 1, two, seven), choice(1, 2, two, 'off')]))
    expect(error.code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
    expect(error.message).toContain('1 in entry 0, 2 in entry 1, of GPU 0, 1')
  })
})
