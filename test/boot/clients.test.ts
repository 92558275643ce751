// Clients that are units of a real systemd, around an apply.
import { describe, expect, inject, test, vi } from 'vitest'
import { type Box, patience } from './box.js'
import {
  applyWithClients,
  bootHalves,
  bothHalves,
  clientsFile,
  layoutOf,
  sevenths,
  workersOf,
} from './halves.js'
import { paths } from './paths.js'
import type { ClientUnit } from './units.js'

/** Which units stopped and started after the boot, in order. */
async function changesOf(box: Box): Promise<readonly string[]> {
  const { stdout } = await box.run('journalctl', '--boot', '--output=cat', '_PID=1')
  const lines = [...stdout.matchAll(/^(Started|Stopped) (?:(\w+)\.service)/gm)]
  const all = lines.map(([, what, name]) => `${what} ${name}`)
  return all.slice(all.findIndex((line) => line.startsWith('Stopped')))
}

/** Writes a unit that divides the GPU into sevenths. */
function writeChange(box: Box, unit: readonly string[] = []): void {
  const command = `apply --gpu 0 1g.5gb=7 --clients ${clientsFile}`
  box.write(
    'etc/systemd/system/change.service',
    [
      '[Unit]',
      ...unit,
      '[Service]',
      'Type=oneshot',
      `ExecStart=${paths.node} ${paths.cli} ${command}`,
      '',
    ].join('\n'),
  )
}

