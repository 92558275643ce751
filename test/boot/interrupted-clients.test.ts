// Clients around an apply that fails, is killed, or loses power.
import { describe, expect, inject, test, vi } from 'vitest'
import { type Box, patience } from './box.js'
import {
  applyWithClients,
  bootHalves,
  bothHalves,
  clientsFile,
  halves,
  layoutOf,
  sevenths,
  workersOf,
} from './halves.js'
import { paths } from './paths.js'

const clients = ['a.service', 'b.service']

/** Events of an apply, and the how-manieth of their kind. */
const points = [
  ['client-stopped', 1],
  ['client-stopped', 2],
  ['planned', 1],
  ['step-done', 1],
  ['step-done', 12],
  ['verified', 1],
  ['client-started', 1],
] as const

/** Begins an apply, and returns the process that stands at the event. */
async function applyUntil(box: Box, event: string, count: number): Promise<string> {
  const ended = box.run(paths.node, `${paths.machine}/apply-until.js`, event, String(count))
  let failure: unknown = null
  void ended.then((run) => {
    failure = run
  })
  return vi.waitFor(async () => {
    if (failure !== null) return Promise.reject(failure)
    const { stdout, status } = await box.run('cat', '/run/reached')
    expect(status).toBe(0)
    return stdout
  }, patience)
}

