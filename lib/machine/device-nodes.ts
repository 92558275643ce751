import type {
  CapabilityNode,
  CapabilityNodeOptions,
  CreatedCapabilityNodes,
} from '../../types/machine/device-nodes.js'
import { makeCharacterDevice } from '../driver/addon/native.js'
import { resolveLibrary, rootOf } from '../driver/connection/open-library.js'
import { MigError } from '../errors.js'
import { capabilitiesFolder } from '../system/capability-files.js'
import {
  capabilityDriver,
  listNodes,
  makeNodeFolder,
  replaceNode,
} from '../system/capability-nodes.js'
import { fileError, isFailedCall } from '../system/file-error.js'
import { isSystemError } from '../system/system-error.js'

export function listCapabilityNodes(
  options: CapabilityNodeOptions = {},
): readonly CapabilityNode[] {
  return listBelow(rootFor(options))
}

export function createCapabilityNodes(options: CapabilityNodeOptions = {}): CreatedCapabilityNodes {
  const root = rootFor(options)
  const created = listBelow(root).filter(({ state, mayChange }) => state !== 'present' && mayChange)
  if (created.length > 0) {
    const reason = attempt('make the folder of the capability nodes', root, () =>
      makeNodeFolder(root),
    )
    if (reason !== null) throw failed(`cannot make capability nodes: ${reason}`)
  }
  for (const node of created)
    attempt(`make ${node.path}`, root, () => replaceNode(root, node, makeCharacterDevice))
  return { nodes: listBelow(root), created }
}

function rootFor({ root }: CapabilityNodeOptions): string {
  const found = root ?? rootOf(resolveLibrary(undefined))
  if (found === null)
    throw failed(
      'this driver has no file tree with capability nodes',
      'name its root: --root, or the option `root`',
    )
  return found
}

function listBelow(root: string): readonly CapabilityNode[] {
  const listed = attempt('read the capabilities of the driver', root, () => listNodes(root))
  switch (listed.kind) {
    case 'listed':
      return listed.nodes
    case 'no-capabilities':
      throw failed(
        `there is no ${capabilitiesFolder(root)}`,
        'the NVIDIA driver is not loaded, or older than R450, or the root is another folder',
      )
    case 'no-driver':
      throw failed(
        `${capabilityDriver} is not in the list of character devices of /proc/devices below ${root}`,
        'the NVIDIA driver is not loaded, or the root is another folder',
      )
    default:
      return listed satisfies never
  }
}

function attempt<T>(what: string, root: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isFailedCall(error)) throw error
    const forbidden = isSystemError(error, 'EPERM') || isSystemError(error, 'EACCES')
    throw new MigError(
      'MIG_NODES_FAILED',
      fileError(`cannot ${what}`, error, error.path ?? root).message,
      {
        cause: error,
        ...(forbidden
          ? { hint: 'device nodes are made by root with CAP_MKNOD, outside of user namespaces' }
          : {}),
      },
    )
  }
}

function failed(message: string, hint?: string): MigError {
  return new MigError('MIG_NODES_FAILED', message, hint === undefined ? {} : { hint })
}
