import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { rebootHost } from '../../../lib/agent/loop/reboot-host.js'
import { reasonOf, rejectionOf } from '../../support/errors.js'

// Never with the root of this machine: it would reboot.

test('a root of the host that is not absolute is refused before anything runs', async () => {
  expect(await reasonOf(rebootHost('host'))).toBeInstanceOf(TypeError)
})

test('a host whose program cannot be run is an error that says why', async () => {
  const root = mkdtempSync(join(tmpdir(), 'mig-nvml-host-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const error = await rejectionOf(rebootHost(root))
  expect(error.code).toBe('MIG_REBOOT_REQUIRED')
  expect(error.message).toMatch(/^the reboot could not be requested: .*chroot/)
})
