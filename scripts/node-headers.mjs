// Where Node's headers are: beside the running `node` where they are installed, so that a build needs no network.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const prefix = dirname(dirname(process.execPath))

/** What makes node-gyp take them, as variables of its environment; none: it downloads them. */
export function headerOptions() {
  const isThere = existsSync(join(prefix, 'include/node/node_api.h'))
  return isThere ? { npm_config_nodedir: prefix } : {}
}
