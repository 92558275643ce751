import { readdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type {
  ChangedServiceFile,
  ChangeServiceOptions,
  ServiceReport,
} from '../../../types/node/service.js'
import type { UnitFile } from '../../../types/node/units.js'
import { reloadUnits, stopService } from './running-systemd.js'
import { enablingLinks, fullOptions, sealedFiles, stateOf } from './service-files.js'
import { asServiceError, type MachineTree, openMachineTree } from './tree.js'

export async function uninstallMigService(options: ChangeServiceOptions): Promise<ServiceReport> {
  const { root = '/', force = false } = options
  const full = fullOptions(options)
  const tree = openMachineTree(root)
  const sealed = sealedFiles(full)
  const goes = sealed.some((file) => file.kind === 'service' && isRemovable(tree, file, force))
  const stop = tree.isOwn && goes ? await stopService() : null
  const links: string[] = []
  for (const { path, target } of enablingLinks(full)) {
    if (tree.readLink(path) !== target) continue
    remove(tree, path)
    removeIfEmpty(tree, dirname(path))
    links.push(path)
  }
  const files = sealed.map((file) => uninstallFile(tree, file, force))
  const isChanged = links.length > 0 || files.some(({ outcome }) => outcome === 'removed')
  const reload = tree.isOwn && isChanged ? await reloadUnits() : null
  return {
    files,
    links,
    stopped: stop?.stopped ?? false,
    reloaded: reload?.reloaded ?? false,
    warnings: [...(stop?.warnings ?? []), ...(reload?.warnings ?? [])],
  }
}

function uninstallFile(tree: MachineTree, file: UnitFile, force: boolean): ChangedServiceFile {
  const { kind, path } = file
  if (stateOf(tree, file) === 'missing') return { kind, path, outcome: 'missing' }
  // Others may start with the target, as mig-parted's unit does.
  const isWanted = kind === 'target' && tree.list(`${path}.wants`, '.service').length > 0
  if (!isRemovable(tree, file, force) || isWanted) return { kind, path, outcome: 'kept' }
  remove(tree, path)
  if (kind === 'environment') removeIfEmpty(tree, dirname(path))
  return { kind, path, outcome: 'removed' }
}

function isRemovable(tree: MachineTree, file: UnitFile, force: boolean): boolean {
  const state = stateOf(tree, file)
  return state === 'current' || state === 'outdated' || (state === 'changed' && force)
}

function remove(tree: MachineTree, path: string): void {
  const place = tree.find(path)
  try {
    if (place !== null) rmSync(place)
  } catch (error) {
    throw asServiceError('remove', path, error)
  }
}

function removeIfEmpty(tree: MachineTree, folder: string): void {
  const place = tree.find(`${folder}/x`)
  if (place === null) return
  try {
    if (readdirSync(dirname(place)).length === 0) rmdirSync(dirname(place))
  } catch {
    // An empty folder does no harm.
  }
}
