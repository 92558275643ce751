// A process without rights sees MIG devices and no instances. What it concludes is held against the whole state.

import { describe, expect, test } from 'vitest'
import { compareGpu } from '../../../lib/config/compare/compare.js'
import { listPlacedDevices, seenDevice } from '../../../lib/model/state.js'
import type { WantedGpu } from '../../../lib/model/wanted.js'
import { planMachine } from '../../../lib/plan/plan-machine.js'
import type {
  AnyGpuState,
  GpuProcess,
  GpuState,
  ListedMigState,
  MigState,
  UnlistedGpuState,
} from '../../../types/model/state.js'
import { want } from '../../support/devices.js'
import { a100, machineOf, wantedOf } from '../../support/planning.js'
import fc from '../../support/property.js'
import { stateOf } from '../../support/state.js'

/** What a process sees that may not list instances; `hidden`: how many of the last devices are another's. */
function unlist(gpu: GpuState, hidden = 0, seesAllDevices = hidden === 0): UnlistedGpuState {
  const devices = listPlacedDevices(gpu).map(seenDevice)
  return {
    ...gpu,
    gpuInstances: null,
    migDevices: devices.slice(0, devices.length - hidden),
    seesAllDevices,
    lacks: 'mig/config',
  }
}

function verdicts(
  instances: readonly string[],
  fields: Partial<WantedGpu>,
  seen: { readonly hidden?: number; readonly seesAllDevices?: boolean } = {},
  processes: readonly GpuProcess[] = [],
) {
  const state: ListedMigState = stateOf([{ key: 'a100-40gb', instances }])
  const [gpu] = state.gpus
  if (gpu === undefined) throw new Error('no GPU')
  const unlisted: AnyGpuState = unlist(gpu, seen.hidden, seen.seesAllDevices)
  const wanted = wantedOf(gpu, fields)
  return {
    listed: compareGpu(wanted, state, processes),
    seen: compareGpu(
      { ...wanted, gpu: unlisted },
      { ...state, gpus: [unlisted] } as MigState,
      processes,
    ),
  }
}

const layouts: readonly (readonly string[])[] = [
  [],
  ['7g.40gb@0'],
  ['3g.20gb@0', '3g.20gb@4'],
  ['3g.20gb@0', '2g.10gb@4', '1g.5gb@6'],
  ['4g.20gb@0', '2g.10gb@4'],
  ['3g.20gb@4:', '1g.5gb@0', '1g.5gb@1'],
  ['3g.20gb@4:2c,1c', '2g.10gb@0'],
  ['1g.5gb@0', '1g.5gb@1', '1g.5gb@2', '1g.5gb@3', '1g.5gb@4', '1g.5gb@5', '1g.5gb@6'],
]

const counts = fc.record({
  '1g.5gb': fc.constantFrom(0, 0, 1, 2, 7),
  '2g.10gb': fc.constantFrom(0, 0, 1),
  '3g.20gb': fc.constantFrom(0, 0, 1, 2),
  '7g.40gb': fc.constantFrom(0, 0, 0, 1),
})
const wantedDevices = counts.map((all) =>
  want(a100, Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0))),
)
const questions = fc.record({
  instances: fc.constantFrom(...layouts),
  wanted: wantedDevices,
  atLeast: fc.boolean(),
  hidden: fc.constantFrom(0, 0, 1, 2),
})

