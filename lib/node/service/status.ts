import type { ChoiceOptions } from '../../../types/node/choice.js'
import type { ServiceOptions, ServiceStatus } from '../../../types/node/service.js'
import { toError } from '../../errors.js'
import { readBootRecord } from '../state/boot-record.js'
import { readPersisted } from '../state/choice.js'
import { findOverride } from '../state/override.js'
import { stateFolderIn } from '../units/installed-with.js'
import { defaultUnitFolder, serviceName, wantedBy } from '../units/units.js'
import { fullOptions, sealedFiles, stateOf } from './service-files.js'
import { openMachineTree } from './tree.js'
import { listWarnings } from './warnings.js'

export async function readMigService(options: ServiceOptions): Promise<ServiceStatus> {
  const { root = '/' } = options
  const full = fullOptions(options)
  const tree = openMachineTree(root)
  const files = sealedFiles(full).map((file) => {
    const { kind, path } = file
    return { kind, path, state: stateOf(tree, file) }
  })
  const warnings = [...listWarnings(tree, full)]
  const unit = tree.read(`${full.unitFolder}/${serviceName}`)
  const named = options.stateFolder ?? stateFolderIn(unit ?? '') ?? full.stateFolder
  // An image has a folder of its own, to which only its own links lead.
  const stateFolder = tree.isOwn ? named : tree.resolve(named)
  const orWarn = async <T>(
    read: (options: ChoiceOptions) => Promise<T | null>,
  ): Promise<T | null> => {
    if (stateFolder === null) return null
    return read({ stateFolder }).catch((error: unknown) => {
      warnings.push(toError(error).message)
      return null
    })
  }
  const folders = new Set([full.unitFolder, defaultUnitFolder])
  return {
    files,
    enabled: [...folders].some((folder) =>
      wantedBy.some((unit) => tree.readLink(`${folder}/${unit}.wants/${serviceName}`) !== null),
    ),
    dropIns: [...folders].flatMap((folder) => tree.list(`${folder}/${serviceName}.d`, '.conf')),
    override: findOverride(full.environmentFile, tree.resolve(full.environmentFile)),
    choice: await orWarn(readPersisted),
    lastBoot: await orWarn(readBootRecord),
    warnings,
  }
}