describe.skipIf(inject('noContainer') !== null)('with units of systemd', () => {
  test('clients in the way stop in the order of the document, and start again in the reverse order', async () => {
    const box = await bootHalves(bothHalves)
    const { status, stderr } = await applyWithClients(box, '1g.5gb=7')
    expect([status, stderr]).toEqual([0, expect.stringContaining('started the unit a.service')])
    expect(layoutOf(box)).toEqual(sevenths)
    expect(await changesOf(box)).toEqual(['Stopped a', 'Stopped b', 'Started b', 'Started a'])
    expect(workersOf(box)).toEqual(['a.service', 'b.service'])
  })

  test('only what ran is started, and a change beside a running client stops nobody', async () => {
    const box = await bootHalves({ ...bothHalves, 'off.service': { slice: 0 } })
    await box.run('systemctl', 'stop', 'off.service')
    const half = await applyWithClients(box, '3g.20gb=1', '1g.5gb=3')
    expect(half.status, half.stderr).toBe(0)
    expect(layoutOf(box)).toHaveLength(4)
    expect(workersOf(box)).toEqual(['a.service', 'b.service'])
    // There is a way around what works in the other half.
    expect(await changesOf(box)).toEqual(['Stopped off', 'Stopped a', 'Started a'])
    expect(await box.stateOf('off.service')).toBe('inactive')
  })

  test('a unit that requires a client stops with it, and starts again too', async () => {
    const box = await bootHalves({
      'a.service': { slice: 0 },
      'reader.service': { idle: true, unit: ['Requires=a.service', 'After=a.service'] },
      'page.service': { idle: true, unit: ['BindsTo=reader.service', 'After=reader.service'] },
      'part.service': { idle: true, unit: ['PartOf=a.service'] },
      'other.service': { idle: true, unit: ['Wants=a.service'] },
    })
    await box.run('systemctl', 'stop', 'part.service')
    const { status, stderr } = await applyWithClients(box, '1g.5gb=7')
    expect([status, stderr]).toEqual([0, expect.stringContaining('started the unit page.service')])
    const states = ['a', 'reader', 'page', 'part', 'other'].map((name) =>
      box.stateOf(`${name}.service`),
    )
    expect(await Promise.all(states)).toEqual(['active', 'active', 'active', 'inactive', 'active'])
  })

  test('all of many units that require a client start again with it', async () => {
    const long = 'with-a-name-that-is-as-long-as-names-of-generated-units-are'
    const names = Array.from({ length: 60 }, (_, index) => `reader-${index}-${long}.service`)
    const reader: ClientUnit = { idle: true, unit: ['Requires=a.service', 'After=a.service'] }
    const box = await bootHalves({
      'a.service': { slice: 0 },
      ...Object.fromEntries(names.map((name) => [name, reader])),
    })
    const { status, stderr } = await applyWithClients(box, '1g.5gb=7')
    expect(status, stderr).toBe(0)
    const { stdout } = await box.run('systemctl', 'is-active', ...names)
    expect(stdout).toBe('active\n'.repeat(names.length))
  })

  test('a client that does not start again is an error that says why, and recover starts it later', async () => {
    const box = await bootHalves({
      'a.service': { slice: 0, service: ['ExecStartPre=/bin/sh -c "! test -e /run/broken"'] },
      'b.service': { slice: 4 },
    })
    await box.run('touch', '/run/broken')
    const applied = await applyWithClients(box, '1g.5gb=7')
    expect([applied.status, applied.stderr]).toEqual([
      1,
      expect.stringMatching(/the unit a.service: it was not started again: .*as wanted/s),
    ])
    expect(layoutOf(box)).toEqual(sevenths)
    expect(workersOf(box)).toEqual(['b.service'])

    const tried = await box.mig('recover')
    expect([tried.status, tried.stderr]).toEqual([1, expect.stringContaining('a.service')])
    await box.run('rm', '/run/broken')
    const recovered = await box.mig('recover')
    expect(recovered).toMatchObject({ status: 0, stdout: 'started the unit a.service\n' })
    expect(workersOf(box)).toEqual(['a.service', 'b.service'])
    expect((await box.mig('recover')).stdout).toBe('Nothing to recover.\n')
  })

  test('a client that systemd does not let anyone stop leaves everything as before', async () => {
    const box = await bootHalves({
      'a.service': { slice: 0 },
      'b.service': { slice: 4, unit: ['RefuseManualStop=yes'] },
    })
    const { status, stderr } = await applyWithClients(box, '1g.5gb=7')
    expect([status, stderr]).toEqual([1, expect.stringContaining('b.service: it did not stop')])
    expect(layoutOf(box)).toEqual(['3g.20gb', '3g.20gb'])
    expect(workersOf(box)).toEqual(['a.service', 'b.service'])
  })

  test('many changes in a row start a client again each time, although systemd limits starts', async () => {
    const box = await bootHalves({ 'a.service': { slice: 0, unit: ['StartLimitBurst=2'] } })
    for (const sizes of [['1g.5gb=7'], ['3g.20gb=2'], ['1g.5gb=7'], ['3g.20gb=2']]) {
      const { status, stderr } = await applyWithClients(box, ...sizes)
      expect(status, stderr).toBe(0)
      expect(workersOf(box)).toEqual(['a.service'])
    }
  })

  test('an apply in a unit that systemd starts before its clients does not wait for them', async () => {
    const box = await bootHalves({
      'a.service': { slice: 0, unit: ['After=change.service'] },
    })
    writeChange(box)
    await box.run('systemctl', 'daemon-reload')
    const { status, stderr } = await box.run('systemctl', 'start', 'change.service')
    expect(status, stderr).toBe(0)
    expect(layoutOf(box)).toEqual(sevenths)
    await vi.waitFor(() => expect(workersOf(box)).toEqual(['a.service']), patience)
  })

  test('an apply that is part of the client refuses to stop it, and the client runs on', async () => {
    const box = await bootHalves({ 'a.service': { slice: 0 } })
    writeChange(box, ['Requires=a.service', 'After=a.service'])
    await box.run('systemctl', 'daemon-reload')
    const { status } = await box.run('systemctl', 'start', 'change.service')
    expect(status).toBe(1)
    expect(await box.journal('change.service')).toContain(
      'a.service: this process is part of change.service, which would stop with it',
    )
    expect(workersOf(box)).toEqual(['a.service'])
    expect(layoutOf(box)).toEqual(['3g.20gb', '3g.20gb'])
  })
})
