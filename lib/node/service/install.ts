import { existsSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import type {
  ChangedServiceFile,
  ChangeServiceOptions,
  ServiceReport,
} from '../../../types/node/service.js'
import type { UnitFile } from '../../../types/node/units.js'
import { replaceFile } from '../../system/write-file.js'
import { optionsLost } from '../units/installed-with.js'
import { reloadUnits } from './running-systemd.js'
import { enablingLinks, fullOptions, sealedFiles, stateOf } from './service-files.js'
import { asServiceError, type MachineTree, openMachineTree, serviceError } from './tree.js'
import { listWarnings } from './warnings.js'

export async function installMigService(options: ChangeServiceOptions): Promise<ServiceReport> {
  const { root = '/', force = false } = options
  const full = fullOptions(options)
  const tree = openMachineTree(root)
  const files = sealedFiles(full)
  for (const file of files) refuseChanged(tree, file, force)
  const lost = files.flatMap((file) =>
    file.kind === 'service' ? optionsLost(tree.read(file.path) ?? '', file.text) : [],
  )
  const written: ChangedServiceFile[] = []
  for (const file of files) written.push(await write(tree, file, force))
  const links: string[] = []
  for (const link of enablingLinks(full)) if (enable(tree, link)) links.push(link.path)
  const isChanged = links.length > 0 || written.some(({ outcome }) => isWriting(outcome))
  const reload = tree.isOwn && isChanged ? await reloadUnits() : null
  return {
    files: written,
    links,
    stopped: false,
    reloaded: reload?.reloaded ?? false,
    warnings: [
      ...listWarnings(tree, full),
      ...lost.map((option) => `the service had ${option}, and no longer has it`),
      ...(reload?.warnings ?? []),
    ],
  }
}

function isWriting(outcome: ChangedServiceFile['outcome']): boolean {
  return outcome === 'written' || outcome === 'replaced'
}

/** Before anything is written. The target and the environment are as useful after a change by hand. */
function refuseChanged(tree: MachineTree, file: UnitFile, force: boolean): void {
  if (file.kind !== 'service') return
  const state = stateOf(tree, file)
  if (state === 'masked')
    throw serviceError(`${file.path} is masked`, 'unmask it first: systemctl unmask mig-nvml')
  if (force || (state !== 'changed' && state !== 'foreign')) return
  throw serviceError(
    state === 'changed'
      ? `${file.path} was changed by hand`
      : `${file.path} is not of mig-nvml service install`,
    'move your changes into a drop-in (systemctl edit mig-nvml), and install with --force: the old file stays beside it, with .old at its end',
  )
}

async function write(
  tree: MachineTree,
  file: UnitFile,
  force: boolean,
): Promise<ChangedServiceFile> {
  const { kind, path, text } = file
  const state = stateOf(tree, file)
  if (state === 'current') return { kind, path, outcome: 'unchanged' }
  const isOthers = state === 'changed' || state === 'foreign' || state === 'masked'
  if (isOthers && (kind !== 'service' || !force)) return { kind, path, outcome: 'kept' }
  const place = tree.place(path)
  try {
    if (isOthers) renameSync(place, `${place}.old`)
    await replaceFile(place, text, { mode: 0o644, ignoresUmask: true })
  } catch (error) {
    throw asServiceError('write', path, error)
  }
  return { kind, path, outcome: isOthers ? 'replaced' : 'written' }
}

/** False: it was enabled already. */
function enable(
  tree: MachineTree,
  { path, target }: { readonly path: string; readonly target: string },
): boolean {
  const there = tree.readLink(path)
  if (there === target) return false
  const place = tree.place(path)
  try {
    if (there !== null) rmSync(place)
    else if (existsSync(place)) throw serviceError(`${path} is not a link`)
    symlinkSync(target, place)
  } catch (error) {
    throw asServiceError('make the link', path, error)
  }
  return true
}
