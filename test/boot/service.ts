// The service of this package on a computer.
import { join } from 'node:path'
import { expect } from 'vitest'
import { run } from '../peers/run.js'
import type { Box } from './box.js'
import { checkout, paths } from './paths.js'

const cli = join(checkout, 'dist/cli/main.js')
export const service = 'mig-nvml.service'
export const target = 'nvidia-gpu-reset.target'

/** Installs the service into the files of a computer that does not run, as the builder of an image does. */
export async function installService(
  box: Box,
  variables: Readonly<Record<string, string>> = {},
  ...options: readonly string[]
): Promise<void> {
  const image = ['--root', box.folder, '--node', paths.node, '--package', paths.package]
  const done = await run(process.execPath, [cli, 'service', 'install', ...image, ...options])
  expect(done.status, done.stderr).toBe(0)
  const environment = 'etc/mig-nvml/boot.env'
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
  box.write(environment, `${box.read(environment)}\n${lines.join('')}`)
  // The simulated driver writes into the machine's folder, where a real one has its devices. With ProtectControlGroups,
  // the service of a container has a /proc of the computer around it, whose boot id stays the same.
  box.write(
    `etc/systemd/system/${service}.d/machine.conf`,
    `[Service]\nReadWritePaths=${paths.machine}\nProtectControlGroups=no\n`,
  )
}

/** What systemd says of the service: its state, and how its program ended. */
export async function showService(box: Box): Promise<Readonly<Record<string, string>>> {
  const names = ['ActiveState', 'Result', 'ExecMainStatus', 'StatusText']
  const asked = names.map((name) => `--property=${name}`)
  const { stdout } = await box.run('systemctl', 'show', ...asked, service)
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}
