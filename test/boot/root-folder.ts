import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { putFile } from '../support/root-tree.js'

const files = {
  'etc/group': 'root:x:0:\n',
  'etc/hostname': 'box\n',
  'etc/machine-id': `${'0123456789abcdef'.repeat(2)}\n`,
  'etc/os-release': 'ID=box\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
}

/** The file system of a computer without what is in /usr. */
export function makeRoot(
  root: string,
  defaultTarget = '/usr/lib/systemd/system/multi-user.target',
): void {
  const units = 'etc/systemd/system'
  for (const folder of ['dev', 'proc', 'run', 'sys', 'tmp', 'usr', 'var/log/journal', units])
    mkdirSync(join(root, folder), { recursive: true })
  for (const name of ['bin', 'lib', 'lib32', 'lib64', 'sbin'])
    if (existsSync(`/${name}`)) symlinkSync(`usr/${name}`, join(root, name))
  for (const [path, text] of Object.entries(files)) putFile(root, path, text)
  symlinkSync(defaultTarget, join(root, units, 'default.target'))
}
