import { describe, expect, inject, test } from 'vitest'
import type { MigConfigEntry } from '../../types/config/config.js'
import { createHost, type Host } from './host.js'
import { configFile, runParted } from './mig-parted.js'
import { isMissing } from './peer.js'

/** NVML calls of one run of mig-parted v0.15.0, counted on another stand-in than this simulator. */
interface Calls {
  readonly total: number
  readonly init: number
  /** Asked for, the refused ones included. */
  readonly createGpuInstance: number
  readonly createComputeInstance: number
  readonly destroyGpuInstance: number
  readonly destroyComputeInstance: number
  readonly gpuInstanceProfile: number
  readonly computeInstanceProfile: number
  readonly listGpuInstances: number
  readonly listComputeInstances: number
}

const on = (devices: Readonly<Record<string, number>>): readonly MigConfigEntry[] => [
  { devices: 'all', 'mig-enabled': true, 'mig-devices': devices },
]
const off: readonly MigConfigEntry[] = [{ devices: 'all', 'mig-enabled': false }]
const sevenSmall = on({ '1g.5gb': 7 })
const balanced = on({ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 })

function apply(entries: readonly MigConfigEntry[], label = 'wanted') {
  return (host: Host) => runParted(host, 'apply', ...configFile(host, label, entries))
}

