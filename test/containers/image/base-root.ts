import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

const folders = [
  'bin',
  'dev',
  'etc',
  'proc',
  'root',
  'run',
  'sys',
  'tmp',
  'usr/bin',
  'usr/local/bin',
]

/**
 * What stands for `node:22-bookworm-slim`, which no test pulls: a Node with the libraries of this machine, npm, and busybox in the
 * place of Debian's programs.
 */
export function writeBaseRoot(root: string, node: string): void {
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true })
  chmodSync(join(root, 'tmp'), 0o1777)
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  copyFileSync(text('sh', '-c', 'command -v busybox'), join(root, 'bin/busybox'))
  for (const program of text('busybox', '--list').split('\n'))
    if (!existsSync(join(root, 'bin', program))) symlinkSync('busybox', join(root, 'bin', program))
  symlinkSync('/bin/busybox', join(root, 'usr/bin/env'))
  copyFileSync(node, join(root, 'usr/local/bin/node'))
  for (const [library = ''] of text('ldd', node).matchAll(/\/\S+/g)) {
    mkdirSync(join(root, dirname(library)), { recursive: true })
    copyFileSync(library, join(root, library))
  }
  const npm = dirname(dirname(text('sh', '-c', 'readlink -f "$(command -v npm)"')))
  cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true })
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'))
}

function text(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' }).trim()
}
