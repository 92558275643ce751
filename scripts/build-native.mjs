// Builds the addon, the simulated driver and its control addon with node-gyp.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { headerOptions } from './node-headers.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const missing = [
  ['a C++20 compiler (g++ or clang++)', process.env.CXX ?? 'g++', 'c++', 'clang++'],
  ['make', process.env.MAKE ?? 'make'],
  ['python3', process.env.npm_config_python ?? process.env.PYTHON ?? 'python3'],
].filter(([, ...commands]) => !commands.some(runs))
if (missing.length > 0)
  fail(`cannot build: ${missing.map(([name]) => name).join(', ')} not found in PATH`)

const headers = headerOptions()
const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
const { status } = spawnSync(process.execPath, [nodeGyp, 'rebuild', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...headers, JOBS: process.env.JOBS ?? 'max' },
})
if (status !== 0 && headers.npm_config_nodedir === undefined)
  fail(
    `cannot build: Node's headers are not beside ${process.execPath}; if they could not be downloaded either, set npm_config_nodedir to a folder that has include/node`,
  )
process.exit(status ?? 1)

function runs(command) {
  return spawnSync(command, ['--version'], { shell: command.includes(' ') }).status === 0
}

function fail(problem) {
  console.error(problem)
  process.exit(1)
}
