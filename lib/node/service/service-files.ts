import { fileURLToPath } from 'node:url'
import type { ServiceFile, ServiceOptions } from '../../../types/node/service.js'
import type { UnitFile } from '../../../types/node/units.js'
import { packageRoot } from '../../model/package-root.js'
import { maskTarget } from '../../system/systemd.js'
import { isProgramPath, isUnitName, isUnitPath } from '../units/unit-words.js'
import {
  defaultEnvironmentFile,
  defaultStateFolder,
  defaultTimeoutSeconds,
  defaultUnitFolder,
  type FullUnitOptions,
  serviceName,
  unitFiles,
  wantedBy,
} from '../units/units.js'
import { checkSeal, seal } from './seal.js'
import { type MachineTree, serviceError } from './tree.js'

/** Throws `MIG_SERVICE_FAILED` for a path or a name that cannot stand in a unit. */
export function fullOptions(options: ServiceOptions): FullUnitOptions {
  const full: FullUnitOptions = {
    nodePath: options.nodePath ?? process.execPath,
    packagePath: options.packagePath ?? fileURLToPath(packageRoot()).replace(/\/$/, ''),
    environmentFile: options.environmentFile ?? defaultEnvironmentFile,
    stateFolder: options.stateFolder ?? defaultStateFolder,
    timeoutSeconds: options.timeoutSeconds ?? defaultTimeoutSeconds,
    before: options.before ?? [],
    unitFolder: options.unitFolder ?? defaultUnitFolder,
  }
  const { nodePath, packagePath, environmentFile, stateFolder, unitFolder } = full
  for (const path of [nodePath, packagePath, environmentFile, stateFolder, unitFolder])
    if (!isUnitPath(path))
      throw serviceError(`${JSON.stringify(path)} is not an absolute path that a unit can have`)
  if (!isProgramPath(nodePath))
    throw serviceError(
      `${JSON.stringify(nodePath)} has a character that no program of a unit may have`,
    )
  for (const name of full.before)
    if (!isUnitName(name)) throw serviceError(`${JSON.stringify(name)} is not the name of a unit`)
  return full
}

/** The files of the service as they are to be written. */
export function sealedFiles(options: FullUnitOptions): readonly UnitFile[] {
  return unitFiles(options).map((file) => ({ ...file, text: seal(file.text) }))
}

export function stateOf(tree: MachineTree, { path, text }: UnitFile): ServiceFile['state'] {
  const link = tree.readLink(path)
  if (link !== null) return link === maskTarget ? 'masked' : 'foreign'
  const found = tree.read(path)
  if (found === null) return 'missing'
  if (found === text) return 'current'
  const states = { whole: 'outdated', changed: 'changed', none: 'foreign' } as const
  return states[checkSeal(found)]
}

/** The links that enable the service, by their paths, and where they point to. */
export function enablingLinks({ unitFolder }: FullUnitOptions): readonly {
  readonly path: string
  readonly target: string
}[] {
  return wantedBy.map((unit) => ({
    path: `${unitFolder}/${unit}.wants/${serviceName}`,
    target: `${unitFolder}/${serviceName}`,
  }))
}
