import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const native = ['mig_nvml.node', 'mig_simulator_control.node', 'simulator/libnvidia-ml.so.1']

/** The package as npm packs it, with the binaries of this checkout in the place of those that ship; `test/package` builds those. */
export function packCheckout(checkout: string, folder: string, to: string): string {
  const tree = join(folder, 'package')
  mkdirSync(tree)
  for (const part of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist', 'types'])
    cpSync(join(checkout, part), join(tree, part), { recursive: true })
  const prebuilds = join(tree, `prebuilds/linux-${process.arch}`)
  for (const file of native) cpSync(join(checkout, 'build/Release', file), join(prebuilds, file))
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', to]
  const name = execFileSync('npm', pack, { cwd: tree, encoding: 'utf8' }).trim()
  if (!existsSync(join(to, name))) throw new Error(`npm has packed no ${name}`)
  return name
}
