// Builds the addon, the simulated driver and its control addon with node-gyp. Node's headers come
// from beside the running `node` where they are installed, so that the build needs no network.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const prefix = dirname(dirname(process.execPath))
const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
const args = [nodeGyp, 'rebuild', ...process.argv.slice(2)]
if (existsSync(join(prefix, 'include/node/node_api.h'))) args.push(`--nodedir=${prefix}`)

const { status } = spawnSync(process.execPath, args, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, JOBS: process.env.JOBS ?? 'max' },
})
process.exit(status ?? 1)
