import { randomUUID } from 'node:crypto'
import { type BigIntStats, chmodSync, lstatSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CapabilityNode } from '../../types/machine/device-nodes.js'
import { readCapabilityFiles, readCharacterMajor } from './capability-files.js'
import { makeFolder } from './make-folder.js'
import { isSystemError } from './system-error.js'
import { checkFolder } from './trusted-folder.js'

/** The name of the driver of these nodes in `/proc/devices`, and of their folder. */
export const capabilityDriver = 'nvidia-caps'

export type ListedNodes =
  | { readonly kind: 'listed'; readonly nodes: readonly CapabilityNode[] }
  | { readonly kind: 'no-capabilities' }
  | { readonly kind: 'no-driver' }

/** The nodes of all capabilities that exist below a root, and what is in their places. */
export function listNodes(root: string): ListedNodes {
  const files = readCapabilityFiles(root)
  if (files === null) return { kind: 'no-capabilities' }
  const major = readCharacterMajor(root, capabilityDriver)
  if (major === null) return { kind: 'no-driver' }
  const nodes = files.map(({ name, minor, mode, modify }): CapabilityNode => {
    const path = `/dev/nvidia-caps/nvidia-cap${minor}`
    const capability = name.startsWith('gpu') ? name.replace(/\/access$/, '') : `mig/${name}`
    const wanted = { path, capability, major, minor, mode, mayChange: modify }
    return { ...wanted, state: stateOf(join(root, path), wanted) }
  })
  return { kind: 'listed', nodes }
}

type WantedNode = Pick<CapabilityNode, 'major' | 'minor' | 'mode'>

function stateOf(path: string, { major, minor, mode }: WantedNode): CapabilityNode['state'] {
  const status = statusOf(path)
  if (status === undefined) return 'missing'
  if (!status.isCharacterDevice() || status.rdev !== deviceNumber(major, minor))
    return 'other-device'
  const isRoots = status.uid === 0n && status.gid === 0n
  return isRoots && (Number(status.mode) & 0o777) === mode ? 'present' : 'other-permissions'
}

function statusOf(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    if (isSystemError(error, 'ENOTDIR')) return undefined
    throw error
  }
}

/** Linux's `makedev`. */
function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)]
  return (
    ((high & ~0xfffn) << 32n) | ((low & ~0xffn) << 12n) | ((high & 0xfffn) << 8n) | (low & 0xffn)
  )
}

/**
 * Puts a node into its place, whatever is there: another process finds the old one or the new one, never none.
 * `make` makes a device node. Throws the system's error.
 */
export function replaceNode(
  root: string,
  { path, major, minor, mode }: Pick<CapabilityNode, 'path' | 'major' | 'minor' | 'mode'>,
  make: (path: string, major: number, minor: number, mode: number) => void,
): void {
  const place = join(root, path)
  const draft = `${place}.${randomUUID()}.new`
  try {
    make(draft, major, minor, mode)
    // The umask has cleared bits of it.
    chmodSync(draft, mode)
    renameSync(draft, place)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** Makes the folder of the nodes. Returns why it is unfit: a user that can write there could exchange nodes. */
export function makeNodeFolder(root: string): string | null {
  const folder = join(root, 'dev', capabilityDriver)
  makeFolder(folder)
  const checked = checkFolder(folder)
  return 'reason' in checked ? checked.reason : null
}