describe('what a process sees that may not list instances', () => {
  test('what an unprivileged process sees never contradicts the whole state, and decides where all devices fill the GPU', () => {
    let same = 0
    let differs = 0
    fc.assert(
      fc.property(questions, ({ instances, wanted, atLeast, hidden }) => {
        const { listed, seen } = verdicts(
          instances,
          { wanted, ...(atLeast ? { atLeast: true } : {}) },
          { hidden: Math.min(hidden, instances.length) },
        )
        if (seen === null) return
        expect(seen.length > 0, `${listed} and ${seen}`).toBe(listed.length > 0)
        if (seen.length === 0) same++
        else differs++
      }),
      { numRuns: 400 },
    )
    expect(same).toBeGreaterThan(0)
    expect(differs).toBeGreaterThan(0)
  })

  test.each(
    layouts
      .filter((instances) => !instances.some((each) => each.endsWith(':')))
      .map((instances) => ({ instances })),
  )(
    'to an unprivileged process that sees all devices, a size too many or too few is a difference: $instances',
    ({ instances }) => {
      const state = stateOf([{ key: 'a100-40gb', instances }])
      const sizes: Record<string, number> = {}
      for (const device of state.gpus.flatMap(listPlacedDevices).map(seenDevice))
        sizes[device.name] = (sizes[device.name] ?? 0) + 1
      const exact = want(a100, sizes)
      const more = want(a100, { ...sizes, '1g.5gb': (sizes['1g.5gb'] ?? 0) + 1 })
      const differing = (wanted: WantedGpu['wanted'], atLeast: boolean) =>
        verdicts(instances, { wanted, ...(atLeast ? { atLeast: true } : {}) }).seen
      expect(differing(more, false)).toEqual([
        `1g.5gb: ${sizes['1g.5gb'] ?? 0} present, ${(sizes['1g.5gb'] ?? 0) + 1} wanted`,
      ])
      expect(differing(more, true)).toEqual(differing(more, false))
      expect(differing(exact.slice(1), false)?.length).toBe(exact.length > 0 ? 1 : undefined)
    },
  )

  test('to an unprivileged process, a GPU is as wanted only where nothing more fits, because bare instances are not seen', () => {
    const full = want(a100, { '3g.20gb': 2 })
    expect(verdicts(['3g.20gb@0', '3g.20gb@4'], { wanted: full }).seen).toEqual([])
    const part = want(a100, { '3g.20gb': 1 })
    expect(verdicts(['3g.20gb@4'], { wanted: part }).seen).toBeNull()
    const seven = want(a100, { '7g.40gb': 1 })
    expect(verdicts(['7g.40gb@0'], { wanted: seven }).seen).toEqual([])
    expect(verdicts(['7g.40gb@0'], { wanted: seven }, { seesAllDevices: false }).seen).toBeNull()
  })

  test('to an unprivileged process, fewer than wanted differ only where none is hidden, and more than wanted always', () => {
    const two = want(a100, { '2g.10gb': 2 })
    const instances = ['2g.10gb@0', '2g.10gb@2'] as const
    const missing = '2g.10gb: 1 present, 2 wanted'
    expect(verdicts(['2g.10gb@0'], { wanted: two }).seen).toEqual([missing])
    expect(verdicts(instances, { wanted: two }, { hidden: 1 }).seen).toBeNull()
    const one = want(a100, { '2g.10gb': 1 })
    const surplus = '2g.10gb: 2 present, 1 wanted'
    expect(verdicts(instances, { wanted: one }).seen).toEqual([surplus])
    expect(verdicts(instances, { wanted: one }, { seesAllDevices: false }).seen).toEqual([surplus])
    expect(verdicts(instances, { wanted: one, atLeast: true }).seen).toBeNull()
    expect(
      verdicts(['3g.20gb@0', '3g.20gb@4'], { wanted: want(a100, { '3g.20gb': 1 }), atLeast: true })
        .seen,
    ).toEqual([])
  })

  test('to an unprivileged process, with keep: busy, a device too many may be in use by a process that is not seen', () => {
    const one = want(a100, { '2g.10gb': 1 })
    const instances = ['2g.10gb@0', '2g.10gb@2'] as const
    expect(verdicts(instances, { wanted: one, keep: 'busy' }).seen).toBeNull()
    expect(verdicts(instances, { wanted: one, keep: 'all' }).seen).toBeNull()
    expect(verdicts(instances, { wanted: one, keep: [] }).seen).toHaveLength(1)
  })

  test('to an unprivileged process, exact places are never certain, but their sizes may differ', () => {
    const { gpus } = stateOf([{ key: 'a100-40gb', instances: [] }])
    const [gpu] = gpus
    if (gpu === undefined) throw new Error('no GPU')
    const plan = planMachine(
      machineOf({ gpus: [wantedOf(gpu, { wanted: want(a100, { '3g.20gb': 2 }) })] }),
    )
    const placements = plan.gpus[0]?.target.gpuInstances ?? []
    expect(placements).toHaveLength(2)
    expect(verdicts(['3g.20gb@0', '3g.20gb@4'], { placements }).seen).toBeNull()
    expect(verdicts(['3g.20gb@0'], { placements }).seen).toEqual(['3g.20gb: 1 present, 2 wanted'])
  })

  test('to an unprivileged process, a mode that differs is a difference, beside what else differs', () => {
    const off = 'MIG is on; wanted off'
    const one = want(a100, { '2g.10gb': 1 })
    expect(verdicts(['7g.40gb@0'], { migEnabled: false }).seen).toEqual([
      off,
      '7g.40gb: 1 present, 0 wanted',
    ])
    expect(verdicts(['2g.10gb@0'], { migEnabled: false, wanted: one }).seen).toEqual([off])
  })
})
