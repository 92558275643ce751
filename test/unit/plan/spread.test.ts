import { describe, expect, test } from 'vitest'
import type { WantedMachine, WantedSpread } from '../../../lib/model/wanted.js'
import { disturbanceOf } from '../../../lib/plan/gpu/disturbance.js'
import { planMachine } from '../../../lib/plan/plan-machine.js'
import type { GpuProcess, GpuState } from '../../../types/model/state.js'
import { cheapestSpread } from '../../support/cheapest-spread.js'
import { want } from '../../support/devices.js'
import { migErrorOf } from '../../support/errors.js'
import { machineOf, wantedOf } from '../../support/planning.js'
import fc from '../../support/property.js'
import { type GpuSpec, stateOf } from '../../support/state.js'

function spreadOver(
  gpus: readonly GpuState[],
  devices: Readonly<Record<string, number>>,
  count: number | null = null,
): WantedSpread {
  const names = Object.keys(devices)
  return {
    kind: 'spread',
    entry: 0,
    count,
    sizes: names.map((name) => ({ name, count: devices[name] ?? 0 })),
    gpus: gpus.map((gpu) => ({
      gpu: wantedOf(gpu),
      sizes: names.map((name) => {
        const has = gpu.geometry?.profiles.some((profile) => name.endsWith(profile.name))
        return has && gpu.geometry !== null ? (want(gpu.geometry, { [name]: 1 })[0] ?? null) : null
      }),
    })),
  }
}

const machineWith = (...groups: readonly WantedSpread[]): WantedMachine =>
  machineOf({ config: 'x', groups })

/** What each GPU has afterwards, by the names of its devices. */
function devicesOf(machine: WantedMachine): Record<number, string> {
  return Object.fromEntries(
    planMachine(machine).gpus.map(({ gpuIndex, target }) => [
      gpuIndex,
      target.gpuInstances
        .flatMap(({ computeInstances }) => computeInstances.map(({ name }) => name))
        .sort()
        .join(' '),
    ]),
  )
}

function totals(machine: WantedMachine): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const name of Object.values(devicesOf(machine)).flatMap((text) => text.split(' ')))
    if (name !== '') sums[name] = (sums[name] ?? 0) + 1
  return sums
}

const on = { key: 'a100-40gb', instances: [] } as const
const eight = stateOf([{ ...on, count: 8 }]).gpus

describe('devices spread over a set of GPUs', () => {
  test('a spread of 16, 8 and 8 devices fills eight GPUs exactly', () => {
    const wanted = { '1g.5gb': 16, '2g.10gb': 8, '3g.20gb': 8 }
    const machine = machineWith(spreadOver(eight, wanted))
    expect(totals(machine)).toEqual(wanted)
  })

  test('a spread keeps devices that exist, on whichever GPU they are', () => {
    const { gpus } = stateOf([
      { key: 'a100-40gb', instances: ['3g.20gb@4', '1g.5gb@0'] },
      { key: 'a100-40gb', instances: ['2g.10gb@0', '2g.10gb@2'] },
      { ...on },
    ])
    const machine = machineWith(spreadOver(gpus, { '3g.20gb': 2, '2g.10gb': 3, '1g.5gb': 1 }))
    const steps = planMachine(machine).gpus.flatMap((gpu) => gpu.steps)
    expect(steps.filter(({ kind }) => kind.startsWith('destroy'))).toEqual([])
    expect(steps.filter(({ kind }) => kind === 'create-gpu-instance')).toHaveLength(2)
  })

  test('a spread puts devices where no wanted device has to move', () => {
    const { gpus } = stateOf([
      { key: 'a100-40gb', instances: ['1g.5gb@3'] },
      { key: 'a100-40gb', instances: ['1g.5gb@4'] },
    ])
    expect(devicesOf(machineWith(spreadOver(gpus, { '1g.5gb': 2, '4g.20gb': 1 })))).toEqual({
      0: '1g.5gb',
      1: '1g.5gb 4g.20gb',
    })
  })

  test('a spread uses GPUs of several models, each for the sizes that it has', () => {
    const { gpus } = stateOf([{ key: 'a30-24gb', instances: [] }, { ...on }])
    expect(devicesOf(machineWith(spreadOver(gpus, { '1g.5gb': 7, '1g.6gb': 4 })))).toEqual({
      0: '1g.6gb 1g.6gb 1g.6gb 1g.6gb',
      1: '1g.5gb 1g.5gb 1g.5gb 1g.5gb 1g.5gb 1g.5gb 1g.5gb',
    })
  })

  test('a spread with count leaves the other GPUs alone', () => {
    const { gpus } = stateOf([
      { key: 'a100-40gb', instances: ['7g.40gb@0'] },
      { ...on, count: 2 },
    ])
    expect(devicesOf(machineWith(spreadOver(gpus, { '3g.20gb': 3 }, 2)))).toEqual({
      1: '3g.20gb 3g.20gb',
      2: '3g.20gb',
    })
  })
})

