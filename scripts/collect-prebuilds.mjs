// Before `npm pack`: puts what was built for this platform where an installed package looks for it,
// without symbols. Other platforms' folders stay as they are.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const from = join(root, 'build/Release')
const to = join(root, `prebuilds/linux-${process.arch}`)
for (const file of ['mig_nvml.node', 'mig_simulator_control.node', 'simulator/libnvidia-ml.so.1']) {
  mkdirSync(dirname(join(to, file)), { recursive: true })
  copyFileSync(join(from, file), join(to, file))
  spawnSync('strip', ['--strip-unneeded', join(to, file)], { stdio: 'inherit' })
}
