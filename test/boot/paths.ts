import { fileURLToPath } from 'node:url'

/** The folder of this package. */
export const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** The paths in the container. */
export const paths = {
  package: '/opt/mig-nvml',
  cli: '/opt/mig-nvml/dist/cli/main.js',
  node: '/opt/node/bin/node',
  /** Stands for the hardware: it stays when the container ends. */
  machine: '/srv/machine',
  root: '/srv/machine/root',
} as const

/** The variables of a machine, by the paths in the container. The lock is where it is on a real computer. */
export function containerEnv(
  { MIG_NVML_LOCK: _, ...env }: Readonly<Record<string, string>>,
  hardware: string,
): Readonly<Record<string, string>> {
  const entries = Object.entries({ ...env, MIG_NVML_ROOT: paths.root })
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      value.replaceAll(hardware, paths.machine).replaceAll(checkout, paths.package),
    ]),
  )
}