describe('a spread that does not fit', () => {
  test.each([
    // The largest count of a document: the time for the answer must not grow with it.
    [{ '3g.20gb': Number.MAX_SAFE_INTEGER }, /can have 16 × 3g\.20gb, and 9007199254740991 are/],
    [{ '3g.20gb': 17 }, /can have 16 × 3g\.20gb, and 17 are wanted; 16 × 3g\.20gb would fit/],
    [{ '1g.5gb': 1, '3g.20gb': 8, '4g.20gb': 9 }, /can have 8 × 4g\.20gb, and 9 are wanted/],
    [
      { '1g.5gb': 3, '7g.40gb': 7, '3g.20gb': 3 },
      /cannot have 7 × 7g\.40gb, 3 × 3g\.20gb together/,
    ],
  ])('a spread that does not fit is refused with its smallest part: %o', (wanted, message) => {
    const error = migErrorOf(() => planMachine(machineWith(spreadOver(eight, wanted))))
    expect(error.code).toBe('MIG_PARTITION_INFEASIBLE')
    expect(error.issues?.[0]?.path).toEqual(['mig-configs', 'x', 0, 'total-mig-devices'])
    expect(error.message).toMatch(message)
  })

  test.each([
    // It would fit on eight GPUs.
    [
      1,
      { '3g.20gb': 3 },
      /: 1 of GPU 0-7 .* can have 2 × 3g\.20gb, and 3 are wanted; 2 × 3g\.20gb would/,
    ],
    [
      2,
      { '7g.40gb': 2, '1g.5gb': 1 },
      /: 2 of GPU 0-7 .* cannot have 2 × 7g\.40gb, 1 × 1g\.5gb together/,
    ],
    // The devices would fit on fewer GPUs, but there are not nine.
    [9, { '3g.20gb': 9 }, /: they are wanted on 9 GPUs, of GPU 0-7 \(NVIDIA A100-SXM4-40GB, /],
  ])(
    'the error for a spread on %i of eight GPUs speaks of that number: %o',
    (count, wanted, message) => {
      const error = migErrorOf(() => planMachine(machineWith(spreadOver(eight, wanted, count))))
      expect(error.code).toBe('MIG_PARTITION_INFEASIBLE')
      expect(error.message).toMatch(message)
    },
  )

  test('a spread is refused with the process that is in the way', () => {
    const { gpus } = stateOf([{ key: 'a100-40gb', instances: ['1g.5gb@0'] }])
    const user: GpuProcess = {
      pid: 7,
      command: 'train',
      kind: 'compute',
      usedMemoryMiB: 1,
      gpuInstanceId: gpus[0]?.gpuInstances[0]?.id ?? -1,
      computeInstanceId: 0,
    }
    const uuid = gpus[0]?.uuid ?? 'GPU-'
    const error = migErrorOf(() =>
      planMachine(machineWith(spreadOver(gpus, { '3g.20gb': 1 })), new Map([[uuid, [user]]])),
    )
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toContain('train')
  })
})

// The oracle tries every distribution; small GPUs keep that possible.
const layouts: readonly (readonly string[])[] = [
  [],
  ['4g.24gb@0'],
  ['2g.12gb@0'],
  ['2g.12gb@2', '1g.6gb@0'],
  ['1g.6gb@1', '1g.6gb@2'],
  ['1g.6gb@0', '1g.6gb@1', '1g.6gb@2', '1g.6gb@3'],
  ['2g.12gb@0:1c,1c'],
]
const a30 = fc
  .oneof(
    fc.constantFrom(...layouts).map((instances): GpuSpec => ({ key: 'a30-24gb', instances })),
    fc.constant<GpuSpec>({ key: 'a30-24gb', migEnabled: false }),
  )
  .map((spec) => spec)
const sizes = ['1g.6gb', '2g.12gb', '1c.2g.12gb'] as const

test('a spread costs as little as the cheapest of all distributions', () => {
  const request = fc.tuple(...sizes.map(() => fc.integer({ min: 0, max: 4 })))
  fc.assert(
    fc.property(fc.array(a30, { minLength: 1, maxLength: 3 }), request, (specs, counts) => {
      const { gpus } = stateOf(specs)
      const wanted = Object.fromEntries(
        sizes.flatMap((name, size) => ((counts[size] ?? 0) > 0 ? [[name, counts[size] ?? 0]] : [])),
      )
      const spread = spreadOver(gpus, wanted)
      const best = cheapestSpread(spread)
      if (best === Number.POSITIVE_INFINITY) {
        expect(migErrorOf(() => planMachine(machineWith(spread))).code).toBe(
          'MIG_PARTITION_INFEASIBLE',
        )
      } else {
        const { gpus: plans } = planMachine(machineWith(spread))
        expect(plans.reduce((sum, plan) => sum + disturbanceOf(plan), 0)).toBe(best)
      }
    }),
    { numRuns: 40 },
  )
})

test('the error for a spread names a smallest part that does not fit, and what would', () => {
  const names = ['1g.5gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb'] as const
  const request = fc.tuple(...names.map(() => fc.integer({ min: 0, max: 5 })))
  const spec = fc.constantFrom<GpuSpec>(on, { key: 'a100-40gb', migEnabled: false })
  const read = (text: string): readonly (readonly [string, number])[] =>
    [...text.matchAll(/(\d+) × (\dg\.\d+gb)/g)].map(([, count, name]) => [
      name ?? '',
      Number(count),
    ])
  let refused = 0
  fc.assert(
    fc.property(fc.array(spec, { minLength: 1, maxLength: 3 }), request, (specs, counts) => {
      const { gpus } = stateOf(specs)
      const wanted = Object.fromEntries(names.map((name, size) => [name, counts[size] ?? 0]))
      const accepts = (devices: Readonly<Record<string, number>>): boolean => {
        try {
          planMachine(machineWith(spreadOver(gpus, devices)))
          return true
        } catch {
          return false
        }
      }
      if (accepts(wanted)) return
      refused++
      const { message } = migErrorOf(() => planMachine(machineWith(spreadOver(gpus, wanted))))
      const [conflictText = '', fittingText = ''] = message.split(/; (?=\d+ × |nothing)/)
      const isOne = conflictText.includes(' can have ')
      const conflict = read(conflictText).map(
        ([name, count]) => [name, count + (isOne ? 1 : 0)] as const,
      )
      // It does not fit, and without any one device of it, it does.
      expect(accepts(Object.fromEntries(conflict)), message).toBe(false)
      for (const [name, count] of conflict) {
        expect(accepts({ ...Object.fromEntries(conflict), [name]: count - 1 }), message).toBe(true)
        expect(count).toBeLessThanOrEqual(wanted[name] ?? 0)
      }
      if (isOne) expect(message).toContain(`, and ${wanted[conflict[0]?.[0] ?? '']} are wanted`)
      // At most two sizes wherever two alone do not fit.
      const pairs = names.flatMap((a) => names.map((b) => [a, b] as const))
      const size = Math.min(
        names.length,
        ...pairs.flatMap(([a, b]) =>
          accepts({ [a]: wanted[a] ?? 0, [b]: wanted[b] ?? 0 }) ? [] : [a === b ? 1 : 2],
        ),
      )
      if (size <= 2) expect(conflict.length, message).toBe(size)
      // What would fit does, and nothing more of what is wanted does beside it.
      const fitting: Readonly<Record<string, number>> = Object.fromEntries(read(fittingText))
      expect(accepts(fitting), message).toBe(true)
      for (const name of names) {
        const more = (fitting[name] ?? 0) + 1
        if (more <= (wanted[name] ?? 0))
          expect(accepts({ ...fitting, [name]: more }), `${message} and one ${name}`).toBe(false)
      }
    }),
    { numRuns: 60 },
  )
  expect(refused).toBeGreaterThan(10)
})