describe.skipIf(inject('noContainer') !== null)('with units of systemd', () => {
  test('whichever change of the driver fails, the clients run afterwards', async () => {
    const box = await bootHalves(bothHalves)
    box.machine.resetCallCounts()
    expect(await applyWithClients(box, '1g.5gb=7')).toMatchObject({ status: 0 })
    const calls = Object.entries(box.machine.callCounts().byFunction)
    const changing = calls.filter(([name]) => /Create|Destroy/.test(name))
    expect(changing.length).toBeGreaterThan(2)
    await applyWithClients(box, '3g.20gb=2')

    const outcomes = new Set<number | null>()
    const faults = changing.flatMap(([name, count]) => [1, count].map((nth) => ({ name, nth })))
    for (const { name, nth } of [...faults, { name: 'nvmlInit', nth: 1 }]) {
      box.machine.fail({ fn: name.replace(/_v\d+$/, ''), nth, error: 'NVML_ERROR_UNKNOWN' })
      const { status } = await applyWithClients(box, '1g.5gb=7')
      box.machine.clearFaults()
      outcomes.add(status)
      expect([name, nth, workersOf(box)]).toEqual([name, nth, clients])
      const { stdout } = await box.mig('recover')
      expect([name, nth, stdout]).toEqual([name, nth, 'Nothing to recover.\n'])
      if (layoutOf(box).length !== 2) await applyWithClients(box, '3g.20gb=2')
      expect([name, nth, layoutOf(box)]).toEqual([name, nth, halves])
    }
    expect(outcomes).toContain(1)
  })

  test('a failing change and a client that does not start again are both said, and recover starts it', async () => {
    const broken = 'ExecStartPre=/bin/sh -c "! test -e /run/broken"'
    const box = await bootHalves({ ...bothHalves, 'a.service': { slice: 0, service: [broken] } })
    await box.run('touch', '/run/broken')
    for (const fn of ['nvmlGpuInstanceDestroy', 'nvmlGpuInstanceCreateComputeInstance']) {
      box.machine.fail({ fn, error: 'NVML_ERROR_UNKNOWN' })
      const { status, stderr } = await applyWithClients(box, '1g.5gb=7')
      box.machine.clearFaults()
      expect([status, layoutOf(box)]).toEqual([1, halves])
      expect(stderr).toMatch(/NVML_ERROR_UNKNOWN.*a\.service: it was not started again/s)
      expect(workersOf(box)).toEqual(['b.service'])
      await box.run('rm', '/run/broken')
      expect((await box.mig('recover')).stdout).toBe('started the unit a.service\n')
      expect(workersOf(box)).toEqual(clients)
      await box.run('touch', '/run/broken')
    }
  })

  test('wherever an apply is killed, the clients run after a recovery', async () => {
    const box = await bootHalves(bothHalves)
    for (const [event, count] of points) {
      const pid = await applyUntil(box, event, count)
      await box.run('kill', '-9', pid)
      await box.run('rm', '/run/reached')
      const { status, stderr } = await box.mig('recover')
      expect([event, count, status], stderr).toEqual([event, count, 0])
      expect([event, count, workersOf(box)]).toEqual([event, count, clients])
      expect([halves.length, sevenths.length]).toContain(layoutOf(box).length)
      if (layoutOf(box).length !== 2) await applyWithClients(box, '3g.20gb=2')
    }
  })

  test('an apply that is killed while a client is stopping leaves a client that runs after a recovery', async () => {
    const box = await bootHalves({
      'a.service': {
        slice: 0,
        service: ['ExecStop=/bin/sh -c "until test -e /run/end; do :; done"'],
      },
    })
    const { pid, ended } = await stopInTheMiddle(box)
    await box.run('kill', '-9', pid)
    await ended
    const recovering = box.mig('recover')
    await box.run('touch', '/run/end')
    expect(await recovering).toMatchObject({ status: 0, stdout: 'started the unit a.service\n' })
    expect(workersOf(box)).toEqual(['a.service'])
    expect(layoutOf(box)).toEqual(halves)
  })

  test('an apply that a signal ends while a client is stopping starts the client again', async () => {
    const box = await bootHalves({
      'a.service': {
        slice: 0,
        service: ['ExecStop=/bin/sh -c "until test -e /run/end; do :; done"'],
      },
    })
    const { pid, ended } = await stopInTheMiddle(box)
    await box.run('kill', '-TERM', pid)
    await box.run('touch', '/run/end')
    expect((await ended).status).toBe(143)
    expect(workersOf(box)).toEqual(['a.service'])
    expect(layoutOf(box)).toEqual(halves)
  })

  test('a client that takes too long to stop fails the apply, and starts again once it has stopped', async () => {
    const box = await bootHalves({
      ...bothHalves,
      'b.service': {
        slice: 4,
        service: ['ExecStop=/bin/sh -c "until test -e /run/end; do sleep 0.1; done"'],
      },
    })
    const applying = applyWithClients(box, '1g.5gb=7')
    // After half a minute.
    await vi.waitFor(async () => {
      const { stdout } = await box.run('systemctl', 'list-jobs', '--no-legend')
      expect(stdout).toMatch(/b\.service +start/)
    }, patience)
    await box.run('touch', '/run/end')
    const { status, stderr } = await applying
    expect([status, stderr]).toEqual([1, expect.stringContaining('b.service: it did not stop')])
    expect(workersOf(box)).toEqual(clients)
    expect(layoutOf(box)).toEqual(halves)
  })

  test.each([points[0], points[4], points[5]])(
    'clients run after a power cut at %s %s and the next boot',
    async (event, count) => {
      const box = await bootHalves(bothHalves)
      await applyUntil(box, event, count)
      await box.cutPower()
      expect(await box.boot()).toEqual({ kind: 'up', state: 'running' })
      expect(await Promise.all(clients.map(box.stateOf))).toEqual(['active', 'active'])
      expect((await box.mig('recover')).stdout).toBe('Nothing to recover.\n')
    },
  )
})

/** Begins an apply, and waits until its client is about to stop. */
async function stopInTheMiddle(box: Box): Promise<{ pid: string; ended: ReturnType<Box['run']> }> {
  const apply = `${paths.node} ${paths.cli} apply --gpu 0 1g.5gb=7 --clients ${clientsFile}`
  const command = `${apply} & echo $! > /run/apply; wait $!`
  const ended = box.run('sh', '-c', command)
  await vi.waitFor(async () => {
    expect(await box.stateOf('a.service')).toBe('deactivating')
  }, patience)
  const { stdout } = await box.run('cat', '/run/apply')
  return { pid: stdout.trim(), ended }
}
