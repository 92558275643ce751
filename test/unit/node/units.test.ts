import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemdUnits } from '../../../lib/node.js'
import type { ServiceOptions } from '../../../types/node/service.js'

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

/** Writes the units into a folder, and returns the path of the service. */
async function written(options: ServiceOptions = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-units-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  let service = ''
  for (const { kind, path, text } of await systemdUnits({ unitFolder: folder, ...options })) {
    if (kind === 'environment') continue
    writeFileSync(path, text)
    if (kind === 'service') service = path
  }
  return service
}

const verify = (file: string) =>
  spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })

test.runIf(hasSystemd)('systemd-analyze verify has nothing to say about the units', async () => {
  const { status, stdout, stderr } = verify(await written({ before: ['kubelet.service'] }))
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
})
