import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { installNode } from '../../../scripts/install-node.mjs'
import { cacheFolder, type Peer } from '../../peers/peer.js'

/** The line of Node in the default base of deploy/Containerfile. */
const line = '22'

/** Node as the npm registry has it, kept between runs. */
export function findImageNode(): Peer {
  const folder = join(cacheFolder(), 'image-node')
  const path = join(
    folder,
    `node-${process.arch}-${line}/node_modules/node-linux-${process.arch}/bin/node`,
  )
  if (existsSync(path)) return { kind: 'found', path }
  try {
    mkdirSync(folder, { recursive: true })
    return { kind: 'found', path: installNode(folder, line) }
  } catch (error) {
    const [reason = ''] = String(error).split('\n')
    return { kind: 'failed', reason: `${dirname(path)}: ${reason}` }
  }
}
