import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { reloadUnits, stopService } from '../../../lib/node/service/running-systemd.js'

const { isSystemdRunning } = vi.hoisted(() => ({ isSystemdRunning: vi.fn(() => true) }))
vi.mock('../../../lib/system/systemd.js', async (original) => ({
  ...(await original<object>()),
  isSystemdRunning,
}))

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-nvml-systemctl-'))
  writeFileSync(join(folder, 'calls'), '')
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`)
  isSystemdRunning.mockReturnValue(true)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const calls = (): readonly string[] =>
  readFileSync(join(folder, 'calls'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')

/** A systemctl that notes its calls, prints this for `show`, and fails for these verbs. */
function putSystemctl(shown: string, ...failing: readonly string[]): void {
  const program = join(folder, 'systemctl')
  writeFileSync(
    program,
    `#!/bin/sh
echo "$*" >> '${folder}/calls'
[ "$1" = show ] && printf '%s' '${shown}'
case " ${failing.join(' ')} " in *" $1 "*) exit 1 ;; esac
exit 0
`,
  )
  chmodSync(program, 0o755)
}

const shown = (state: string, requiredBy = '', boundBy = ''): string =>
  `RequiredBy=${requiredBy}\nBoundBy=${boundBy}\nActiveState=${state}\n`

describe('units that have changed', () => {
  test('a running systemd reads its units again, without a warning', async () => {
    putSystemctl('')
    expect(await reloadUnits()).toEqual({ reloaded: true, warnings: [] })
    expect(calls()).toEqual(['daemon-reload'])
  })

  test('a systemd that does not read them again is a warning that says from when on they count', async () => {
    putSystemctl('', 'daemon-reload')
    expect(await reloadUnits()).toEqual({
      reloaded: false,
      warnings: ['systemctl daemon-reload failed, so systemd knows of the change at the next boot'],
    })
  })

  test('without a systemctl it is a warning too, and no error', async () => {
    vi.stubEnv('PATH', folder)
    expect(await reloadUnits()).toMatchObject({ reloaded: false, warnings: [expect.any(String)] })
  })

  test('without a running systemd nothing is called, and nothing is warned of', async () => {
    putSystemctl('')
    isSystemdRunning.mockReturnValue(false)
    expect(await reloadUnits()).toEqual({ reloaded: false, warnings: [] })
    expect(await stopService()).toEqual({ stopped: false, warnings: [] })
    expect(calls()).toEqual([])
  })
})

describe('a service that is uninstalled', () => {
  const stops = (): readonly string[] => calls().filter((call) => !call.startsWith('show '))
  const stopping = [
    'stop --job-mode=ignore-dependencies mig-nvml.service',
    'reset-failed mig-nvml.service',
  ]

  test.each(['active', 'activating', 'deactivating'])(
    'is stopped alone where it is %s, and systemd forgets that it failed',
    async (state) => {
      putSystemctl(shown(state))
      expect(await stopService()).toEqual({ stopped: true, warnings: [] })
      expect(stops()).toEqual(stopping)
    },
  )

  test('is not stopped where it does not run', async () => {
    putSystemctl(shown('inactive'))
    expect(await stopService()).toEqual({ stopped: false, warnings: [] })
    expect(stops()).toEqual([])
  })

  test('is only forgotten where it has failed', async () => {
    putSystemctl(shown('failed'))
    expect(await stopService()).toEqual({ stopped: false, warnings: [] })
    expect(stops()).toEqual(stopping.slice(1))
  })

  test('that does not stop is a warning', async () => {
    putSystemctl(shown('active'), 'stop')
    expect(await stopService()).toEqual({
      stopped: false,
      warnings: ['systemctl stop mig-nvml.service failed, so it may still run'],
    })
    expect(stops()).toEqual(stopping)
  })

  test('is not stopped where systemd does not say how it is', async () => {
    putSystemctl('', 'show')
    expect(await stopService()).toEqual({ stopped: false, warnings: [] })
    expect(stops()).toEqual([])
  })

  test('is required by units that do not start without it: each is named once, whether it runs or not', async () => {
    const warnings = ['a.service', 'b.service', 'c.service'].map(
      (unit) => `${unit} requires mig-nvml.service, and does not start without it`,
    )
    putSystemctl(shown('active', 'a.service b.service', 'b.service c.service'))
    expect(await stopService()).toEqual({ stopped: true, warnings })
    putSystemctl(shown('inactive', 'a.service b.service', 'b.service c.service'))
    expect(await stopService()).toEqual({ stopped: false, warnings })
    putSystemctl(shown('active', 'a.service'), 'stop')
    expect((await stopService()).warnings).toEqual([
      ...warnings.slice(0, 1),
      'systemctl stop mig-nvml.service failed, so it may still run',
    ])
  })
})
