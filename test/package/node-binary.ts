import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Installs Node of that line and architecture below `folder`, and returns its binary. */
export function installNode(folder: string, arch: string, line: number): string {
  const prefix = join(folder, `node-${arch}-${line}`)
  const name = `node-linux-${arch}`
  // By force, since npm installs no package for another processor otherwise.
  const args = ['install', '--prefix', prefix, '--no-save', '--force', `${name}@${line}`]
  execFileSync('npm', args, { stdio: 'pipe' })
  return join(prefix, 'node_modules', name, 'bin/node')
}
