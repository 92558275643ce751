// Builds what the package ships, small and without symbols, for each architecture into
// prebuilds/linux-<architecture>: the addon, the simulated driver and its control addon.
// Usage: build-prebuilds.mjs [ARCHITECTURE…]: these, or fail. Without: this machine's, and the others
// whose cross compilers are installed; before npm publishes, all of them, or fail.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import prebuildify from 'prebuildify'
import { headerOptions } from './node-headers.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const toolPrefixes = { x64: 'x86_64-linux-gnu-', arm64: 'aarch64-linux-gnu-' }
/** prebuildify takes one addon; these go beside it as artifacts. */
const artifacts = ['mig_simulator_control.node', 'simulator/libnvidia-ml.so.1']

const wanted =
  process.env.npm_command === 'publish' ? Object.keys(toolPrefixes) : process.argv.slice(2)
for (const arch of wanted.length > 0 ? wanted : Object.keys(toolPrefixes)) {
  const missing = missingTool(arch)
  if (missing === undefined) await build(arch)
  else if (wanted.length > 0) fail(`${arch}: ${missing} is not installed`)
  else console.log(`SKIPPED: prebuilds for linux-${arch}: ${missing} is not installed`)
}

function missingTool(arch) {
  if (arch === process.arch) return undefined
  if (!Object.hasOwn(toolPrefixes, arch)) fail(`${arch}: no cross compiler is known for it`)
  const compiler = `${toolPrefixes[arch]}g++`
  return spawnSync(compiler, ['--version']).status === 0 ? undefined : compiler
}

/** In a folder of its own, because node-gyp builds into the `build` beside binding.gyp and empties it first. */
async function build(arch) {
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

  Object.assign(process.env, {
    // Variables of binding.gyp and options of node-gyp reach it through prebuildify by the environment only.
    npm_config_prebuild: '1',
    ...headerOptions(),
    ...(arch === process.arch ? {} : crossTools(toolPrefixes[arch])),
    JOBS: process.env.JOBS ?? 'max',
  })
  rmSync(join(root, `prebuilds/linux-${arch}`), { recursive: true, force: true })
  const staging = join(folder, 'artifacts')
  await promisify(prebuildify)({
    cwd: folder,
    out: root,
    arch,
    platform: 'linux',
    napi: true,
    targets: [process.version],
    name: 'mig_nvml',
    nodeGyp: createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js'),
    postinstall: [
      ...artifacts.map(
        (file) => `install -D -m 755 'build/Release/${file}' '${join(staging, file)}'`,
      ),
      // node-gyp leaves the driver here as well, and prebuildify would take it along.
      'rm -f build/Release/libnvidia-ml.so.1',
    ].join(' && '),
    artifacts: staging,
  }).catch((error) => fail(`the build for ${arch} failed: ${error.message}`))
}

function crossTools(prefix) {
  return { CC: `${prefix}gcc`, CXX: `${prefix}g++`, AR: `${prefix}gcc-ar` }
}

function fail(problem) {
  console.error(problem)
  process.exit(1)
}