describe.skipIf(isMissing('nvidia-mig-parted') || !inject('mounts'))(
  'mig-parted makes the calls that it is known to make',
  () => {
    async function count(
      spec: string,
      before: readonly ((host: Host) => ReturnType<typeof runParted>)[],
      measured: (host: Host) => ReturnType<typeof runParted>,
      status = 0,
    ): Promise<Calls> {
      using host = await createHost(spec)
      for (const step of before) expect(await step(host)).toMatchObject({ status: 0 })
      host.machine.resetCallCounts()
      expect(await measured(host)).toMatchObject({ status })
      const { total, changing, byFunction: by } = host.machine.callCounts()
      const of = (fn: string): number => by[fn] ?? 0
      const calls = {
        total,
        init: of('nvmlInit_v2'),
        createGpuInstance: of('nvmlDeviceCreateGpuInstance') + placed(by),
        createComputeInstance: of('nvmlGpuInstanceCreateComputeInstance'),
        destroyGpuInstance: of('nvmlGpuInstanceDestroy'),
        destroyComputeInstance: of('nvmlComputeInstanceDestroy'),
        gpuInstanceProfile: of('nvmlDeviceGetGpuInstanceProfileInfo'),
        computeInstanceProfile: of('nvmlGpuInstanceGetComputeInstanceProfileInfo'),
        listGpuInstances: of('nvmlDeviceGetGpuInstances'),
        listComputeInstances: of('nvmlGpuInstanceGetComputeInstances'),
      }
      expect(of('nvmlShutdown')).toBe(calls.init)
      expect(changing).toBe(
        calls.createGpuInstance +
          calls.createComputeInstance +
          calls.destroyGpuInstance +
          calls.destroyComputeInstance +
          of('nvmlDeviceSetMigMode'),
      )
      return calls
    }

    test.each([
      ['7 × 1g on an empty GPU', [], apply(sevenSmall), calls(207, 8, 7, 13, 0, 0, 97, 13, 21, 0)],
      [
        '7 × 1g to balanced',
        [apply(sevenSmall)],
        apply(balanced),
        calls(540, 11, 4, 5, 7, 7, 130, 257, 35, 28),
      ],
      [
        '7 × 1g again',
        [apply(sevenSmall)],
        apply(sevenSmall),
        calls(122, 5, 0, 0, 0, 0, 18, 63, 7, 7),
      ],
      [
        'balanced again',
        [apply(balanced)],
        apply(balanced),
        calls(95, 5, 0, 0, 0, 0, 18, 36, 7, 7),
      ],
      [
        'balanced to 7 × 1g',
        [apply(balanced)],
        apply(sevenSmall),
        calls(448, 11, 7, 13, 4, 4, 133, 157, 35, 28),
      ],
      [
        'balanced to MIG off',
        [apply(balanced)],
        apply(off),
        calls(119, 8, 0, 0, 4, 4, 18, 36, 7, 7),
      ],
      [
        'checkpoint of balanced',
        [apply(balanced)],
        (host: Host) => runParted(host, 'checkpoint', '-f', `${host.folder}/checkpoint.json`),
        calls(83, 2, 0, 0, 0, 0, 18, 36, 7, 7),
      ],
      [
        'export of 7 × 1g',
        [apply(sevenSmall)],
        (host: Host) => runParted(host, 'export'),
        calls(109, 2, 0, 0, 0, 0, 18, 63, 7, 7),
      ],
      [
        'restore of balanced over 7 × 1g',
        [
          apply(balanced),
          (host: Host) => runParted(host, 'checkpoint', '-f', `${host.folder}/checkpoint.json`),
          apply(sevenSmall),
        ],
        (host: Host) => runParted(host, 'restore', '-f', `${host.folder}/checkpoint.json`),
        calls(353, 3, 4, 4, 7, 7, 58, 193, 21, 21),
      ],
    ])('%s', async (_what, before, measured, expected) => {
      expect(await count('A100-SXM4-40GB +mig', before, measured)).toEqual(expected)
    })

    test.each([
      ['MIG off to 7 × 1g', apply(sevenSmall), calls(224, 11, 7, 13, 0, 0, 97, 13, 21, 0)],
      ['MIG off to on', apply(on({})), calls(69, 8, 0, 0, 0, 0, 18, 0, 7, 0)],
    ])('%s', async (_what, measured, expected) => {
      expect(await count('A100-SXM4-40GB', [], measured)).toEqual(expected)
    })

    test('mig-parted rebuilds all GPUs each time if one of the machine has no MIG', async () => {
      expect(
        await count('A100-SXM4-40GB +mig, Tesla T4', [apply(sevenSmall)], apply(sevenSmall)),
      ).toEqual(calls(354, 11, 7, 13, 7, 7, 115, 76, 28, 7))
    })

    // What cannot fit is tried in every order, so that these depend on where the driver puts what.
    test.each([
      ['8 × 1g', [], { '1g.5gb': 8 }, 8, 322],
      ['4 × 1g, 2 × 2g over 7 × 1g', [apply(sevenSmall)], { '1g.5gb': 4, '2g.10gb': 2 }, 90, 3814],
      ['7 × 1g, 3 × 2g', [], { '1g.5gb': 7, '2g.10gb': 3 }, 751, 28149],
      [
        '3 × 1g, 1g+me, 2 × 2g, 3g',
        [],
        { '1g.5gb': 3, '1g.5gb+me': 1, '2g.10gb': 2, '3g.20gb': 1 },
        2060,
        83031,
      ],
    ])('in vain: %s', async (_what, before, devices, creates, total) => {
      const found = await count('A100-SXM4-40GB +mig', before, apply(on(devices)), 1)
      expect({ creates: found.createGpuInstance, total: found.total }).toEqual({ creates, total })
    })
  },
)

function calls(
  ...[total, init, createGpuInstance, createComputeInstance, ...rest]: readonly number[]
): Calls {
  const [destroyGpuInstance, destroyComputeInstance, ...reads] = rest
  const [gpuInstanceProfile, computeInstanceProfile, listGpuInstances, listComputeInstances] = reads
  return {
    total,
    init,
    createGpuInstance,
    createComputeInstance,
    destroyGpuInstance,
    destroyComputeInstance,
    gpuInstanceProfile,
    computeInstanceProfile,
    listGpuInstances,
    listComputeInstances,
  } as Calls
}

function placed(by: Readonly<Record<string, number>>): number {
  return by['nvmlDeviceCreateGpuInstanceWithPlacement'] ?? 0
}
