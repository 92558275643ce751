import {
  defaultUnitFolder,
  type FullUnitOptions,
  vendorUnitFolder,
  wantedBy,
} from '../units/units.js'
import type { MachineTree } from './tree.js'

const other = 'nvidia-mig-manager.service'

/** What would keep the service from its work. */
export function listWarnings(
  tree: MachineTree,
  { nodePath, packagePath, unitFolder }: FullUnitOptions,
): readonly string[] {
  const warnings: string[] = []
  for (const path of [nodePath, `${packagePath}/dist/cli/main.js`])
    if (!tree.has(path)) warnings.push(`${path} is not there, and the service runs it`)
  const folders = [unitFolder, defaultUnitFolder, vendorUnitFolder]
  const isEnabled = folders.some((folder) =>
    wantedBy.some((unit) => tree.readLink(`${folder}/${unit}.wants/${other}`) !== null),
  )
  if (isEnabled)
    warnings.push(
      `${other} is enabled too, and applies its own configuration at boot: systemctl disable nvidia-mig-manager`,
    )
  return warnings
}
