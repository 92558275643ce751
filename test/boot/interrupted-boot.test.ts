// The service when it is cut short: by a power cut, a kill, or an apply before it that was.
import { describe, expect, inject, test, vi } from 'vitest'
import { type Box, createBox, patience } from './box.js'
import { installService, service, showService } from './service.js'

const up = { kind: 'up', state: 'running' }
const balanced = { MIG_PARTED_SELECTED_CONFIG: 'all-balanced' }
const forever = 3_600_000

const instancesOf = ({ machine }: Box): number =>
  machine.describe().gpus.reduce((sum, { gpuInstances }) => sum + gpuInstances.length, 0)
const computeInstancesOf = ({ machine }: Box): number =>
  machine
    .describe()
    .gpus.flatMap(({ gpuInstances }) => gpuInstances)
    .reduce((sum, { computeInstances }) => sum + computeInstances.length, 0)

/** A call of the driver that does not return, and what can be seen of the machine then. */
const points: readonly [string, { fn: string; nth: number }, (box: Box) => boolean][] = [
  [
    'before the first change',
    { fn: 'nvmlDeviceSetMigMode', nth: 1 },
    (box) => (box.machine.callCounts().byFunction['nvmlDeviceSetMigMode'] ?? 0) > 0,
  ],
  [
    'between the modes of two GPUs',
    { fn: 'nvmlDeviceSetMigMode', nth: 2 },
    ({ machine }) => machine.describe().gpus.some(({ mig }) => mig?.enabled),
  ],
  [
    'after the first instance',
    { fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', nth: 2 },
    (box) => instancesOf(box) === 1,
  ],
  [
    'before the last device',
    { fn: 'nvmlGpuInstanceCreateComputeInstance', nth: 8 },
    (box) => computeInstancesOf(box) === 7,
  ],
]

/** A boot that stands at a call. */
async function bootUntil(
  fault: { fn: string; nth: number },
  isReached: (box: Box) => boolean,
): Promise<Box> {
  const box = createBox({ spec: '2x A100-SXM4-40GB' })
  await installService(box, balanced)
  box.machine.resetCallCounts()
  box.machine.fail({ ...fault, hangMs: forever })
  box.start()
  await vi.waitFor(() => expect(isReached(box)).toBe(true), patience)
  return box
}

const layoutOf = ({ machine }: Box): unknown =>
  machine
    .describe()
    .gpus.map(({ mig, gpuInstances }) => [
      mig?.enabled,
      gpuInstances.map(({ profileName }) => profileName).sort(),
      gpuInstances.every(({ computeInstances }) => computeInstances.length === 1),
    ])
const devices = ['1g.5gb', '1g.5gb', '2g.10gb', '3g.20gb']
const whole = [
  [true, devices, true],
  [true, devices, true],
]

describe.skipIf(inject('noContainer') !== null)('the service under systemd', () => {
  test.each(points)(
    'after a power cut %s the next boot makes the whole layout',
    async (_, fault, isReached) => {
      const box = await bootUntil(fault, isReached)
      await box.cutPower()
      box.machine.clearFaults()
      expect(await box.boot()).toEqual(up)
      expect(layoutOf(box)).toEqual(whole)
      expect(await box.mig('recover')).toMatchObject({ stdout: 'Nothing to recover.\n' })
    },
  )

  test.each(points)(
    'after a kill %s the next start makes the whole layout',
    async (_, fault, isReached) => {
      const box = await bootUntil(fault, isReached)
      await box.run('systemctl', 'kill', '--signal=KILL', service)
      expect(await box.settled()).toEqual({ kind: 'up', state: 'degraded' })
      expect(await box.stateOf(service)).toBe('failed')
      box.machine.clearFaults()
      const started = await box.run('systemctl', 'start', service)
      expect(started.status, started.stderr).toBe(0)
      expect(layoutOf(box)).toEqual(whole)
      expect(await box.mig('recover')).toMatchObject({ stdout: 'Nothing to recover.\n' })
    },
  )

  test('a stop in the middle of a change takes back what was begun', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB +mig' })
    await installService(box, balanced)
    box.machine.fail({ fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', nth: 3, hangMs: 2000 })
    box.start()
    await vi.waitFor(() => expect(instancesOf(box)).toBe(2), patience)
    await box.run('systemctl', 'stop', service)
    expect(instancesOf(box)).toBe(0)
    expect((await box.mig('recover')).stdout).toBe('Nothing to recover.\n')
  })

  test('the service cleans up after an apply that was killed before it, and says so', async () => {
    const box = createBox({ spec: '2x A100-SXM4-40GB +mig' })
    await installService(box, {})
    expect(await box.boot()).toEqual(up)
    box.machine.fail({ fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', nth: 3, hangMs: forever })
    const applying = box.mig('apply', '--gpu', '1', '1g.5gb=5')
    await vi.waitFor(() => expect(instancesOf(box)).toBe(2), patience)
    await box.run('pkill', '-KILL', '-f', 'mig-nvml/dist/cli/main.js apply')
    await applying
    box.machine.clearFaults()
    box.write('etc/mig-nvml/boot.env', 'MIG_PARTED_SELECTED_CONFIG=all-balanced\n')
    const started = await box.run('systemctl', 'restart', service)
    expect(started.status, started.stderr).toBe(0)
    expect(await showService(box)).toMatchObject({ ActiveState: 'active' })
    expect(layoutOf(box)).toEqual(whole)
    expect(await box.journal(service)).toMatch(/GPU 1.*(undone|as before|back)/)
    expect((await box.mig('recover')).stdout).toBe('Nothing to recover.\n')
  })
})
