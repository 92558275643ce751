import type { ServiceOptions, ServiceStatus } from '../../../types/node/service.js'
import { toError } from '../../errors.js'
import { readBootRecord } from '../state/boot-record.js'
import { readPersisted } from '../state/choice.js'
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
  // The folder of an image has its own state.
  const state = { stateFolder: root === '/' ? full.stateFolder : `${root}${full.stateFolder}` }
  const orWarn = async <T>(read: Promise<T | null>): Promise<T | null> =>
    read.catch((error: unknown) => {
      warnings.push(toError(error).message)
      return null
    })
  const folders = new Set([full.unitFolder, defaultUnitFolder])
  return {
    files,
    enabled: [...folders].some((folder) =>
      wantedBy.some((unit) => tree.readLink(`${folder}/${unit}.wants/${serviceName}`) !== null),
    ),
    dropIns: [...folders].flatMap((folder) => tree.list(`${folder}/${serviceName}.d`, '.conf')),
    choice: await orWarn(readPersisted(state)),
    lastBoot: await orWarn(readBootRecord(state)),
    warnings,
  }
}
