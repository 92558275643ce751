import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemdUnits } from '../../../lib/node.js'
import type { ServiceOptions } from '../../../types/node/service.js'
import { rejectionOf } from '../../support/errors.js'

const analyze = (...args: readonly string[]) =>
  spawnSync('systemd-analyze', args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
const hasSystemd = analyze('--version').status === 0

/** The unit of mig-parted v0.15.0, deployments/systemd/nvidia-mig-manager.service. */
const partedUnit = `[Unit]
Description=Configure MIG on NVIDIA GPUs
DefaultDependencies=no
After=nvidia-persistenced.service nvidia-fabricmanager.service
Before=nvidia-gpu-reset.target

[Service]
Type=oneshot
TimeoutStartSec=480
ExecStart=/bin/bash /etc/nvidia-mig-manager/service.sh

[Install]
WantedBy=multi-user.target nvidia-gpu-reset.target
`

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-units-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes the units into a folder, and returns the path of the service. */
async function written(options: ServiceOptions = {}): Promise<string> {
  const folder = emptyFolder()
  let service = ''
  for (const { kind, path, text } of await systemdUnits({ unitFolder: folder, ...options })) {
    if (kind === 'environment') continue
    writeFileSync(path, text)
    if (kind === 'service') service = path
  }
  return service
}

const verify = (file: string) => {
  const { status, stdout, stderr } = analyze('verify', '--man=no', file)
  return { status, stdout, stderr }
}
const fine = { status: 0, stdout: '', stderr: '' }

/** From 0, the best, to 10. */
function exposure(file: string): string {
  const { stdout } = analyze('security', '--offline=true', '--no-pager', file)
  return /Overall exposure level for [^:]*: ([\d.]+)/.exec(stdout)?.[1] ?? stdout
}

describe.runIf(hasSystemd)('what systemd says of the units', () => {
  test('systemd-analyze verify accepts the units', async () => {
    expect(verify(await written({ before: ['kubelet.service', 'docker.service'] }))).toEqual(fine)
  })

  test('systemd-analyze verify accepts paths with spaces, quotes, dollars and percent signs', async () => {
    // It looks for the program, so a wrong quotation would be another path.
    const folder = join(emptyFolder(), 'a b$HOME%hf')
    mkdirSync(folder)
    const node = join(folder, 'node')
    writeFileSync(node, '#!/bin/sh\n')
    chmodSync(node, 0o755)
    const packagePath = join(folder, `a"b'c\\d`)
    expect(verify(await written({ nodePath: node, packagePath, stateFolder: folder }))).toEqual(
      fine,
    )
  })

  test('the unit is safer than that of mig-parted, by the figures in docs/boot.md', async () => {
    const parted = join(emptyFolder(), 'nvidia-mig-manager.service')
    writeFileSync(parted, partedUnit)
    const [ours, theirs] = [exposure(await written()), exposure(parted)]
    expect(Number(ours)).toBeLessThan(Number(theirs))
    // Each version of systemd weighs differently.
    if (!analyze('--version').stdout.startsWith('systemd 252 ')) return
    const page = readFileSync(
      fileURLToPath(new URL('../../../docs/boot.md', import.meta.url)),
      'utf8',
    ).replaceAll('\n', ' ')
    expect(page).toContain(`gives \`mig-nvml.service\` ${ours},`)
    expect(page).toMatch(
      new RegExp(`\`nvidia-mig-manager.service\` of mig-parted 0.15.0 ${theirs}\\.`),
    )
  })
})

/** The settings of the service, without comments. */
async function settings(options: ServiceOptions = {}): Promise<readonly string[]> {
  const files = await systemdUnits(options)
  const text = files.find(({ kind }) => kind === 'service')?.text ?? ''
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

test('the service starts after what a reset disturbs, and before the target of units made for mig-parted', async () => {
  const lines = await settings({ before: ['kubelet.service'] })
  const after = lines.filter((line) => line.startsWith('After=')).join(' ')
  expect(after).toContain('nvidia-persistenced.service nvidia-fabricmanager.service')
  expect(lines).toContain('Before=shutdown.target nvidia-gpu-reset.target kubelet.service')
  expect(lines).toContain('WantedBy=multi-user.target nvidia-gpu-reset.target')
  expect(lines).toContain('DefaultDependencies=no')
})

test('systemd kills a boot only after the boot has had the time to stop by itself', async () => {
  const lines = await settings({ timeoutSeconds: 100 })
  expect(lines.find((line) => line.startsWith('ExecStart='))).toMatch(/ --timeout=100$/)
  expect(lines).toContain('TimeoutStartSec=160')
})

test('the folder of states is writable wherever it is', async () => {
  expect(await settings()).toContain('StateDirectory=mig-nvml')
  expect(await settings({ stateFolder: '/var/lib/a/b' })).toContain('StateDirectory=a/b')
  expect(await settings({ stateFolder: '/srv/mig' })).toContain('ReadWritePaths=/srv/mig')
  expect(await settings({ stateFolder: '/var/lib/a b' })).toContain('ReadWritePaths="/var/lib/a b"')
})

test.each([
  ['a relative path', { nodePath: 'bin/node' }],
  ['a program with a quotation mark, which systemd refuses,', { nodePath: '/opt/a"b/node' }],
  ['a line break', { packagePath: '/usr/lib/a\nExecStartPre=/bin/sh' }],
  ['a line break in the folder of states', { stateFolder: '/var/lib/a\r' }],
  ['a name that is no unit', { before: ['kubelet'] }],
  ['a name with a space', { before: ['a.service b.service'] }],
])('%s is refused in a unit', async (_, options) => {
  expect(await rejectionOf(systemdUnits(options))).toMatchObject({ code: 'MIG_SERVICE_FAILED' })
})

test.each([
  [{ nodepath: '/bin/node' }, /no option nodepath/],
  [{ timeoutSeconds: 0 }, /timeoutSeconds/],
  [{ before: 'kubelet.service' }, /before/],
])('the options %j are a TypeError', async (options, text) => {
  await expect(systemdUnits(options as ServiceOptions)).rejects.toThrow(text)
})

test('every variable in the environment file is a comment, and one that boot takes', async () => {
  const files = await systemdUnits()
  const text = files.find(({ kind }) => kind === 'environment')?.text ?? ''
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  expect(lines.filter((line) => !line.startsWith('#'))).toEqual([])
  const { bootOptions } = await import('../../../lib/cli/parse/boot-options.js')
  const known = Object.values(bootOptions).map(({ env }) => env)
  const named = lines.flatMap((line) => /^#([A-Z_]+)=/.exec(line)?.[1] ?? [])
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((name) => !known.includes(name))).toEqual([])
})
