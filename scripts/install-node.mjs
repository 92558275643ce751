// Node in other versions than the one that runs, as the npm packages `node-linux-<arch>` carry it.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const oldest = /^>=(\d+\.\d+)$/.exec(engines.node)?.[1]
if (oldest === undefined) throw new Error(`package.json: engines.node: ${engines.node}`)

/** The very first version that the package names, and the newest of each line since. */
export const nodeVersions = [`${oldest}.0`, '22', '24', '26']

/** Installs Node of that version or line below `folder`, and returns its binary. */
export function installNode(folder, version, arch = process.arch) {
  const prefix = join(folder, `node-${arch}-${version}`)
  const name = `node-linux-${arch}`
  // By force, since npm installs no package for another processor otherwise.
  const args = ['install', '--prefix', prefix, '--no-save', '--force', `${name}@${version}`]
  execFileSync('npm', [...args, '--no-audit', '--no-fund'], { stdio: ['ignore', 'ignore', 'pipe'] })
  return join(prefix, 'node_modules', name, 'bin/node')
}
