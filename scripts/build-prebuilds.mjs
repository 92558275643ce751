// Builds what the package ships: the addon, the simulated driver and its control addon, small and
// without symbols, for each architecture into prebuilds/linux-<architecture>.
// Usage: build-prebuilds.mjs [ARCHITECTURE…]: these, or fail. Without: this machine's, and the others
// whose cross compilers are installed.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const toolPrefixes = { x64: 'x86_64-linux-gnu-', arm64: 'aarch64-linux-gnu-' }
const files = ['mig_nvml.node', 'mig_simulator_control.node', 'simulator/libnvidia-ml.so.1']

const wanted = process.argv.slice(2)
for (const arch of wanted.length > 0 ? wanted : Object.keys(toolPrefixes)) {
  const missing = missingTool(arch)
  if (missing === undefined) collect(arch, build(arch))
  else if (wanted.length > 0) fail(`${arch}: ${missing} is not installed`)
  else console.log(`SKIPPED: prebuilds for linux-${arch}: ${missing} is not installed`)
}

function missingTool(arch) {
  if (arch === process.arch) return undefined
  if (!Object.hasOwn(toolPrefixes, arch)) fail(`nothing is known of ${arch}`)
  const compiler = `${toolPrefixes[arch]}g++`
  return spawnSync(compiler, ['--version']).status === 0 ? undefined : compiler
}

/** In a folder of its own, since node-gyp builds into the `build` beside binding.gyp. Returns what it built. */
function build(arch) {
  const folder = join(root, `build/prebuild-${arch}`)
  mkdirSync(folder, { recursive: true })
  for (const name of [
    'binding.gyp',
    'package.json',
    'native',
    'scripts',
    'catalog',
    'node_modules',
  ])
    if (!existsSync(join(folder, name))) symlinkSync(join(root, name), join(folder, name))

  const prefix = dirname(dirname(process.execPath))
  const args = ['configure', 'build', `--arch=${arch}`, '--prebuild=1']
  if (existsSync(join(prefix, 'include/node/node_api.h'))) args.push(`--nodedir=${prefix}`)
  const tools = arch === process.arch ? {} : crossTools(toolPrefixes[arch])
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  const { status } = spawnSync(process.execPath, [nodeGyp, ...args], {
    cwd: folder,
    stdio: 'inherit',
    env: { ...process.env, ...tools, JOBS: process.env.JOBS ?? 'max' },
  })
  if (status !== 0) fail(`the build for ${arch} failed`)
  return join(folder, 'build/Release')
}

function crossTools(prefix) {
  return { CC: `${prefix}gcc`, CXX: `${prefix}g++`, AR: `${prefix}gcc-ar` }
}

function collect(arch, from) {
  const to = join(root, `prebuilds/linux-${arch}`)
  rmSync(to, { recursive: true, force: true })
  for (const file of files) {
    mkdirSync(dirname(join(to, file)), { recursive: true })
    copyFileSync(join(from, file), join(to, file))
  }
}

function fail(problem) {
  console.error(problem)
  process.exit(1)
}
